"""Ask passo-lod from Python: a server by its address, any SPARQL endpoint that holds its data, or a release on disk.

    with Client("https://dati.example.org/") as client:
        costs = client.compare("costs", region="istat-08")
        costs.known, costs.processes   # the denominators
        costs.to_pandas()

docs/comparison.md describes dimensions, measures and columns.
"""

import ast
import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from http.client import HTTPException
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results
from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from passo_lod.comparison.address import Parameters, check_names, read_comparison, write_parameters
from passo_lod.comparison.answer_rows import ABSENCE_COLUMNS, Name
from passo_lod.comparison.answers import (
    AnsweredComparison,
    Term,
    answer,
    completed,
    read_declarations,
    read_solutions,
    read_terms,
)
from passo_lod.comparison.declarations import Declarations
from passo_lod.comparison.filter_values import check_filter_values
from passo_lod.comparison.names_query import names_query, read_names
from passo_lod.errors import PassoError, QueryRefused
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.namespaces import XSD, shorten
from passo_lod.queries.questions import Question, questions
from passo_lod.release_layout import Manifest
from passo_lod.store.opened_release import ask_store, opened
from passo_lod.store.protocol import MEBIBYTE, Limits
from passo_lod.store.refusal_messages import MAX_MESSAGE_LENGTH, readable_error, with_message
from passo_lod.store.release import Release, find_release

PERSONAL_LIMITS = Limits(seconds=60.0, memory=1024 * MEBIBYTE, result=1024 * MEBIBYTE)
"""Of one query of a person at a terminal or notebook; an endpoint has limits of its own."""

Value = str | int | float | bool | Decimal | date | datetime
"""An RDF term in Python: a number, truth value, date or time by its datatype, and the text or IRI of any other."""

Row = dict[str, Value | None]
Texts = str | Sequence[str]
"""One text, or several."""

_Result = TypeVar("_Result")
_CHUNK = 1 << 16


class Client:
    """Asks questions of one passo-lod; `close` it, or use it in a `with` statement.

    Args:
        address: of a server, such as `https://dati.example.org/`.
        language: of names: `it` or `en`.
        limits: of one query.

    Raises:
        PassoError: the address is no URL of HTTP, or there is no such language.
    """

    def __init__(self, address: str, *, language: str = "en", limits: Limits = PERSONAL_LIMITS) -> None:
        self._languages = _languages(language)
        self._answerer: _Endpoint | _OpenedRelease = _Endpoint(f"{address.rstrip('/')}/sparql", limits)

    @classmethod
    def of_endpoint(cls, url: str, *, language: str = "en", limits: Limits = PERSONAL_LIMITS) -> "Client":
        """A client of any SPARQL 1.1 endpoint that holds a release, with the union of its graphs as default graph; else as the class."""
        client = cls.__new__(cls)
        client._languages = _languages(language)
        client._answerer = _Endpoint(url, limits)
        return client

    @classmethod
    def of_release(cls, folder: Path | str, *, language: str = "en", limits: Limits = PERSONAL_LIMITS) -> "Client":
        """A client of the release in a folder, or of the current one of a folder of releases, without a server.

        Raises:
            PassoError: there is no release, or there is no such language.
        """
        client = cls.__new__(cls)
        client._languages = _languages(language)
        client._answerer = _OpenedRelease(Release.open(find_release(Path(folder))), limits)
        return client

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that answer from a release; closing twice does nothing."""
        self._answerer.close()

    @property
    def manifest(self) -> Manifest | None:
        """The manifest of a release on disk; None of an endpoint, which has no way to ask for it."""
        return self._answerer.manifest

    @property
    def place(self) -> str:
        """The endpoint, without user and password, or the folder of the release."""
        return str(self._answerer)

    async def _ask(self, text: str) -> QuerySolutions:
        """Blocks; it is `async` because comparisons are answered by servers too, which may not block."""
        return _solutions(self._answerer.fetch(text), str(self._answerer))

    # ------------------------------------------------------------------------------------------------------- questions

    def query(self, text: str) -> list[Row]:
        """Ask a SELECT query.

        Args:
            text: the query, in SPARQL 1.1.

        Returns:
            One dict for each solution, with all variables; None where one is unbound.

        Raises:
            QueryRefused: the query is not answered: it is malformed, or exceeds a limit, or the endpoint is down.
            PassoError: the answer is none of a SELECT query.
        """
        solutions = completed(self._ask(text))
        names = [each.value for each in solutions.variables]
        return [
            {name: python_value(each[name]) if name in each else None for name in names}
            for each in read_terms(solutions)
        ]

    @cached_property
    def declarations(self) -> Declarations:
        """The dimensions and measures that the release declares, by code.

        Raises:
            PassoError: it declares none.
        """
        declared = completed(read_declarations(self._ask))
        if not declared.measures:
            raise PassoError(
                f"{self._answerer}: this release declares no dimensions and measures (the graph https://w3id.org/passo/comparison); "
                "publish it with this version of passo-lod"
            )
        return declared

    def answer(self, parameters: Parameters) -> AnsweredComparison:
        """Answer a comparison, with all figures and the IRIs behind them.

        Args:
            parameters: those of the address of a comparison (`comparison.address`).

        Raises:
            PassoError: a parameter is wrong, no process has a value of a filter, or a query is refused.
        """
        declared = self.declarations
        check_names(parameters, declared)
        comparison = read_comparison(parameters, declared)
        names = completed(check_filter_values(comparison, declared, self._ask, self._languages))
        answered = completed(answer(comparison, self._ask, self._languages))
        return replace(answered, names={**names, **answered.names, **self._answerer.titles(self._languages)})

    def compare(
        self,
        question: str | None = None,
        *,
        measure: str | None = None,
        by: str | None = None,
        and_by: str | None = None,
        region: Texts = (),
        first_year: int | None = None,
        last_year: int | None = None,
        where: Mapping[str, Texts] | None = None,
    ) -> "ComparisonTable":
        """Answer a question, or compare one measure by one or two dimensions.

        Args:
            question: its name, such as `costs`; the other arguments change it.
            measure: a code, such as `total-cost`; by default `processes`.
            by: the code of the dimension of the groups; by default `region`.
            and_by: the code of a second dimension.
            region: only processes of these regions, such as `istat-08`.
            first_year: only processes that start in this year or later.
            last_year: only processes that start in this year or earlier.
            where: only processes of these values, by the code of the dimension: `{"status": "completed"}`.

        Raises:
            PassoError: as `answer`, or there is no such question.
        """
        own = [("measure", measure), ("by", by), ("and", and_by)]
        given = [*((name, value) for name, value in own if value), *_filters(region, first_year, last_year, where)]
        return ComparisonTable.of(self.answer([*question_parameters(question), *given]))

    def processes(
        self,
        *,
        region: Texts = (),
        first_year: int | None = None,
        last_year: int | None = None,
        where: Mapping[str, Texts] | None = None,
    ) -> list[Row]:
        """List processes, by title; filters and errors as for `compare`.

        Returns:
            One dict for each process: `process` (its IRI), `id`, `title`, `region`, `status`, `start` and `end` (texts, as precise as the
            source is); None where there is none. Region and status are names.
        """
        wanted = self.answer(_filters(region, first_year, last_year, where)).table.total.processes
        titled = self._with_first_titles(self.query(_PROCESSES))
        rows = [titled[iri] for iri in wanted if iri in titled]
        names = self._names([row[column] for row in rows for column in ("region", "status")])
        for row in rows:
            row.update({column: names.get(str(row[column]), row[column]) for column in ("region", "status")})
        return sorted(rows, key=lambda row: (str(row["title"]), str(row["process"])))

    def _with_first_titles(self, rows: Sequence[Row]) -> dict[str, Row]:
        """One row for each process by its IRI, with the title in the first of the languages that it has."""
        ranks = {language: place for place, language in enumerate(self._languages)}
        ordered = sorted(rows, key=lambda row: ranks.get(str(row["language"]), len(ranks)), reverse=True)
        return {str(row["process"]): {name: row[name] for name in row if name != "language"} for row in ordered}

    def _names(self, values: Sequence[object]) -> dict[str, str]:
        text = names_query(str(each) for each in values if each is not None)
        if text is None:
            return {}
        solutions = read_solutions(completed(self._ask(text)))
        return {iri: name.label for iri, name in read_names(solutions, self._languages).items()}

    def process(self, name: str) -> dict[str, list[object]]:
        """Describe one process.

        Args:
            name: its id, such as `er-2205`, or its IRI.

        Returns:
            Lists of values by property, such as `dct:title`; a part of the process, such as its cost, is a dict of the same form.

        Raises:
            PassoError: there is no such process.
        """
        iri = name if "://" in name else self._iri_of(name)
        if set(iri) & set('<>"{}|^`\\ \n'):
            raise PassoError(f"{name}: this is no IRI")
        rows = self.query(_PROCESS % ((iri,) * 4))
        if not rows:
            raise PassoError(f"{name}: there is no such process")
        parts: dict[str, dict[str, list[object]]] = {str(row["subject"]): {} for row in rows}
        for row in rows:
            value = row["value"]
            parts[str(row["subject"])].setdefault(shorten(str(row["property"])), []).append(
                parts.get(str(value), value)
            )
        return parts[iri]

    def _iri_of(self, name: str) -> str:
        rows = self.query(_BY_ID % json.dumps(name))
        if not rows:
            raise PassoError(f"{name}: there is no process of this id; Client.processes lists all")
        return str(rows[0]["process"])


_PREFIXES = """PREFIX dct: <http://purl.org/dc/terms/>
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
"""
_PROCESSES = f"""{_PREFIXES}SELECT DISTINCT ?process ?id ?title (LANG(?title) AS ?language) ?region ?status ?start ?end {{
  ?process a passo:ParticipatoryProcess .
  OPTIONAL {{ ?process dct:identifier ?id }}
  OPTIONAL {{ ?process dct:title ?title }}
  OPTIONAL {{ ?process passo:comparisonRegion ?region }}
  OPTIONAL {{ ?process passo:progressStatus ?status }}
  OPTIONAL {{ ?process schema:startDate ?startDate BIND (STR(?startDate) AS ?start) }}
  OPTIONAL {{ ?process schema:endDate ?endDate BIND (STR(?endDate) AS ?end) }}
}}
"""
_PROCESS = f"""{_PREFIXES}SELECT DISTINCT ?subject ?property ?value {{
  <%s> a passo:ParticipatoryProcess .
  {{ BIND (<%s> AS ?subject) }} UNION {{ <%s> ?has ?subject FILTER (STRSTARTS(STR(?subject), "%s/")) }}
  ?subject ?property ?value .
}}
ORDER BY ?subject ?property ?value
"""
_BY_ID = f"""{_PREFIXES}SELECT DISTINCT ?process {{ ?process a passo:ParticipatoryProcess ; dct:identifier ?id FILTER (STR(?id) = %s) }}
"""


def question_parameters(name: str | None) -> Parameters:
    """The parameters of a question; none for no question.

    Raises:
        PassoError: there is no such question, it has a query of its own, or the data do not answer it.
    """
    if name is None:
        return []
    question = find_question(name)
    if question.unanswerable:
        raise PassoError(f"{name}: the data do not answer this question. {question.unanswerable.get('en', '')}")
    if not question.comparison:
        raise PassoError(
            f"{name}: this question has a query of its own: Client.query(find_question({name!r}).query.text)"
        )
    return list(question.comparison.items())


def find_question(name: str) -> Question:
    """A question by its name.

    Raises:
        PassoError: there is no such question.
    """
    if name not in questions():
        near = get_close_matches(name, questions(), n=1)
        hint = f"perhaps {near[0]}; " if near else ""
        raise PassoError(f"{name}: there is no such question; {hint}the questions are {', '.join(questions())}")
    return questions()[name]


def _filters(
    region: Texts, first_year: int | None, last_year: int | None, where: Mapping[str, Texts] | None
) -> list[tuple[str, str]]:
    years = (("from", first_year), ("to", last_year))
    given = [("region", region), *(where or {}).items()]
    values = [(code, value) for code, each in given for value in ([each] if isinstance(each, str) else each)]
    return [*values, *((name, f"{year:04}") for name, year in years if year is not None)]


# ------------------------------------------------------------------------------------------------------------- results


@dataclass(frozen=True)
class ComparisonTable:
    """An answered comparison as a table, and its denominators.

    Attributes:
        columns: the columns, as in `/compare/….csv`.
        rows: one dict for each group, value of the second dimension, and currency; counts are int, other numbers float, None for no value.
        processes: how many processes the comparison is about.
        known: how many of them have a value.
        absent: how many have none, by the reason's column: `known` and these are all.
        in_several_groups: how many processes count in several groups; in `processes` they count once.
        parameters: of the address of the comparison.
        query: the SPARQL query that fetches the evidence.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, str | int | float | None]]
    processes: int
    known: int
    absent: Mapping[str, int]
    in_several_groups: int
    parameters: Parameters
    query: str

    @classmethod
    def of(cls, answered: AnsweredComparison) -> "ComparisonTable":
        """The table of an answer."""
        total = answered.table.total
        return cls(
            columns=answered.columns,
            rows=[{name: _cell(name, text) for name, text in row.items()} for row in answered.rows],
            processes=total.all,
            known=total.known,
            absent={ABSENCE_COLUMNS[iri]: count for iri, count in sorted(total.absent.items())},
            in_several_groups=answered.table.overlapping,
            parameters=write_parameters(answered.comparison),
            query=answered.query,
        )

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`.

        Raises:
            PassoError: pandas is not installed.
        """
        return _library("pandas").DataFrame(self.rows, columns=list(self.columns))

    def to_polars(self) -> Any:
        """The rows as a `polars.DataFrame`.

        Raises:
            PassoError: polars is not installed.
        """
        return _library("polars").DataFrame(self.rows, schema=list(self.columns), infer_schema_length=None)


_TEXT_COLUMNS = frozenset(("group", "groupName", "series", "seriesName", "unit", "populationYear"))
_COUNT_COLUMNS = frozenset(("processes", "known", "yes", "no", "population", *ABSENCE_COLUMNS.values()))


def _cell(column: str, text: str) -> str | int | float | None:
    if not text:
        return None
    if column in _TEXT_COLUMNS:
        return text
    return int(text) if column in _COUNT_COLUMNS else float(text)


def _library(name: str) -> Any:
    """A library of data frames, which is imported only here."""
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        raise PassoError(f"{name} is not installed; `pip install {name}` installs it, `rows` does without") from missing


_PYTHON: Mapping[str, Callable[[str], Value]] = {
    **dict.fromkeys((XSD.integer.value, XSD.int.value, XSD.nonNegativeInteger.value, XSD.gYear.value), int),
    XSD.decimal.value: Decimal,
    XSD.double.value: float,
    XSD.float.value: float,
    XSD.boolean.value: lambda text: text in ("true", "1"),
    XSD.date.value: date.fromisoformat,
    XSD.dateTime.value: datetime.fromisoformat,
}


def python_value(term: Term) -> Value:
    """The value of a term in Python; a literal that its datatype does not allow stays a text.

    >>> python_value(Literal("2020-02-21", datatype=XSD.date)), python_value(Literal("Ravenna", language="it"))
    (datetime.date(2020, 2, 21), 'Ravenna')
    """
    if isinstance(term, NamedNode):
        return term.value
    if not isinstance(term, Literal):
        return str(term)
    try:
        return _PYTHON.get(term.datatype.value, str)(term.value)
    except (ValueError, ArithmeticError):
        return term.value


# --------------------------------------------------------------------------------------------------------- endpoints


def _languages(language: str) -> tuple[str, ...]:
    if language not in LANGUAGES:
        raise PassoError(f"language {language}: not known; there are {', '.join(LANGUAGES)}")
    return tuple(sorted(LANGUAGES, key=lambda each: each != language))


def _solutions(body: bytes, sender: str) -> QuerySolutions:
    try:
        result = parse_query_results(body, format=QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise PassoError(
            f"{sender}: the answer is no SPARQL result in JSON; is this a SPARQL endpoint? ({error})"
        ) from error
    if not isinstance(result, QuerySolutions):
        raise PassoError(f"{sender}: the answer is true or false; ask a SELECT query")
    return result


class _OpenedRelease:
    """A release with one worker process, asked from an event loop in a thread of its own."""

    def __init__(self, release: Release, limits: Limits) -> None:
        self._release = release
        self.manifest: Manifest | None = release.manifest
        self._limits = limits
        self._exit = AsyncExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._store = self._run(self._exit.enter_async_context(opened(release, limits)))
        except BaseException:
            self.close()
            raise

    def __str__(self) -> str:
        return str(self._release.folder)

    def fetch(self, text: str) -> bytes:
        """The result of a query, as JSON."""
        try:
            return self._run(ask_store(self._store, text)).body
        except QueryRefused as refused:
            raise with_message(refused, self._limits) from refused

    def titles(self, languages: Sequence[str]) -> dict[str, Name]:
        """The names of the sources, which their graphs do not state."""
        return {
            each.dataset: Name(title)
            for each in self._release.manifest.sources
            if (title := next((each.title[language] for language in languages if language in each.title), ""))
        }

    def close(self) -> None:
        """End the worker and the thread."""
        if not self._loop.is_closed():
            self._run(self._exit.aclose())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._release.close()

    def _run(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        if self._loop.is_closed():
            coroutine.close()
            raise PassoError(f"{self}: the client is closed; make another one")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


class _Endpoint:
    """A SPARQL endpoint, asked by SPARQLWrapper with a deadline and a limit of bytes.

    A user and a password in its URL are sent as HTTP Basic authentication, and not shown in messages.
    """

    manifest: Manifest | None = None

    def __init__(self, url: str, limits: Limits) -> None:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise PassoError(f"{url}: not a URL ({error})") from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PassoError(f"{url}: not a URL of HTTP, such as https://dati.example.org/sparql")
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._limits = limits

    def __str__(self) -> str:
        return self._url

    def titles(self, languages: Sequence[str]) -> dict[str, Name]:
        """No names of sources, which SPARQL does not give."""
        return {}

    def close(self) -> None:
        """Nothing stays open between two queries."""

    def fetch(self, text: str) -> bytes:
        """The result of a SELECT query, as JSON.

        Raises:
            QueryRefused: the endpoint does not answer it within the limits.
        """
        try:
            return self._fetch(text)
        except QueryRefused as refused:
            raise with_message(refused, self._limits) from refused
        except SPARQLWrapperException as error:
            raise self._refused(error.__context__, _response_of(error)) from error
        except HTTPError as error:
            raise self._refused(error, error.read(MAX_MESSAGE_LENGTH)) from error
        except (OSError, HTTPException, ValueError) as error:
            raise with_message(self._unanswered(error), self._limits) from error

    def _unanswered(self, error: Exception) -> QueryRefused:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, TimeoutError):
            return QueryRefused("timeout", "", limit=self._limits.seconds)
        return QueryRefused("unavailable", f"{self._url} does not answer: {reason or type(reason).__name__}")

    def _fetch(self, text: str) -> bytes:
        wrapper = SPARQLWrapper(self._url, returnFormat=JSON, agent="passo-lod")
        wrapper.setQuery(text)
        if wrapper.queryType != "SELECT":
            raise PassoError(f"{wrapper.queryType}: only SELECT queries have rows")
        wrapper.setMethod(POST)
        if self._user:
            wrapper.setCredentials(self._user, self._password)
        wrapper.setTimeout(ceil(self._limits.seconds))
        deadline = time.monotonic() + self._limits.seconds
        body = bytearray()
        with wrapper.query().response as response:
            while chunk := response.read1(_CHUNK):
                body += chunk
                if len(body) > self._limits.result:
                    raise QueryRefused("result-too-large", "", limit=self._limits.result, used=len(body))
                if time.monotonic() > deadline:
                    raise TimeoutError
        return bytes(body)

    def _refused(self, error: object, body: bytes) -> QueryRefused:
        """What the endpoint says, from its problem document (RFC 9457) or its text."""
        status = error.code if isinstance(error, HTTPError) else 0
        text = " ".join(body.decode("utf-8", "replace").split())
        try:
            text = str(json.loads(text)["detail"])
        except (ValueError, KeyError, TypeError):
            text = readable_error(text[:MAX_MESSAGE_LENGTH])
        if status in (404, 405):
            return QueryRefused(
                "unavailable",
                f"{self._url}: there is no SPARQL endpoint (status {status}); perhaps its address ends with /sparql",
            )
        reason = "malformed" if status == 400 else "unavailable"
        return QueryRefused(reason, f"{self._url} answers {status}: {text}" if status != 400 else text)


def _response_of(error: SPARQLWrapperException) -> bytes:
    """The body that SPARQLWrapper has put into its message, as Python writes bytes."""
    written = str(error).partition("Response:\n")[2]
    try:
        body = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return written.encode()
    return body if isinstance(body, bytes) else written.encode()
