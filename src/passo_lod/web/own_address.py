"""Under which address people reach this server: as they asked for it, where that can be believed."""

import re

from starlette.requests import Request

from passo_lod.web.pinned import pinned

_NEAR = re.compile(r"(?:localhost|[a-z0-9_-]+|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?::\d{1,5})?", re.IGNORECASE)
"""A host without a domain, or a number: whom it names is decided near by, so that no stranger gains from a false one."""


def endpoint_url(request: Request) -> str:
    """The address of the SPARQL endpoint: below the configured address, or as the client asked for it, or below the base IRI.

    A `Host` header is written by the client; one with a domain is not repeated, so that nobody is led elsewhere by a cached answer.
    """
    serving = pinned(request)
    host = request.headers.get("host", "")
    path = "sparql/" if request.url.path == "/sparql/" else "sparql"
    if serving.settings.url:
        return f"{serving.settings.url.rstrip('/')}/{path}"
    if _NEAR.fullmatch(host):
        return f"{request.url.scheme}://{host}/{path}"
    return serving.manifest.base + path
