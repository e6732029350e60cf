"""From quads to the files of a release."""
