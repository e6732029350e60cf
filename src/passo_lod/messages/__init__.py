"""The texts that people read on pages and in feeds, one YAML file for each language, and their loader."""
