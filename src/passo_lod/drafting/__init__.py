"""A new source in minutes: look into a file, and draft the source.yaml and mapping.yaml that a person then mends."""
