"""Build releases and keep them on disk: dumps, tables, catalogue, change feed, id registry, manifest."""
