"""Parse mapping.yaml, which is written in keys of YARRRML and our own, into triples maps."""
