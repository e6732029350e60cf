"""Map records of a source to quads: mapping.yaml, converters, places, concepts, organisations, redaction."""
