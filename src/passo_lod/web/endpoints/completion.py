"""What the editor of the query page completes: our prefixes, and the classes and properties of the release, with names and counts."""

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
from passo_lod.namespaces import PREFIXES, shorten
from passo_lod.store.protocol import Accepted, Query
from passo_lod.web.endpoints.problem_details import of_refusal
from passo_lod.web.endpoints.status import client
from passo_lod.web.http import headers
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

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


@dataclass(frozen=True)
class CompletionTerm:
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


def _document(request: Request, terms: tuple[CompletionTerm, ...]) -> bytes:
    writer = release_of(request).documents.writer(reader_of(request))
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


async def _terms(request: Request) -> tuple[CompletionTerm, ...]:
    """The terms of the release of this request, counted by the workers that answer queries; the desk remembers what they answer."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in await _rows(request, _DECLARED):
        counts[row["term"], row["kind"]] = 0
    for kind, query in _COUNTS.items():
        for row in await _rows(request, query):
            counts[row["term"], kind] = int(row["count"])
    usable = ((iri, kind, count) for (iri, kind), count in counts.items() if len(iri) <= _LONGEST_IRI)
    return tuple(sorted((CompletionTerm(*each) for each in usable), key=lambda term: (-term.count, term.iri)))


async def _rows(request: Request, query: str) -> list[dict[str, str]]:
    accepted = Accepted((RESULTS_JSON,), ())
    answer = await release_of(request).desk.ask(Query(query, accepted=accepted, client=client(request)))
    bindings = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings if row["term"]["type"] == "uri"]
