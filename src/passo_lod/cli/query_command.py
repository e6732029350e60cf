"""Ask one query from the terminal: of a release, or of any SPARQL endpoint, and show the result in any format."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

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
from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from passo_lod.errors import PassoError, QueryRefused
from passo_lod.media_types import DATASETS, GRAPHS, N_TRIPLES, RESULTS, RESULTS_JSON, MediaType
from passo_lod.media_types import TURTLE as TURTLE_TYPE
from passo_lod.namespaces import shorten
from passo_lod.queries.library import stored_queries
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Accepted, Answer, Limits, Query
from passo_lod.store.query_service import QueryService
from passo_lod.store.release import Release, find_release
from passo_lod.store.result_writer import write_result
from passo_lod.store.workers.pool import WorkerPool

TABLE = "table"
FORMATS: Mapping[str, MediaType] = {each.extension: each for each in (*RESULTS, *GRAPHS, *DATASETS)} | {
    "json": RESULTS_JSON,
    "xml": RESULTS[1],
}
_NO_LIMIT = 1 << 40

Result = QuerySolutions | QueryBoolean | list[Triple]


def read_query(name: str) -> str:
    """The text of a query: from a file, from standard input (`-`), or of a stored query by its name.

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


def ask_release(place: Path, text: str, limits: Limits) -> Answer:
    """The answer of a release, as its endpoint would give it.

    Raises:
        PassoError: there is no release, or the query is refused.
    """
    return asyncio.run(_ask_release(Release.open(find_release(place)), text, limits))


async def _ask_release(release: Release, text: str, limits: Limits) -> Answer:
    held = LoadedRelease.open(release, StoragePolicy())
    store = LocalStore(release, held, WorkerPool(held.origin, limits, 1, union=held.union))
    await store.start()
    try:
        desk = QueryService(store, store.graphs().keys(), ClientBudgets(Budget(0)))
        accepted = Accepted((RESULTS_JSON,), (N_TRIPLES,))
        return await desk.ask(Query(text, f"{release.manifest.base}sparql", accepted=accepted))
    finally:
        await store.stop()


def ask_endpoint(url: str, text: str, seconds: float) -> Answer:
    """The answer of any SPARQL 1.1 endpoint.

    Raises:
        PassoError: it refuses the query, or does not answer.
    """
    client = SPARQLWrapper(url)
    client.setQuery(text)
    client.setMethod(POST)
    client.setTimeout(int(seconds) or 1)
    is_graph = client.queryType in ("CONSTRUCT", "DESCRIBE")
    client.setReturnFormat(TURTLE if is_graph else JSON)
    try:
        body = client.query().response.read()
    except (SPARQLWrapperException, OSError, ValueError) as error:
        said = " ".join(str(error).split())[:600]
        raise QueryRefused("unavailable", f"{url}: {said}") from error
    return Answer(TURTLE_TYPE if is_graph else RESULTS_JSON, body)


def print_result(answer: Answer, form: str) -> None:
    """Write a result to standard output.

    Raises:
        PassoError: such a result cannot be had in that format, or is none.
    """
    try:
        result = _parsed(answer)
        if form == TABLE:
            _show_for_people(result)
        else:
            sys.stdout.buffer.write(write_result(result, _fitting(result, form), _NO_LIMIT))
            sys.stdout.buffer.flush()
    except (SyntaxError, ValueError) as error:
        raise PassoError(f"the endpoint's answer is not {answer.media_type.title}: {error}") from error


def _parsed(answer: Answer) -> Result:
    if answer.media_type is RESULTS_JSON:
        return parse_query_results(answer.body, format=QueryResultsFormat.JSON)
    return [quad.triple for quad in parse(answer.body, format=answer.media_type.rdf or RdfFormat.TURTLE)]


def _fitting(result: Result, form: str) -> MediaType:
    media_type = FORMATS[form]
    fitting = (*GRAPHS, *DATASETS) if isinstance(result, list) else RESULTS
    if media_type not in fitting:
        raise PassoError(
            f"--format {form}: this query's result can be had as {', '.join(each.extension for each in fitting)}"
        )
    return media_type


def _show_for_people(result: Result) -> None:
    if isinstance(result, QueryBoolean):
        print("yes" if result else "no")  # noqa: T201 - the command line speaks
    elif isinstance(result, QuerySolutions):
        _show_table(result)
    else:
        sys.stdout.buffer.write(write_result(result, TURTLE_TYPE, _NO_LIMIT))


def _show_table(solutions: QuerySolutions) -> None:
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
