"""Find the URL of the SPARQL endpoint that a client can use: for the service description and the code snippets of the query page."""

import re

from starlette.requests import Request

from passo_lod.web.request_release import release_of

_LOCAL_HOST = re.compile(
    r"(?:\[[0-9a-f:.]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?::\d{1,5})?"
)
"""An IP address or a name without a dot: `127.0.0.1:8000`, `[::1]`, `localhost`."""


def endpoint_url(request: Request) -> str:
    """The URL of the endpoint.

    It is below the server's URL (`serve --url`); without that, at the host of the request if that is a local one, else below the catalogue's
    base. A client can write any `Host` header, so that another host is never repeated.
    """
    release = release_of(request)
    slash = "/" if request.url.path == "/sparql/" else ""
    configured = f"{release.settings.url.rstrip('/')}/sparql" if release.settings.url else None
    local = local_url(request.url.scheme, request.headers.get("host", ""))
    return (configured or local or f"{release.manifest.base}sparql") + slash


def local_url(scheme: str, host: str) -> str | None:
    """The URL of an endpoint on a local host; None if the host is not local.

    >>> local_url("http", "127.0.0.1:8000"), local_url("http", "data.example.org"), local_url("http", 'x"onload=')
    ('http://127.0.0.1:8000/sparql', None, None)
    """
    return f"{scheme}://{host.lower()}/sparql" if _LOCAL_HOST.fullmatch(host.lower()) else None
