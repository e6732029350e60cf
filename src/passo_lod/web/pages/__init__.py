"""The content of HTML pages: models that the templates show, made from RDF and query results."""
