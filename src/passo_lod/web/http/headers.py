"""What every answer says beside its body: security, CORS, links, caching and conditional requests."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passo_lod.media_types import HTML, PAGES, MediaType
from passo_lod.namespaces import DCT
from passo_lod.web.http.iri_policy import IriPolicy, as_uri

if TYPE_CHECKING:
    from passo_lod.web.endpoints.resources import DocumentFacts, Tombstone

CACHED = {"Cache-Control": "public, max-age=300"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Of what is named by its hash (RFC 8246)."""
NOT_CACHED = {"Cache-Control": "no-store"}

CONTENT_SECURITY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
WITH_SCRIPT = f"{CONTENT_SECURITY}; script-src 'self'; connect-src 'self'"
"""For the query page, whose editor is a script of ours that asks this server."""
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
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-None-Match, If-Range, Range",
    "Access-Control-Max-Age": "86400",
}
QUERY_PATHS = ("/sparql", "/sparql/")


def security(path: str) -> dict[str, str]:
    """The security headers of an answer at a path."""
    return SECURITY | ({"Content-Security-Policy": WITH_SCRIPT} if path in QUERY_PATHS else {})


def with_styles(page: bytes) -> str:
    """The content security policy for a page that brings its own style sheet: that one, by its hash, and no other."""
    sheets = re.findall(rb"<style>(.*?)</style>", page, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(sheet).digest()).decode() for sheet in sheets)
    sources = " ".join(["'self'", *(f"'sha256-{each}'" for each in hashes)])
    return CONTENT_SECURITY.replace("style-src 'self'", f"style-src {sources}")


def allowed(path: str) -> str:
    """The methods a path answers to."""
    return "GET, HEAD, POST, OPTIONS" if path in QUERY_PATHS else "GET, HEAD, OPTIONS"


Raw = list[tuple[bytes, bytes]]


def _raw(said: Mapping[str, str]) -> Raw:
    """Headers as they travel."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in said.items()]


_ON_ALL = _raw(security("/") | CORS)
_ON_QUERIES = _raw(security(QUERY_PATHS[0]) | CORS)


class CommonHeaders:
    """Puts the security and CORS headers on every answer, and answers OPTIONS, with or without a preflight."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            methods = allowed(scope["path"])
            said = {"Allow": methods, "Access-Control-Allow-Methods": methods, **_PREFLIGHT, **CORS, **SECURITY}
            await Response(status_code=204, headers=said)(scope, receive, send)
        else:
            await self._app(
                scope, receive, self._saying_more(send, _ON_QUERIES if scope["path"] in QUERY_PATHS else _ON_ALL)
            )

    @staticmethod
    def _saying_more(send: Send, more: Raw) -> Send:
        async def send_more(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = message["headers"]
                names = {name for name, _ in said}
                message["headers"] = [*said, *(each for each in more if each[0] not in names)]
            await send(message)

        return send_more


def document_headers(name: str, facts: "DocumentFacts", media_type: MediaType, addresses: IriPolicy) -> dict[str, str]:
    """The headers of a document about a thing: where it is, in which forms, under which licence."""
    said = {"Content-Location": as_uri(f"/doc/{name}.{media_type.extension}"), "Link": links(name, facts, addresses)}
    if facts.modified:
        said["Last-Modified"] = http_date(facts.modified)
    return said | CACHED


def links(name: str, facts: "DocumentFacts", addresses: IriPolicy) -> str:
    """The `Link` header of a document (RFC 8288)."""
    alternates = [
        f'<{as_uri(f"/doc/{name}.{each.extension}")}>; rel="alternate"; type="{each.name}"'
        for each in (HTML, *PAGES[1:])
    ]
    others = [("canonical", addresses.canonical(name)), ("describedby", "/shapes"), ("license", facts.licence)]
    others += [("type", kind) for kind in facts.kinds[:3]] + [("http://xmlns.com/foaf/0.1/primaryTopic", facts.thing)]
    return ", ".join([*alternates, *(f'<{as_uri(target)}>; rel="{relation}"' for relation, target in others if target)])


def links_of_tombstone(tombstone: "Tombstone", addresses: IriPolicy) -> str:
    """The `Link` header of a document about a thing that is gone."""
    replacing = [f'<{as_uri(iri)}>; rel="{DCT.isReplacedBy.value}"' for iri in tombstone.replaced_by]
    return ", ".join([f'<{as_uri(addresses.canonical(tombstone.document))}>; rel="canonical"', *replacing])


def http_date(day: str) -> str:
    """The start of a day in the form of HTTP headers.

    >>> http_date("2022-12-21")
    'Wed, 21 Dec 2022 00:00:00 GMT'
    """
    return format_datetime(datetime.fromisoformat(day[:10]).replace(tzinfo=UTC), usegmt=True)


def conditional(
    request: Request, body: bytes, content_type: str, said: Mapping[str, str], tag: str | None = None
) -> Response:
    """The answer with an ETag of its bytes, or 304 when the client has these bytes already."""
    tag = tag or base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return tagged(request, tag, said) or Response(body, headers={**said, "ETag": f'"{tag}"'}, media_type=content_type)


def tagged(request: Request, tag: str, said: Mapping[str, str]) -> Response | None:
    """304 when the client has the representation with this tag (RFC 9110, 13.1.2)."""
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if f'"{tag}"' in known or "*" in known:
        return Response(status_code=304, headers={**said, "ETag": f'"{tag}"'})
    return None
