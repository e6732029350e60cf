"""Read record pages saved as text or HTML: the readers `labelled-text` and `labelled-html`."""
