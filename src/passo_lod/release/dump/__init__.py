"""The dumps of a release: sorted N-Quads, cut into chunks, in every syntax and compression."""
