"""From records to quads."""
