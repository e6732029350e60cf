"""HTTP itself: content negotiation, headers, conditional requests, caching, IRIs, timeouts, static files."""
