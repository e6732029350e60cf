"""passo-lod publishes participatory processes as linked open data."""
