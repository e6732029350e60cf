"""Where this endpoint is, as the one who asks would write it down."""

import re

from starlette.requests import Request

from passo_lod.web.request_release import release_of

_LOCAL_HOST = re.compile(
    r"(?:\[[0-9a-f:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::\d{1,5})?"
)
"""An address in numbers or a name without a dot: `127.0.0.1:8000`, `[::1]`, `localhost`."""


def endpoint_url(request: Request) -> str:
    """The address of the endpoint.

    It is below the address that the server was told it has (`--url`). Where it was told none, it is where it was asked, on a machine of one's
    own, and elsewhere below the base IRI, whatever the `Host` header says: that header is the client's to write, and is believed only where
    nothing but a local machine can be meant.
    """
    serving = release_of(request)
    slash = "/" if request.url.path == "/sparql/" else ""
    url = f"{serving.settings.url.rstrip('/')}/sparql" if serving.settings.url else None
    local = local_url(request.url.scheme, request.headers.get("host", ""))
    return (url or local or f"{serving.manifest.base}sparql") + slash


def local_url(scheme: str, host: str) -> str | None:
    """The address of an endpoint on a local host; None where the host is another.

    >>> local_url("http", "127.0.0.1:8000"), local_url("http", "data.example.org"), local_url("http", 'x"onload=')
    ('http://127.0.0.1:8000/sparql', None, None)
    """
    return f"{scheme}://{host.lower()}/sparql" if _LOCAL_HOST.fullmatch(host.lower()) else None
