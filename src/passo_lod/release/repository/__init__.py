"""The folder of releases on disk: what is current, what is kept, and how a file becomes durable."""
