"""Read JSON and JSON Lines, each object as a record: the readers `json` and `jsonl`."""
