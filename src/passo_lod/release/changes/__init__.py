"""What changed between two releases: as a list of changes, as text, as RDF Patch, and as LDES and Atom feeds."""
