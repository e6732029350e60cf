"""Open a published release for reading: look-ups by IRI, and SPARQL queries in processes that can be killed."""
