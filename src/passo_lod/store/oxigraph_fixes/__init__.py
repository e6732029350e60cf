"""Where Oxigraph answers otherwise than SPARQL 1.1, and how we set it right."""
