"""What changed between two releases: diff, LDES feed and Atom feed."""
