"""`/sparql/words.json`: what the query editor completes: prefixes, and the classes and properties of the release with labels and counts."""

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
from passo_lod.web.endpoints.problem_details import problem_of_refusal
from passo_lod.web.endpoints.status import client_address
from passo_lod.web.http.conditional_requests import conditional_response
from passo_lod.web.http.headers import CACHED
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

_COUNT_QUERIES = {
    "property": "SELECT ?term (COUNT(*) AS ?count) { ?s ?term ?o } GROUP BY ?term",
    "class": "SELECT ?term (COUNT(*) AS ?count) { ?s a ?term } GROUP BY ?term",
}
_DECLARATIONS_QUERY = """
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
    """A class or a property, and how many triples of the release use it."""

    iri: str
    kind: str
    count: int


async def terms(request: Request) -> Response:
    """`/sparql/words.json`: prefixes and terms, with labels in the reader's language."""
    try:
        counted = await _count_terms(request)
    except QueryRefused as refused:
        raise problem_of_refusal(refused) from refused
    body = await run_in_threadpool(partial(_serialise, request, counted))
    return conditional_response(request, body, JSON.content_type, {"Vary": "Accept-Language", **CACHED})


def _serialise(request: Request, counted: tuple[CompletionTerm, ...]) -> bytes:
    builder = release_of(request).documents.page_builder(reader_of(request))
    members = [
        {**query_name(term.iri), "label": builder.name(term.iri).text, "kind": term.kind, "count": term.count}
        for term in counted
    ]
    return json.dumps({"prefixes": dict(PREFIXES), "terms": members}, ensure_ascii=False).encode()


def query_name(iri: str) -> dict[str, str]:
    """How a query names a term: as a prefixed name if it needs no escapes, else by its IRI.

    >>> query_name("https://w3id.org/passo/onto/cost"), query_name("https://other.example.org/cost")
    ({'name': 'passo:cost', 'prefix': 'passo'}, {'name': '<https://other.example.org/cost>', 'prefix': ''})
    """
    prefix, _, local = shorten(iri).partition(":")
    if prefix in PREFIXES and _LOCAL_NAME.fullmatch(local):
        return {"name": f"{prefix}:{local}", "prefix": prefix}
    return {"name": f"<{iri}>", "prefix": ""}


async def _count_terms(request: Request) -> tuple[CompletionTerm, ...]:
    """The terms that the release declares or uses, the most used first. The query service caches the counts."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in await _select(request, _DECLARATIONS_QUERY):
        counts[row["term"], row["kind"]] = 0
    for kind, query in _COUNT_QUERIES.items():
        for row in await _select(request, query):
            counts[row["term"], kind] = int(row["count"])
    usable = (CompletionTerm(iri, kind, count) for (iri, kind), count in counts.items() if len(iri) <= _LONGEST_IRI)
    return tuple(sorted(usable, key=lambda term: (-term.count, term.iri)))


async def _select(request: Request, query: str) -> list[dict[str, str]]:
    """The rows of a query whose `term` is an IRI."""
    accepted = Accepted((RESULTS_JSON,), ())
    service = release_of(request).query_service
    answer = await service.answer(Query(query, accepted=accepted, client=client_address(request)))
    bindings = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings if row["term"]["type"] == "uri"]
