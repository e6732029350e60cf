"""A release, opened for reading: things by their IRI, and SPARQL queries answered by processes that can be killed."""
