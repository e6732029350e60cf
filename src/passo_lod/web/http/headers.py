"""Add the headers that every HTTP response has (security, CORS), and name the values of `Cache-Control`."""

import base64
import hashlib
import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CACHED = {"Cache-Control": "public, max-age=300"}
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For a file whose address contains its hash or version (RFC 8246)."""
NOT_CACHED = {"Cache-Control": "no-store"}

CONTENT_SECURITY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WITH_SCRIPT = f"{CONTENT_SECURITY}; script-src 'self'; connect-src 'self'"
"""For the query page: its editor is a script of this server, and sends requests to it."""
SECURITY = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Disposition, Content-Location, Content-Range, ETag, Last-Modified, Link, Location, RateLimit, RateLimit-Policy, Repr-Digest, Retry-After",
}
_USUAL_HEADERS = "Accept, Accept-Language, Content-Type, If-None-Match, If-Range, Range"
_HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*", re.ASCII)
"""Names of header fields, separated by commas (RFC 9110, 5.1)."""
QUERY_PATHS = ("/sparql", "/sparql/")


def security_headers(path: str) -> dict[str, str]:
    """The security headers of a response at a path."""
    return SECURITY | ({"Content-Security-Policy": WITH_SCRIPT} if path in QUERY_PATHS else {})


def policy_for_inline_styles(page: bytes) -> str:
    """The content security policy of a page that contains its own style sheets: it allows these, by their hashes."""
    sheets = re.findall(rb"<style>(.*?)</style>", page, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(sheet).digest()).decode() for sheet in sheets)
    sources = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in hashes)])
    return CONTENT_SECURITY.replace("style-src 'self'", f"style-src {sources}")


def allowed_methods(path: str) -> str:
    """The value of `Allow` at a path."""
    return "GET, HEAD, POST, OPTIONS" if path in QUERY_PATHS else "GET, HEAD, OPTIONS"


def _options(headers: Headers, path: str) -> dict[str, str]:
    """The headers of the response to OPTIONS: any header may be sent, since none gives a client more rights (Fetch, CORS-preflight)."""
    methods = allowed_methods(path)
    asked = headers.get("access-control-request-headers", "").strip()
    return {
        "Allow": methods,
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": asked if _HEADER_NAMES.fullmatch(asked) else _USUAL_HEADERS,
        "Access-Control-Max-Age": "86400",
        "Vary": "Access-Control-Request-Headers",
        **CORS,
        **SECURITY,
    }


RawHeaders = list[tuple[bytes, bytes]]


def _raw(headers: Mapping[str, str]) -> RawHeaders:
    """Headers as ASGI sends them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


_ON_ALL = _raw(security_headers("/") | CORS)
_ON_QUERIES = _raw(security_headers(QUERY_PATHS[0]) | CORS)


class CommonHeadersMiddleware:
    """Add the security and CORS headers to every response, and answer OPTIONS."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer OPTIONS; pass any other request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_options(Headers(scope=scope), scope["path"]))(scope, receive, send)
        else:
            added = _ON_QUERIES if scope["path"] in QUERY_PATHS else _ON_ALL
            await self._app(scope, receive, self._adding(added, send))

    @staticmethod
    def _adding(added: RawHeaders, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message["headers"]
                names = {name for name, _ in own}
                message["headers"] = [*own, *(header for header in added if header[0] not in names)]
            await send(message)

        return send_with_headers
