"""The registry of every id ever published, and the tombstones of withdrawn records."""
