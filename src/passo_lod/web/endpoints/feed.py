"""`/feed`, `/feed/pages/…`, `/feed.atom`: the change feed of the release, as a Linked Data Event Stream, as Atom and as a page.

The release contains the files (docs/feed.md). Their IRIs are relative, so that the feed works under any host name.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from typing import Any

import pyoxigraph as ox
from pyoxigraph import RdfFormat
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import ATOM, HTML, JSON_LD, TRIG, TURTLE, MediaType, by_extension
from passo_lod.messages.message_catalogue import message
from passo_lod.release_layout import FEED_INDEX, FEED_ROOT, ListedFile
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response, not_modified
from passo_lod.web.http.headers import CACHED, IMMUTABLE
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.request_release import release_of

ROOT_TYPES = (TURTLE, JSON_LD, TRIG, HTML)
PAGE_TYPES = (TRIG, JSON_LD)
"""Syntaxes with named graphs: each member of the stream is one."""
EVENTS = ("added", "changed", "removed")

_BASE = "http://relative.invalid/"
"""Stands for the server while relative IRIs are converted to another syntax."""


def root(request: Request) -> Response:
    """`/feed`, `/feed.ttl`, …: the root of the event stream; for people, what each release changed."""
    fixed_type = by_extension(request.path_params.get("extension", ""), ROOT_TYPES)
    if "extension" in request.path_params and fixed_type is None:
        raise HttpProblem(404, "the feed is not available in this form", offered=ROOT_TYPES)
    media_type = fixed_type or content_negotiation.best(request.headers.get("accept"), ROOT_TYPES)
    if media_type is None:
        raise HttpProblem(406, "the feed is not available in the media types asked for", offered=ROOT_TYPES)
    listed = _listed(request, FEED_ROOT)
    headers = {"Vary": "Accept, Accept-Language", "Link": _alternates(), **CACHED}
    if media_type is HTML:
        reader = reader_of(request)
        headers["Content-Language"] = reader.language
        return conditional_response(request, _render_changes(request, reader), HTML.content_type, headers)
    body = _convert(release_of(request).release.file(listed.path).read_bytes(), media_type, "feed")
    return conditional_response(request, body, media_type.content_type, headers)


def page(request: Request) -> Response:
    """`/feed/pages/{name}`, `/feed/pages/{name}.trig`: a page of versions of things; it never changes."""
    name = request.path_params["name"]
    stem, _, extension = name.rpartition(".")
    fixed_type = by_extension(extension, PAGE_TYPES)
    listed = _listed(request, f"feed/pages/{stem if fixed_type else name}.trig.gz")
    media_type = fixed_type or content_negotiation.best(request.headers.get("accept"), PAGE_TYPES)
    if media_type is None:
        raise HttpProblem(406, "a page is not available in the media types asked for", offered=PAGE_TYPES)
    headers = {"Vary": "Accept, Accept-Encoding", **IMMUTABLE}
    tag = f"{listed.sha256[:32]}.{media_type.extension}"
    if unchanged := not_modified(request, tag, headers):
        return unchanged
    compressed = release_of(request).release.file(listed.path).read_bytes()
    if media_type is TRIG and _accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return conditional_response(request, compressed, TRIG.content_type, headers, f"{tag}.gz")
    body = _convert(gzip.decompress(compressed), media_type, f"feed/pages/{name}")
    return conditional_response(request, body, media_type.content_type, headers, tag)


def atom(request: Request) -> Response:
    """`/feed.atom`: the Atom feed in the reader's language."""
    language = reader_of(request).language
    listed = _listed(request, f"feed/feed.{language}.atom")
    headers = {"Vary": "Accept-Language", "Content-Language": language, **CACHED}
    body = release_of(request).release.file(listed.path).read_bytes()
    return conditional_response(request, body, f"{ATOM.name}; charset=utf-8", headers, listed.sha256)


def _listed(request: Request, path: str) -> ListedFile:
    """A file that the manifest lists; the path is only compared, never joined to a folder."""
    listed = release_of(request).manifest.distribution(path)
    if listed is None:
        raise HttpProblem(404, "this release has no such page; /feed lists them")
    return listed


def _alternates() -> str:
    """The `Link` header with the other forms of the feed."""
    types = (*ROOT_TYPES, ATOM)
    return ", ".join(f'</feed.{each.extension}>; rel="alternate"; type="{each.name}"' for each in types)


def _accepts_gzip(request: Request) -> bool:
    codings = content_negotiation.parse_accept(request.headers.get("accept-encoding", ""))
    return any(coding.name == "gzip" and coding.quality > 0 for coding in codings)


def _convert(text: bytes, media_type: MediaType, path: str) -> bytes:
    """TriG or Turtle in another syntax, with its relative IRIs.

    Args:
        text: of the file; Turtle is TriG too.
        media_type: of the response.
        path: of the response.
    """
    if media_type is not JSON_LD:
        return text
    quads = ox.parse(text, format=RdfFormat.TRIG, base_iri=_BASE + path)
    document = ox.serialize(quads, format=RdfFormat.JSON_LD) or b""
    own = f'"{_BASE}{path}'.encode()
    document = document.replace(own + b'"', b'""').replace(own + b"#", b'"#')
    return document.replace(f'"{_BASE}'.encode(), b'"/') + b"\n"


# ----------------------------------------------------------------------------------------------------- page for people


def _render_changes(request: Request, reader: ReaderLocale) -> bytes:
    index = json.loads(release_of(request).release.file(FEED_INDEX).read_bytes())
    releases = [_release_values(release, reader) for release in reversed(index["issues"])]
    return render(request, "feed.html", reader, releases=releases, events=EVENTS, path=_path_of(request))


def _path_of(request: Request) -> Callable[[str], str]:
    iri_policy = release_of(request).iri_policy
    return lambda thing: f"/doc/{iri_policy.document(thing)}"


def _release_values(release: Mapping[str, Any], reader: ReaderLocale) -> dict[str, Any]:
    """What the page shows of one release: its date, its changed processes by name, and counts for each kind of thing."""
    changes = [{**change, "name": _name(change, reader)} for change in release["told"]]
    kinds = [(message(f"page.kind-{kind}", reader.language), counts) for kind, counts in release["counts"].items()]
    return {**release, "changes": changes, "kinds": kinds, "date": release["time"][:10]}


def _name(change: Mapping[str, Any], reader: ReaderLocale) -> str:
    names = change["names"]
    first = next(iter(names.values()), "")
    name = next((names[language] for language in (*reader.languages, "") if language in names), first)
    return str(name or change["thing"].rpartition("/")[2])
