"""From a source's folder to its records."""
