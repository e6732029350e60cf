"""Run `passo-lod query`: ask one SPARQL query of a release or of any endpoint, and print the result in any format."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)
from rich.console import Console
from rich.table import Table

from passo_lod.errors import PassoError, QueryRefused
from passo_lod.media_types import DATASETS, GRAPHS, N_TRIPLES, RESULTS, RESULTS_JSON, MediaType
from passo_lod.media_types import TURTLE as TURTLE_TYPE
from passo_lod.namespaces import shorten
from passo_lod.queries.stored_queries import stored_queries
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Answer, Limits, Query
from passo_lod.store.query_service import QueryService
from passo_lod.store.refusal_messages import with_message
from passo_lod.store.release import Release, find_release
from passo_lod.store.result_writer import write_result
from passo_lod.store.sparql_client import SparqlClient
from passo_lod.store.workers.engine import WorkerEngine

TABLE = "table"
FORMATS: Mapping[str, MediaType] = {each.extension: each for each in (*RESULTS, *GRAPHS, *DATASETS)} | {
    "json": RESULTS_JSON,
    "xml": RESULTS[1],
}
_NO_LIMIT = 1 << 40

Result = QuerySolutions | QueryBoolean | list[Triple]


def read_query(name: str) -> str:
    """Read the text of a query from a file, from standard input (`-`), or from a stored query by its name.

    Raises:
        PassoError: there is no such file, and no stored query of that name.
    """
    if name == "-":
        return sys.stdin.read()
    path = Path(name)
    if path.exists() and not path.is_dir():
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise PassoError(f"{path}: the query is not UTF-8 ({error})") from error
    stored = {query.name: query.text for query in stored_queries()}
    if name not in stored:
        raise PassoError(f"{name}: no such file; the stored queries are {', '.join(stored)}")
    return stored[name]


def ask_release(folder: Path, text: str, limits: Limits) -> Answer:
    """Ask the release in a folder, or the current one of a folder of releases, as its endpoint would.

    Raises:
        PassoError: there is no release, or the query is refused.
    """
    return asyncio.run(_ask_release(Release.open(find_release(folder)), text, limits))


async def _ask_release(release: Release, text: str, limits: Limits) -> Answer:
    loaded = LoadedRelease.open(release, StoragePolicy())
    store = LocalStore(
        release, loaded, WorkerEngine(loaded.origin, limits, 1, union_default_graph=loaded.union_default_graph)
    )
    await store.start()
    try:
        service = QueryService(store, store.graphs().keys(), ClientBudgets(Budget(0)))
        accepted = Accepted((RESULTS_JSON,), (N_TRIPLES,))
        return await service.answer(Query(text, f"{release.manifest.base}sparql", accepted=accepted))
    finally:
        await store.stop()


def ask_endpoint(url: str, text: str, limits: Limits) -> Answer:
    """Ask any SPARQL 1.1 endpoint.

    Raises:
        QueryRefused: the endpoint refuses the query, or does not answer it within the limits.
    """
    return asyncio.run(_ask_endpoint(url, text, limits))


async def _ask_endpoint(url: str, text: str, limits: Limits) -> Answer:
    try:
        client = SparqlClient(url)
    except httpx.InvalidURL as error:
        raise PassoError(f"--endpoint {url}: not a URL ({error})") from error
    try:
        reply = await client.query(text, (), (), limits)
    except QueryRefused as refused:
        raise with_message(refused, limits) from refused
    finally:
        await client.aclose()
    return Answer(reply.media_type, reply.body)


def print_result(answer: Answer, form: str) -> None:
    """Print a result as a table or in a format of `FORMATS`.

    Raises:
        PassoError: the format cannot represent such a result, or the answer is malformed.
    """
    try:
        result = _parsed(answer)
        if form == TABLE:
            _print_readable(result)
        else:
            sys.stdout.buffer.write(write_result(result, _media_type(result, form), _NO_LIMIT))
            sys.stdout.buffer.flush()
    except (SyntaxError, ValueError) as error:
        raise PassoError(f"the endpoint's answer is not {answer.media_type.title}: {error}") from error


def _parsed(answer: Answer) -> Result:
    if answer.media_type is RESULTS_JSON:
        return parse_query_results(answer.body, format=QueryResultsFormat.JSON)
    return [quad.triple for quad in parse(answer.body, format=answer.media_type.rdf or RdfFormat.TURTLE)]


def _media_type(result: Result, form: str) -> MediaType:
    media_type = FORMATS[form]
    possible = (*GRAPHS, *DATASETS) if isinstance(result, list) else RESULTS
    if media_type not in possible:
        raise PassoError(
            f"--format {form}: this query's result can be had as {', '.join(each.extension for each in possible)}"
        )
    return media_type


def _print_readable(result: Result) -> None:
    if isinstance(result, QueryBoolean):
        print("yes" if result else "no")  # noqa: T201 - standard output is the command line's job
    elif isinstance(result, QuerySolutions):
        _print_solutions(result)
    else:
        sys.stdout.buffer.write(write_result(result, TURTLE_TYPE, _NO_LIMIT))


def _print_solutions(solutions: QuerySolutions) -> None:
    table = Table()
    for variable in solutions.variables:
        table.add_column(variable.value)
    rows = [[_cell(solution[column]) for column in range(len(solutions.variables))] for solution in solutions]
    for row in rows:
        table.add_row(*row)
    console = Console(markup=False, highlight=False)
    console.print(table)
    console.print(f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}")


def _cell(term: object) -> str:
    if isinstance(term, NamedNode):
        return shorten(term.value)
    return term.value if isinstance(term, Literal) else str(term or "")
