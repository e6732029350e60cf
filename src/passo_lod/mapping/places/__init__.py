"""Read the tables of places, find places by name or code, and describe them in RDF."""
