"""`/robots.txt` and `/sitemap.xml`: what search engines may read, and the addresses of all pages (sitemaps.org, protocol 0.9)."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from math import ceil
from weakref import WeakKeyDictionary
from xml.sax.saxutils import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from passo_lod.media_types import SITEMAP
from passo_lod.namespaces import DCT, OWL, PASSO, RDF, SKOS, VOID, curie
from passo_lod.store.protocol import Store, subjects, value_of
from passo_lod.web.endpoints.catalogue import find_catalogue
from passo_lod.web.endpoints.endpoint_url import endpoint_url
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.http.conditional_requests import PreparedResponse, prepare
from passo_lod.web.http.headers import CACHED
from passo_lod.web.http.iri_policy import as_uri
from passo_lod.web.http.response_cache import RepresentationKey
from passo_lod.web.request_release import release_of
from passo_lod.web.served_release import ServedRelease

MOST_ADDRESSES = 20_000
"""Of one sitemap. The protocol allows 50,000, but the cache of responses has no entry that large."""

_PAGES = ("", "processes", "places", "vocabulary", "catalog.html", "dump/", "report")
_CLASSES = (
    *(PASSO.ParticipatoryProcess, DCT.Location, curie("org:Organization")),
    *(OWL.Ontology, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty),
    *(SKOS.ConceptScheme, SKOS.Concept, VOID.Linkset),
)
"""The classes of the things whose documents are listed."""

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?")
"""A date as `lastmod` has it (W3C note on date and time formats)."""

_ROBOTS = """User-agent: *
Disallow: /sparql
Allow: /
Sitemap: {url}sitemap.xml
"""
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{entries}
</{name}>
"""

_preparing = asyncio.Lock()
"""One sitemap is prepared at a time: that of a large release reads for seconds."""

_counts: WeakKeyDictionary[Store, int] = WeakKeyDictionary()
"""The number of addresses, by the store of their release."""


def robots(request: Request) -> Response:
    """`/robots.txt`."""
    return PlainTextResponse(_ROBOTS.format(url=_server_url(request)), headers=CACHED)


async def sitemap(request: Request) -> Response:
    """`/sitemap.xml`: all addresses, or the index of several sitemaps; `/sitemap-{number}.xml`: one of these, from 1."""
    cache = release_of(request).responses
    key = RepresentationKey(f"{_server_url(request)}{request.url.path}", SITEMAP, ())
    async with _preparing:
        prepared = cache.get(key)
        if prepared is None:
            prepared = await run_in_threadpool(_prepare, request)
            cache.put(key, prepared)
    return prepared.answer(request)


def _server_url(request: Request) -> str:
    return endpoint_url(request).removesuffix("sparql")


def _prepare(request: Request) -> PreparedResponse:
    release, url = release_of(request), _server_url(request)
    parts = [str(part) for part in range(1, ceil(_count(release) / MOST_ADDRESSES) + 1)]
    number = request.path_params.get("number", "1")
    if number not in parts:
        raise HttpProblem(404, "there is no such sitemap; /sitemap.xml has all addresses, or lists the sitemaps")
    if "number" not in request.path_params and len(parts) > 1:
        return _prepared("sitemapindex", (_entry("sitemap", f"{url}sitemap-{part}.xml") for part in parts))
    start = parts.index(number) * MOST_ADDRESSES
    paths = list(islice(_paths(release), start, start + MOST_ADDRESSES))
    modified = _dates(release, frozenset(paths))
    return _prepared("urlset", (_entry("url", as_uri(f"{url}{path}"), modified.get(path, "")) for path in paths))


def _prepared(name: str, entries: Iterable[str]) -> PreparedResponse:
    return prepare(_DOCUMENT.format(name=name, entries="\n".join(entries)).encode(), SITEMAP.content_type, CACHED)


def _entry(name: str, address: str, modified: str = "") -> str:
    date = f"<lastmod>{modified}</lastmod>" if modified else ""
    return f"<{name}><loc>{escape(address, {chr(39): '&apos;'})}</loc>{date}</{name}>"


def _count(release: ServedRelease) -> int:
    if release.store not in _counts:
        _counts[release.store] = sum(1 for _ in _paths(release))
    return _counts[release.store]


def _paths(release: ServedRelease) -> Iterator[str]:
    """The path of each page, dataset and document of a release, always in the same order."""
    return chain(_PAGES, _datasets(release), (f"doc/{document}" for document in _documents(release)))


def _datasets(release: ServedRelease) -> Iterator[str]:
    catalogue = find_catalogue(release)
    iris = catalogue.datasets if catalogue else [source.dataset for source in release.manifest.sources]
    return (f"{path}.html" for iri in iris if (path := release.iri_policy.path(iri)))


def _documents(release: ServedRelease) -> Iterator[str]:
    """The documents that describe a thing of one of the classes, each once, without those about a part of a thing."""
    policy = release.iri_policy
    listed: set[str] = set()
    for kind in _CLASSES:
        for iri in subjects(release.store, RDF.type, kind):
            document = policy.document(iri)
            if document and document not in listed and policy.thing(document) == iri:
                listed.add(document)
                yield document


def _dates(release: ServedRelease, paths: frozenset[str]) -> Mapping[str, str]:
    """The last change (dct:modified) of the things or records of some documents, and of some datasets, by path."""
    policy, catalogue = release.iri_policy, find_catalogue(release)
    dates: dict[str, str] = {}
    for quad in release.store.pattern(None, DCT.modified, None):
        iri, date = value_of(quad.subject), value_of(quad.object)
        document = policy.document(iri) or ""
        if f"doc/{document}" in paths and iri in (policy.thing(document), policy.canonical(document)):
            dates[f"doc/{document}"] = max(date, dates.get(f"doc/{document}", ""))
    for iri in catalogue.datasets if catalogue else ():
        dates[f"{policy.path(iri)}.html"] = catalogue.value(iri, DCT.modified) if catalogue else ""
    return {path: date for path, date in dates.items() if path in paths and _DATE.fullmatch(date)}
