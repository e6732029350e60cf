"""HTTP itself: negotiation, headers, IRIs, timeouts, static files."""
