"""Ids: the registry of every id ever published, and the tombstones of those that are not published any more."""
