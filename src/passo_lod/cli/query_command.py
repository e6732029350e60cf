"""Run `passo-lod query`: ask one SPARQL query of a release or of any endpoint, and print the result in any format.

A table is for people: it shows things by their names in the reader's language. The other formats are for programs and have the IRIs.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
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
from passo_lod.media_types import DATASETS, GRAPHS, RESULTS, RESULTS_JSON, MediaType
from passo_lod.media_types import TURTLE as TURTLE_TYPE
from passo_lod.messages.message_catalogue import find_message
from passo_lod.namespaces import CVL, PREFIXES, shorten
from passo_lod.queries.stored_queries import stored_queries
from passo_lod.sparql_tokens import prologue, tokens
from passo_lod.store.local_store import LocalStore
from passo_lod.store.opened_release import ask_store, opened
from passo_lod.store.protocol import Answer, Limits, choose_label
from passo_lod.store.refusal_messages import with_message
from passo_lod.store.release import Release, find_release
from passo_lod.store.remote_store import read_names
from passo_lod.store.result_writer import write_result
from passo_lod.store.sparql_client import SparqlClient
from passo_lod.visible_text import escape_controls

TABLE = "table"
FORMATS: Mapping[str, MediaType] = {each.extension: each for each in (*RESULTS, *GRAPHS, *DATASETS)} | {
    "json": RESULTS_JSON,
    "xml": RESULTS[1],
}
_NO_LIMIT = 1 << 40
_MOST_NAMED = 2000
"""How many IRIs an endpoint is asked to name, in ten requests."""

_PIPED_WIDTH = 1000
"""Characters; a table that goes to a file or another program is not wrapped."""

Result = QuerySolutions | QueryBoolean | list[Triple]


@dataclass(frozen=True)
class NamedAnswer:
    """The answer to a query.

    Attributes:
        names: of the IRIs in its solutions, as far as they have one and were asked for.
    """

    answer: Answer
    names: Mapping[str, str]


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
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise PassoError(f"{path}: the query is not UTF-8 ({error})") from error
    stored = {query.name: query.text for query in stored_queries()}
    if name not in stored:
        raise PassoError(f"{name}: no such file; the stored queries are {', '.join(stored)}")
    return stored[name]


_CONCEPT = re.compile(r"/[a-z0-9]+(?:-[a-z0-9]+)*+(?![\w:-])")
"""The end of a concept's name as mapping.yaml writes it, such as `cvl:technique/world-cafe`."""


def with_known_names(text: str) -> str:
    r"""A query in which the names that mapping.yaml uses are SPARQL: known prefixes are declared, and concepts are IRIs.

    In SPARQL a slash inside a prefixed name has to be escaped (SPARQL 1.1 Query, 19.8, PN_LOCAL_ESC), and without a backslash it
    would be a property path, which no concept can be part of.

    >>> with_known_names("ASK { ?p passo:usesTechnique cvl:technique/world-cafe }")
    'PREFIX passo: <https://w3id.org/passo/onto/> ASK { ?p passo:usesTechnique <https://w3id.org/passo/controlled-vocabulary/technique/world-cafe> }'
    """
    names = [token for token in tokens(text) if token.kind == "name"]
    try:
        declared = prologue(tokens(text)).prefixes
    except (QueryRefused, ValueError):
        return text  # The engine reports what is wrong with it.
    parts, end, used = [], 0, set()
    for token in names:
        prefix = token.text.partition(":")[0]
        concept = _CONCEPT.match(text, token.end)
        if concept and prefix == "cvl" and declared.get("cvl", CVL.iri) == CVL.iri:
            parts += [text[end : token.start], f"<{CVL.iri}{token.text.removeprefix('cvl:')}{concept[0]}>"]
            end = concept.end()
        elif prefix in PREFIXES and prefix not in declared:
            used.add(prefix)
    # On the first line, so that the line numbers of messages stay.
    declarations = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in sorted(used))
    return declarations + "".join(parts) + text[end:]


def ask_release(folder: Path, text: str, limits: Limits, languages: Sequence[str] = ()) -> NamedAnswer:
    """Ask the release in a folder, or the current one of a folder of releases, as its endpoint would.

    Args:
        folder: of the release or the releases.
        text: the query.
        limits: of the query.
        languages: in which to name the IRIs of the solutions, best first; none for no names.

    Raises:
        PassoError: there is no release, or the query is refused.
    """
    return asyncio.run(_ask_release(Release.open(find_release(folder)), text, limits, languages))


async def _ask_release(release: Release, text: str, limits: Limits, languages: Sequence[str]) -> NamedAnswer:
    async with opened(release, limits) as store:
        answer = await ask_store(store, text)
        return NamedAnswer(answer, _names_in_release(store, answer, languages) if languages else {})


def _names_in_release(store: LocalStore, answer: Answer, languages: Sequence[str]) -> Mapping[str, str]:
    iris = _iris_of(answer)
    titles = {
        source.dataset: next((source.title[each] for each in languages if each in source.title), "")
        for source in store.release.manifest.sources
    }
    labels = {iri: label.text for iri, label in store.labels(iris, languages).items()}
    return _with_messages(iris, labels | {iri: title for iri, title in titles.items() if title}, languages[0])


def ask_endpoint(url: str, text: str, limits: Limits, languages: Sequence[str] = ()) -> NamedAnswer:
    """Ask any SPARQL 1.1 endpoint. Arguments as for `ask_release`.

    Raises:
        QueryRefused: the endpoint refuses the query, or does not answer it within the limits.
    """
    return asyncio.run(_ask_endpoint(url, text, limits, languages))


async def _ask_endpoint(url: str, text: str, limits: Limits, languages: Sequence[str]) -> NamedAnswer:
    async with endpoint_client(url, limits) as client:
        reply = await client.query(text, (), (), limits)
        answer = Answer(reply.media_type, reply.body)
        return NamedAnswer(answer, _names_in_endpoint(client, answer, languages) if languages else {})


@asynccontextmanager
async def endpoint_client(url: str, limits: Limits) -> AsyncIterator[SparqlClient]:
    """A client of an endpoint; a refused query is raised with its message."""
    try:
        client = SparqlClient(url)
    except httpx.InvalidURL as error:
        raise PassoError(f"--endpoint {url}: not a URL ({error})") from error
    try:
        yield client
    except QueryRefused as refused:
        raise with_message(refused, limits) from refused
    finally:
        await client.aclose()


def _names_in_endpoint(client: SparqlClient, answer: Answer, languages: Sequence[str]) -> Mapping[str, str]:
    """The names that the endpoint gives the IRIs of a result; why some have none is said on standard error."""
    iris = _iris_of(answer)
    if len(iris) > _MOST_NAMED:
        _warn(f"only the first {_MOST_NAMED} of {len(iris)} IRIs are shown by name")
    labels: Mapping[str, str] = {}
    try:
        names = read_names(client, islice(iris, _MOST_NAMED))
        labels = {iri: choose_label(literals, languages).text for iri, literals in names.items()}
    except QueryRefused as refused:
        _warn(f"IRIs are shown without their names, which the endpoint does not give: {refused}")
    return _with_messages(iris, labels, languages[0])


def _with_messages(iris: Iterable[str], labels: Mapping[str, str], language: str) -> Mapping[str, str]:
    """The names of IRIs: the labels of the data, or else the messages for terms of other vocabularies."""
    named = ((iri, labels.get(iri) or find_message(f"term.{shorten(iri)}", language)) for iri in iris)
    return {iri: name for iri, name in named if name}


def _iris_of(answer: Answer) -> Mapping[str, None]:
    """The IRIs in the solutions of an answer, in their order."""
    try:
        result = _parsed(answer)
        if not isinstance(result, QuerySolutions):
            return {}
        return dict.fromkeys(term.value for solution in result for term in solution if isinstance(term, NamedNode))
    except (SyntaxError, ValueError):
        return {}  # `print_result` reports it.


def _warn(text: str) -> None:
    print(f"passo-lod: {text}", file=sys.stderr)  # noqa: T201 - standard error is the command line's job


def print_result(named: NamedAnswer, form: str) -> None:
    """Print a result as a table or in a format of `FORMATS`.

    Args:
        named: the result; its names are shown in a table.
        form: `TABLE`, or a key of `FORMATS`.

    Raises:
        PassoError: the format cannot represent such a result, or the answer is malformed.
    """
    answer = named.answer
    try:
        result = _parsed(answer)
        if form == TABLE:
            _print_readable(result, named.names)
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


def _print_readable(result: Result, names: Mapping[str, str]) -> None:
    if isinstance(result, QueryBoolean):
        print("yes" if result else "no")  # noqa: T201 - standard output is the command line's job
    elif isinstance(result, QuerySolutions):
        _print_solutions(result, names)
    else:
        sys.stdout.buffer.write(write_result(result, TURTLE_TYPE, _NO_LIMIT))


def _print_solutions(solutions: QuerySolutions, names: Mapping[str, str]) -> None:
    table = Table()
    for variable in solutions.variables:
        table.add_column(variable.value)
    columns = range(len(solutions.variables))
    rows = [[_cell(solution[column], names) for column in columns] for solution in solutions]
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, markup=False, highlight=False)
    console.print(table)
    console.print(f"{len(rows)} {'row' if len(rows) == 1 else 'rows'}")


def _cell(term: object, names: Mapping[str, str]) -> str:
    if isinstance(term, NamedNode):
        return escape_controls(names.get(term.value) or shorten(term.value))
    return escape_controls(term.value if isinstance(term, Literal) else str(term or ""))
