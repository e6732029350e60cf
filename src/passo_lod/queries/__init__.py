"""The stored queries, one `.rq` file each, and their loader."""
