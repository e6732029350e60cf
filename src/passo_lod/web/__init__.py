"""A release over HTTP: pages, data, queries and files."""
