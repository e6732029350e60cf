"""Convert texts of records to typed RDF literals and IRIs."""
