"""The HTTP endpoints, a module each."""
