"""The flat tables of a release: which there are, and what stands in each column."""
