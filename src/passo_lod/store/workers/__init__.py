"""The processes that run SPARQL queries: sandboxed, limited and killable."""
