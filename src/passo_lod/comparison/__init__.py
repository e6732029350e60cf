"""Compare processes: dimensions and measures declared in RDF, evidence by SPARQL, figures with their denominators."""
