"""Validate mapped records against the SHACL shapes, and write the validation report."""
