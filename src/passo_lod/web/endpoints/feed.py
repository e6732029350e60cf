"""The change feed as HTTP has it: a way in that changes with each release, pages that never change, and Atom for people.

The release holds it ready (docs/feed.md). Its addresses are relative, so that nothing here needs to know under which name it is asked.
"""

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox
from pyoxigraph import RdfFormat
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import ATOM, HTML, JSON_LD, TRIG, TURTLE, MediaType, by_extension
from passo_lod.store.release import Distribution
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.pages.ui_messages import word
from passo_lod.web.request_release import release_of

INDEX, ROOT = "feed/index.json", "feed/feed.ttl"
WAYS_IN = (TURTLE, JSON_LD, TRIG, HTML)
PAGE_FORMS = (TRIG, JSON_LD)
"""A member is a graph of its own, which only these can hold."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
EVENTS = ("added", "changed", "removed")

_NOWHERE = "http://relative.invalid/"


def entry(request: Request) -> Response:
    """`/feed`, `/feed.ttl`: where the event stream begins; for people, what each release changed."""
    fixed = by_extension(request.path_params.get("extension", ""), WAYS_IN)
    if "extension" in request.path_params and fixed is None:
        raise HttpProblem(404, "the feed is not to be had in this form", offered=WAYS_IN)
    media_type = fixed or negotiate.best(request.headers.get("accept"), WAYS_IN)
    if media_type is None:
        raise HttpProblem(406, "the feed is not to be had in the media types asked for", offered=WAYS_IN)
    listed = _listed(request, ROOT)
    said = {"Vary": "Accept, Accept-Language", "Link": _links(), **headers.CACHED}
    if media_type is HTML:
        reader = reader_of(request)
        said["Content-Language"] = reader.language
        return headers.conditional(request, _for_people(request, reader), HTML.content_type, said)
    body = _form(release_of(request).release.file(listed.path).read_bytes(), media_type, "feed")
    return headers.conditional(request, body, media_type.content_type, said)


def page(request: Request) -> Response:
    """`/feed/pages/{name}`, `/feed/pages/{name}.trig`: versions of things, which stay as they are."""
    name = request.path_params["name"]
    stem, _, extension = name.rpartition(".")
    fixed = by_extension(extension, PAGE_FORMS)
    listed = _listed(request, f"feed/pages/{stem if fixed else name}.trig.gz")
    media_type = fixed or negotiate.best(request.headers.get("accept"), PAGE_FORMS)
    if media_type is None:
        raise HttpProblem(406, "a page is not to be had in the media types asked for", offered=PAGE_FORMS)
    said = {"Vary": "Accept, Accept-Encoding", **FOR_EVER}
    tag = f"{listed.sha256[:32]}.{media_type.extension}"
    if unchanged := headers.tagged(request, tag, said):
        return unchanged
    packed = release_of(request).release.file(listed.path).read_bytes()
    if media_type is TRIG and _takes_gzip(request):
        said |= {"Content-Encoding": "gzip"}
        return headers.conditional(request, packed, TRIG.content_type, said, f"{tag}.gz")
    body = _form(gzip.decompress(packed), media_type, f"feed/pages/{name}")
    return headers.conditional(request, body, media_type.content_type, said, tag)


def atom(request: Request) -> Response:
    """`/feed.atom`: what to subscribe to, in the reader's language."""
    reader = reader_of(request)
    listed = _listed(request, f"feed/feed.{reader.language}.atom")
    said = {"Vary": "Accept-Language", "Content-Language": reader.language, **headers.CACHED}
    body = release_of(request).release.file(listed.path).read_bytes()
    return headers.conditional(request, body, f"{ATOM.name}; charset=utf-8", said, listed.sha256)


def _listed(request: Request, path: str) -> Distribution:
    """A file that the manifest lists; a name is looked up there and never joined to a path."""
    listed = release_of(request).manifest.distribution(path)
    if listed is None:
        raise HttpProblem(404, "this release has no such page; /feed lists them")
    return listed


def _links() -> str:
    alternates = [f'</feed.{each.extension}>; rel="alternate"; type="{each.name}"' for each in (*WAYS_IN, ATOM)]
    return ", ".join(alternates)


def _takes_gzip(request: Request) -> bool:
    wanted = negotiate.parse_accept(request.headers.get("accept-encoding", ""))
    return any(each.name == "gzip" and each.quality > 0 for each in wanted)


def _form(text: bytes, media_type: MediaType, path: str) -> bytes:
    """The same in another syntax; Turtle is TriG, and addresses that were relative stay so."""
    if media_type is not JSON_LD:
        return text
    quads = ox.parse(text, format=RdfFormat.TRIG, base_iri=_NOWHERE + path)
    document = ox.serialize(quads, format=RdfFormat.JSON_LD) or b""
    here = f'"{_NOWHERE}{path}'.encode()
    return (
        document.replace(here + b'"', b'""').replace(here + b"#", b'"#').replace(f'"{_NOWHERE}'.encode(), b'"/') + b"\n"
    )


# ------------------------------------------------------------------------------------------------------- for people


def _for_people(request: Request, reader: ReaderLocale) -> bytes:
    index = json.loads(release_of(request).release.file(INDEX).read_bytes())
    issues = [_issue(each, reader) for each in reversed(index["issues"])]
    return render(request, "feed.html", reader, issues=issues, events=EVENTS, path=_path(request))


def _path(request: Request) -> Any:
    """Where a thing's document is on this server."""
    addresses = release_of(request).addresses
    return lambda thing: f"/doc/{addresses.document(thing)}"


def _issue(said: Mapping[str, Any], reader: ReaderLocale) -> dict[str, Any]:
    """What a release changed, with the names in the reader's language."""
    told = [{**each, "name": _name(each, reader)} for each in said["told"]]
    kinds = [(_kind(kind, reader), counts) for kind, counts in said["counts"].items()]
    return {**said, "told": told, "kinds": kinds, "date": said["time"][:10]}


def _kind(kind: str, reader: ReaderLocale) -> str:
    return word(f"kind-{kind}", reader.language)


def _name(told: Mapping[str, Any], reader: ReaderLocale) -> str:
    names = told["names"]
    best = next((names[each] for each in (*reader.languages, "") if each in names), next(iter(names.values()), ""))
    return str(best or told["thing"].rpartition("/")[2])
