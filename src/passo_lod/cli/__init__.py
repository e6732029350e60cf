"""The command line: each command is a thin call of what pipeline, store and web offer."""
