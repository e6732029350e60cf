"""Serve a release over HTTP: pages, RDF documents, SPARQL and files."""
