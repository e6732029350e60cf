"""The dumps: sorted N-Quads, cut into chunks, in every syntax and packing."""
