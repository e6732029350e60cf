"""Read RDF in our own vocabulary, each process as a record: the reader `rdf`."""
