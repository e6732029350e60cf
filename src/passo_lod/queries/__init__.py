"""Questions to the data: one SPARQL query a file, with its title in the head."""
