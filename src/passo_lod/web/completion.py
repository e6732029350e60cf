"""What the editor of the query page completes: our prefixes, and the classes and properties of the release, with names and counts."""

import asyncio
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.errors import QueryRefused
from passo_lod.media_types import JSON, RESULTS_JSON
from passo_lod.store.base import Accepted, Query
from passo_lod.terms import PREFIXES, shorten
from passo_lod.web import headers
from passo_lod.web.pinned import pinned
from passo_lod.web.problems import of_refusal
from passo_lod.web.reader import reader_of

_COUNTS = {
    "property": "SELECT ?term (COUNT(*) AS ?count) { ?s ?term ?o } GROUP BY ?term",
    "class": "SELECT ?term (COUNT(*) AS ?count) { ?s a ?term } GROUP BY ?term",
}
_DECLARED = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT DISTINCT ?term ?kind {
  VALUES (?type ?kind) { (owl:Class "class") (owl:ObjectProperty "property") (owl:DatatypeProperty "property") }
  ?term a ?type
}
"""
_LOCAL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST_IRI = 200
_REMEMBERED_RELEASES = 2


@dataclass(frozen=True)
class Term:
    """A class or a property, and how often the release uses it."""

    iri: str
    kind: str
    count: int


async def words(request: Request) -> Response:
    """`/sparql/words.json`: prefixes and terms, in the reader's language."""
    try:
        terms = await _terms(request)
    except QueryRefused as refused:
        raise of_refusal(refused) from refused
    body = await run_in_threadpool(partial(_document, request, terms))
    said = {"Vary": "Accept-Language", **headers.CACHED}
    return headers.conditional(request, body, JSON.content_type, said)


def _document(request: Request, terms: tuple[Term, ...]) -> bytes:
    writer = pinned(request).documents.writer(reader_of(request))
    listed = [
        {**written(term.iri), "label": writer.name(term.iri).text, "kind": term.kind, "count": term.count}
        for term in terms
    ]
    return json.dumps({"prefixes": dict(PREFIXES), "terms": listed}, ensure_ascii=False).encode()


def written(iri: str) -> dict[str, str]:
    """How a query names a term: by a prefix of ours where what follows it needs no escape, else by its whole IRI.

    >>> written("https://w3id.org/passo/onto/cost"), written("https://other.example.org/cost")
    ({'name': 'passo:cost', 'prefix': 'passo'}, {'name': '<https://other.example.org/cost>', 'prefix': ''})
    """
    prefix, _, local = shorten(iri).partition(":")
    if prefix in PREFIXES and _LOCAL_NAME.fullmatch(local):
        return {"name": f"{prefix}:{local}", "prefix": prefix}
    return {"name": f"<{iri}>", "prefix": ""}


# ------------------------------------------------------------------------------------------------------------- terms


async def _terms(request: Request) -> tuple[Term, ...]:
    """The terms of the release of this request; they are counted once, by the workers that answer queries."""
    state = request.app.state
    if not hasattr(state, "terms"):
        state.terms = {}
    kept: dict[str, asyncio.Task[tuple[Term, ...]]] = state.terms
    release = pinned(request).manifest.id
    if release not in kept or (kept[release].done() and kept[release].exception()):
        for old in list(kept)[: max(0, len(kept) + 1 - _REMEMBERED_RELEASES)]:
            del kept[old]
        kept[release] = asyncio.create_task(_count(request))
    return await asyncio.shield(kept[release])


async def _count(request: Request) -> tuple[Term, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for iri, kind in [(row["term"], row["kind"]) for row in await _rows(request, _DECLARED)]:
        counts[iri, kind] = 0
    for kind, query in _COUNTS.items():
        for row in await _rows(request, query):
            counts[row["term"], kind] = int(row["count"])
    usable = ((iri, kind, count) for (iri, kind), count in counts.items() if len(iri) <= _LONGEST_IRI)
    return tuple(sorted((Term(*each) for each in usable), key=lambda term: (-term.count, term.iri)))


async def _rows(request: Request, query: str) -> list[dict[str, str]]:
    accepted = Accepted((RESULTS_JSON,), ())
    answer = await pinned(request).store.query(Query(query, accepted=accepted))
    bindings = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings if row["term"]["type"] == "uri"]
