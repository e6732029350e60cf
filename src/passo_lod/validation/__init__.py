"""From quads to a validation report."""
