"""Programs that make files under data/ from the data of others; data/README.md says when and how each is run."""
