"""What the HTML pages show, without HTTP."""
