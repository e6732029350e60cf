"""`/compare`: the questions, any comparison of a measure by dimensions, the files of exactly what is shown, and the processes behind a figure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from anyio import CapacityLimiter, from_thread, to_thread
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.comparison.address import (
    Parameters,
    WrongComparison,
    check_names,
    read_comparison,
    write_parameters,
)
from passo_lod.comparison.answer_files import WRITERS
from passo_lod.comparison.answer_rows import AnswerRow, Name, Names, answer_rows, code_of, label_of
from passo_lod.comparison.answers import AnsweredComparison, Ask, answer, completed, read_declarations, read_solutions
from passo_lod.comparison.declarations import Declarations, Dimension, Measure, MeasureKind
from passo_lod.comparison.evidence import REASONS, ProcessEvidence
from passo_lod.comparison.evidence_query import Comparison
from passo_lod.comparison.figures import CrossTable, Figure
from passo_lod.comparison.filter_values import check_filter_values
from passo_lod.comparison.names_query import coordinates_query, read_coordinates
from passo_lod.media_types import HTML, RESULTS_JSON
from passo_lod.messages.message_catalogue import message
from passo_lod.queries.questions import Question, questions
from passo_lod.store.protocol import Accepted, Answer, Query
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import CACHED_QUERIES
from passo_lod.web.endpoints.status import client_address
from passo_lod.web.endpoints.templating import localised, render
from passo_lod.web.http.conditional_requests import conditional_response, prepared_from
from passo_lod.web.http.headers import CACHED, CONTENT_SECURITY, policy_for_inline_styles
from passo_lod.web.http.iri_policy import as_uri
from passo_lod.web.http.response_cache import RepresentationKey
from passo_lod.web.pages import result_table
from passo_lod.web.pages.comparison_archive import kebab_case, pack, readme
from passo_lod.web.pages.comparison_drawing import CHART, FORMS, MAP, Drawing, comparison_drawing
from passo_lod.web.pages.comparison_image import ImageTexts, comparison_image
from passo_lod.web.pages.comparison_map import is_of_places, without_outline
from passo_lod.web.pages.drawing_legend import MARKERS, DrawingFrame
from passo_lod.web.pages.drawn_rows import DrawnRows
from passo_lod.web.pages.figure_texts import (
    FIGURE_COLUMNS,
    amount_text,
    figure_texts,
    reason_texts,
    ungrouped_texts,
)
from passo_lod.web.pages.heat_table import heat_table
from passo_lod.web.pages.page_builder import PageBuilder
from passo_lod.web.pages.page_model import PageLink
from passo_lod.web.pages.png_image import render_png
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.pages.value_formatting import licence_name
from passo_lod.web.request_release import release_of

_MOST_ROWS = 500
_OWN_PARAMETERS = ("measure", "by", "and", "from", "to")
_IMAGES, _ARCHIVE = {"svg": "image/svg+xml", "png": "image/png"}, "zip"
_FILES = (*WRITERS, *_IMAGES, _ARCHIVE)
_PAGE_PARAMETERS = ("lang", "group", "series", "embed", "as")
_RENDERERS = CapacityLimiter(2)
"""So many images are rendered as PNG at once."""
_FILE_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "md": "text/markdown; charset=utf-8"}


async def comparisons(request: Request) -> Response:
    """`/compare`: all questions and the form for any comparison; with parameters, that comparison."""
    if not any(name in request.query_params for name in _OWN_PARAMETERS):
        declared = await read_declarations(asker(request))
        return await run_in_threadpool(_list_page, request, declared)
    return await _respond(request, None, "")


async def question(request: Request) -> Response:
    """`/compare/<question>` and its files `/compare/<question>.csv`, `.json` and `.md`; `any` is a comparison without a question."""
    name, _, extension = request.path_params["name"].partition(".")
    if extension and extension not in _FILES:
        raise HttpProblem(404, f"{extension}: a comparison can be had as {', '.join(_FILES)}")
    if name == "any":
        return await _respond(request, None, extension)
    if name not in questions():
        raise HttpProblem(404, f"{name}: there is no such question; the questions are at /compare")
    if not questions()[name].comparison:
        return await _respond_by_query(request, questions()[name], extension)
    return await respond_cached(request, partial(_respond, request, questions()[name], extension))


async def respond_cached(request: Request, respond: Callable[[], Awaitable[Response]]) -> Response:
    """The response to an address without parameters, which depends on nothing but the release and the reader's languages, is prepared once."""
    query = request.scope["query_string"]
    if query not in CACHED_QUERIES:
        return await respond()
    responses = release_of(request).responses
    key = RepresentationKey(f"{request.scope['path']}?{query.decode()}", None, reader_of(request).languages)
    if prepared := responses.get(key):
        return prepared.answer(request)
    response = await respond()
    if response.status_code == HTTPStatus.OK:
        responses.put(key, prepared_from(response))
    return response


async def _respond(request: Request, asked: Question | None, extension: str) -> Response:
    reader = reader_of(request)
    declared = await declared_in(request)
    given = [*(asked.comparison.items() if asked else ()), *request.query_params.multi_items()]
    try:
        check_names([(name, value) for name, value in given if name not in _PAGE_PARAMETERS], declared)
        comparison = read_comparison(given, declared)
        filtered = await check_filter_values(comparison, declared, asker(request), reader.languages)
    except WrongComparison as wrong:
        raise HttpProblem(400, str(wrong)) from wrong
    answered = await run_in_threadpool(_answer, request, asked, comparison, declared, reader)
    answered = replace(answered, names={**filtered, **answered.names, **_source_names(request, reader)})
    drawing = await _draw(request, reader, answered)
    if extension in _IMAGES:
        return await _respond_image(request, reader, asked, answered, drawing, extension)
    if extension == _ARCHIVE:
        return await _respond_archive(request, reader, asked, answered, drawing)
    if extension:
        body = WRITERS[extension](answered, reader.language).encode()
        return conditional_response(request, body, _FILE_TYPES[extension], {"Vary": "Accept-Language", **CACHED})
    if "embed" in request.query_params:
        return await run_in_threadpool(_embedded_page, request, reader, asked, answered, drawing)
    if "group" in request.query_params:
        return await run_in_threadpool(_processes_page, request, reader, asked, answered)
    return await run_in_threadpool(_answer_page, request, reader, asked, answered, declared, drawing)


def _answer(
    request: Request, asked: Question | None, comparison: Comparison, declared: Declarations, reader: ReaderLocale
) -> AnsweredComparison:
    """Answer from the file of the release if it has one, else by queries; called in a thread, since figures of many processes take long."""
    is_default = asked and comparison == read_comparison(list(asked.comparison.items()), declared)
    if asked and is_default and (stored := release_of(request).default_answer(asked.name, comparison)):
        return stored.answered(reader.languages)
    return completed(answer(comparison, asker_in_thread(request), reader.languages))


def asker_in_thread(request: Request) -> Ask:
    """Sends queries from a thread of the server, as `asker` does."""

    async def ask(text: str) -> QuerySolutions:
        # Solutions are read in the thread that parses them: those of pyoxigraph belong to one thread.
        return _parse(from_thread.run(_send, request, text))

    return ask


def _source_names(request: Request, reader: ReaderLocale) -> dict[str, Name]:
    """The titles of the sources by the IRIs of their datasets."""
    sources = release_of(request).manifest.sources
    return {each.dataset: Name(localised(each.title, reader)) for each in sources if each.title}


async def _draw(request: Request, reader: ReaderLocale, answered: AnsweredComparison) -> Drawing | None:
    """The chart of a comparison, or with `as=map` its map."""
    form = request.query_params.get("as", CHART)
    if form not in FORMS:
        raise HttpProblem(400, f"as={form}: a comparison is drawn as {' or '.join(FORMS)}")
    coordinates = {}
    if form == MAP and (places := without_outline(answered.table.groups)) and is_of_places(answered.table.groups):
        coordinates = read_coordinates(read_solutions(await asker(request)(coordinates_query(places))))
    return await run_in_threadpool(comparison_drawing, answered, reader.language, form, coordinates)


async def _respond_by_query(request: Request, asked: Question, extension: str) -> Response:
    """The page of a question with a query of its own, or of one that the data do not answer."""
    if extension:
        raise HttpProblem(404, "this question has a query of its own; its result can be had at /sparql")
    answer = None
    if asked.query.text.strip():
        query = Query(asked.query.text, accepted=Accepted((RESULTS_JSON,), ()), client=client_address(request))
        answer = await release_of(request).query_service.answer(query)
    return await run_in_threadpool(_query_page, request, reader_of(request), asked, answer)


def asker(request: Request) -> Ask:
    """Sends queries to the release, charged to the client as those of `/sparql`."""

    async def ask(text: str) -> QuerySolutions:
        return _parse(await _send(request, text))

    return ask


async def _send(request: Request, text: str) -> bytes:
    release, client = release_of(request), client_address(request)
    query = Query(text, f"{release.manifest.base}sparql", accepted=Accepted((RESULTS_JSON,), ()), client=client)
    return (await release.query_service.answer(query)).body


def _parse(body: bytes) -> QuerySolutions:
    return parse_query_results(body, format=QueryResultsFormat.JSON)  # type: ignore[return-value]


async def declared_in(request: Request) -> Declarations:
    """What the release declares.

    Raises:
        HttpProblem: it declares nothing.
    """
    declared = await read_declarations(asker(request))
    if not declared.measures:
        raise HttpProblem(404, "this release declares no dimensions and measures, so that nothing can be compared")
    return declared


# -------------------------------------------------------------------------------------------------------------- pages


@dataclass(frozen=True)
class FigureRow:
    """A row of the table of a comparison.

    Attributes:
        names: of the group and of the value of the second dimension, each with its link if it has a page.
        figures: the texts of the columns of the measure.
        known: how many values are known.
        total: of so many processes.
        processes: the address of the processes behind the row.
        absent: why the others have no value, with their number.
        is_reason: whether the group says why there is no value.
    """

    names: tuple[PageLink, ...]
    figures: tuple[str, ...]
    known: int
    total: int
    processes: str
    absent: tuple[tuple[str, int], ...]
    is_reason: bool


def _list_page(request: Request, declared: Declarations) -> Response:
    reader = reader_of(request)
    listed = _questions(reader) if declared.measures else []
    return respond_page(request, "compare.html", reader, questions=listed, **_form(declared, None, reader))


def _questions(reader: ReaderLocale) -> list[tuple[str, str]]:
    """The address and title of each question."""
    return [
        (reader.href(f"/compare/{name}"), localised(dict(each.query.titles), reader))
        for name, each in questions().items()
    ]


def _form(declared: Declarations, comparison: Comparison | None, reader: ReaderLocale) -> dict[str, Any]:
    """The values of the form: what can be chosen, and what is chosen."""
    return {
        "measures": choices(declared.measures, reader),
        "dimensions": choices(declared.dimensions, reader),
        "comparison": comparison,
    }


def choices(declared: Mapping[str, Measure] | Mapping[str, Dimension], reader: ReaderLocale) -> list[tuple[str, str]]:
    """The code and the name of each dimension or measure."""
    return [(code, localised(dict(each.labels), reader)) for code, each in declared.items()]


def _answer_page(
    request: Request,
    reader: ReaderLocale,
    asked: Question | None,
    answered: AnsweredComparison,
    declared: Declarations,
    drawing: Drawing | None,
) -> Response:
    comparison = answered.comparison
    rows = answer_rows(answered.table, comparison, answered.names)
    if comparison.measure.kind not in (MeasureKind.PROCESSES, MeasureKind.RATE):
        rows.sort(key=lambda row: row.figure.known == 0)
    known = [row for row in rows if row.figure.known]
    return respond_page(
        request,
        "comparison.html",
        reader,
        **_heading(asked, comparison, reader),
        **_form(declared, comparison, reader),
        columns=tuple(
            message(f"page.compare-{each}", reader.language) for each in FIGURE_COLUMNS[comparison.measure.kind]
        ),
        rows=[_figure_row(request, row, answered, reader) for row in known],
        unknown=[_figure_row(request, row, answered, reader) for row in rows[len(known) :]],
        **_drawn(request, answered, reader, drawing),
        heat=heat_table(DrawnRows(answered, reader.language)),
        forms=_forms(request, answered, reader),
        ungrouped=ungrouped_texts(answered.table.by_group, reader.language),
        unserialised=ungrouped_texts(answered.table.by_series, reader.language),
        total=answered.table.total,
        total_absent=reason_texts(answered.table.total.absent, reader.language),
        overlapping=answered.table.overlapping,
        chips=_chips(request, answered, reader),
        files=[
            (each, _address(request, comparison, _form_chosen(request), extension=each))
            for each in _FILES
            if drawing or each not in _IMAGES
        ],
        embedded=_address(request, comparison, {**_form_chosen(request), "embed": "yes"}),
        query=answered.query,
        sparql=f"/sparql?{urlencode([('query', answered.query), ('format', 'html')])}",
        citation=_citation(request, comparison),
    )


def _query_page(request: Request, reader: ReaderLocale, asked: Question, answer: Answer | None) -> Response:
    return respond_page(
        request,
        "comparison_query.html",
        reader,
        title=localised(dict(asked.query.titles), reader),
        note=localised(dict(asked.query.notes), reader),
        limits=localised(dict(asked.limits), reader),
        unanswerable=localised(dict(asked.unanswerable), reader),
        solutions=_solutions(request, reader, answer) if answer else None,
        head=lambda variable: message(f"page.compare-variable-{kebab_case(variable)}", reader.language),
        sparql=f"/sparql?{urlencode([('query', asked.query.text), ('format', 'html')])}",
        files=[
            (each, f"/sparql?{urlencode([('query', asked.query.text), ('format', each)])}") for each in ("csv", "json")
        ],
        query=asked.query.text,
        citation=f"{release_of(request).manifest.base}compare/{asked.name}",
    )


def _solutions(request: Request, reader: ReaderLocale, answer: Answer) -> result_table.Solutions:
    release = release_of(request)
    titles = {source.dataset: localised(source.title, reader) for source in release.manifest.sources if source.title}
    found = result_table.read_solutions(answer.body, release.documents.page_builder(reader), _MOST_ROWS, titles)
    if isinstance(found, bool):
        raise TypeError("a question is a SELECT query")
    return found


def _form_chosen(request: Request) -> dict[str, str]:
    """The parameter that chooses a map."""
    return {"as": MAP} if request.query_params.get("as") == MAP else {}


def _forms(request: Request, answered: AnsweredComparison, reader: ReaderLocale) -> list[tuple[str, str, bool]]:
    """How the comparison can be drawn, each with its address and whether it is chosen; none where there is no choice."""
    if answered.comparison.series or not is_of_places(answered.table.groups):
        return []
    chosen = request.query_params.get("as", CHART)
    addresses = ((form, {"as": form} if form == MAP else {}) for form in FORMS)
    return [
        (form, reader.href(_address(request, answered.comparison, more)), form == chosen) for form, more in addresses
    ]


def _drawn(
    request: Request, answered: AnsweredComparison, reader: ReaderLocale, drawing: Drawing | None
) -> dict[str, Any]:
    """What the templates of drawings need."""

    def href(group: str, series: str) -> str:
        opened = {"group": code_of(group)} | ({"series": code_of(series)} if series else {})
        return reader.href(_address(request, answered.comparison, opened))

    return {
        "drawing": drawing,
        "frame": DrawingFrame(),
        "markers": MARKERS,
        "href": href,
        "link_of": lambda value: _name(request, value, answered),
        "reasons_of_absence": REASONS,
    }


def _image(
    request: Request,
    reader: ReaderLocale,
    asked: Question | None,
    answered: AnsweredComparison,
    drawing: Drawing,
) -> bytes:
    """The drawing as an SVG image of its own."""
    manifest, comparison = release_of(request).manifest, answered.comparison
    address = f"{manifest.base.rstrip('/')}{_address(request, comparison, _form_chosen(request))}"
    texts = ImageTexts(
        title=_heading(asked, comparison, reader)["title"],
        filters=tuple(text for text, _ in _chips(request, answered, reader)),
        source=" · ".join([localised(manifest.publisher, reader), manifest.id, ", ".join(_licences(request))]),
        address=address,
    )
    return comparison_image(answered, drawing, texts, reader.language)


async def _respond_image(
    request: Request,
    reader: ReaderLocale,
    asked: Question | None,
    answered: AnsweredComparison,
    drawing: Drawing | None,
    extension: str,
) -> Response:
    if drawing is None:
        raise HttpProblem(404, _NOT_DRAWN)
    body = await run_in_threadpool(_image, request, reader, asked, answered, drawing)
    policy = policy_for_inline_styles(body)
    if extension == "png":
        body = await to_thread.run_sync(render_png, body, limiter=_RENDERERS)
    headers = {
        "Content-Language": reader.language,
        "Content-Security-Policy": policy,
        "Vary": "Accept-Language",
        **CACHED,
    }
    return conditional_response(request, body, _IMAGES[extension], headers)


_NOT_DRAWN = "this comparison cannot be drawn so: no value is known, or a map is asked for and it is not by one dimension of places (region, country, province)"


async def _respond_archive(
    request: Request,
    reader: ReaderLocale,
    asked: Question | None,
    answered: AnsweredComparison,
    drawing: Drawing | None,
) -> Response:
    """The answer, its chart, its query, and a README with the denominators, the columns, the licences and the citation."""
    files = await run_in_threadpool(_archive_files, request, reader, asked, answered)
    if drawing:
        files["chart.svg"] = await run_in_threadpool(_image, request, reader, asked, answered, drawing)
        files["chart.png"] = await to_thread.run_sync(render_png, files["chart.svg"], limiter=_RENDERERS)
    headers = {"Content-Language": reader.language, "Vary": "Accept-Language", **CACHED}
    return conditional_response(request, pack(files), "application/zip", headers)


def _archive_files(
    request: Request, reader: ReaderLocale, asked: Question | None, answered: AnsweredComparison
) -> dict[str, bytes]:
    heading, total = _heading(asked, answered.comparison, reader), answered.table.total
    release = release_of(request)
    paragraphs = [
        heading["note"],
        f"{total.known} {message('page.compare-known-of', reader.language)} {total.all} {message('page.processes', reader.language).lower()}.",
        "; ".join(text for text, _ in _chips(request, answered, reader)),
        f"{message('page.compare-limits', reader.language)} {heading['limits']}" if heading["limits"] else "",
        heading["measure_note"],
        *heading["dimension_notes"],
        f"{message('page.compare-cite', reader.language)} {localised(release.manifest.publisher, reader)}, «{heading['title']}», "
        f"{release.manifest.id}, {_citation(request, answered.comparison)}",
        ", ".join(_licences(request)),
    ]
    return {
        "README.md": readme(heading["title"], paragraphs, answered.columns, reader.language).encode(),
        "answer.csv": WRITERS["csv"](answered, reader.language).encode(),
        "query.rq": answered.query.encode(),
    }


def _licences(request: Request) -> list[str]:
    """The names of the licences of the sources."""
    return sorted({licence_name(each.licence) for each in release_of(request).manifest.sources if each.licence})


def _citation(request: Request, comparison: Comparison) -> str:
    """The address of a comparison for a citation."""
    return f"{release_of(request).manifest.base.rstrip('/')}{_address(request, comparison, {})}"


def _embedded_page(
    request: Request,
    reader: ReaderLocale,
    asked: Question | None,
    answered: AnsweredComparison,
    drawing: Drawing | None,
) -> Response:
    """The page without its frame, which other sites may embed: the only page whose `frame-ancestors` allows it."""
    comparison = answered.comparison
    body = render(
        request,
        "comparison_embedded.html",
        reader,
        title=_heading(asked, comparison, reader)["title"],
        comparison=comparison,
        names_of_dimensions=_heading(asked, comparison, reader)["names_of_dimensions"],
        **_drawn(request, answered, reader, drawing),
        chips=_chips(request, answered, reader),
        total=answered.table.total,
        licences=_licences(request),
        page=_citation(request, comparison),
    )
    policy = CONTENT_SECURITY.replace("frame-ancestors 'none'", "frame-ancestors *")
    headers = {
        "Content-Language": reader.language,
        "Content-Security-Policy": policy,
        "Vary": "Accept-Language",
        **CACHED,
    }
    return conditional_response(request, body, HTML.content_type, headers)


def _heading(asked: Question | None, comparison: Comparison, reader: ReaderLocale) -> dict[str, Any]:
    by = [comparison.by, *([comparison.series] if comparison.series else [])]
    measure = localised(dict(comparison.measure.labels), reader)
    dimensions = f" {message('page.compare-and', reader.language)} ".join(
        localised(dict(each.labels), reader) for each in by
    )
    title = message("page.compare-title", reader.language, measure=measure, dimensions=dimensions)
    return {
        "title": localised(dict(asked.query.titles), reader) if asked else title[:1].upper() + title[1:],
        "note": localised(dict(asked.query.notes), reader) if asked else "",
        "limits": localised(dict(asked.limits), reader) if asked else "",
        "measure_name": measure,
        "measure_note": localised(dict(comparison.measure.notes), reader),
        "dimension_notes": [localised(dict(each.notes), reader) for each in by],
        "names_of_dimensions": [localised(dict(each.labels), reader) for each in by],
    }


def _figure_row(request: Request, row: AnswerRow, answered: AnsweredComparison, reader: ReaderLocale) -> FigureRow:
    comparison = answered.comparison
    values = (row.group, row.series) if comparison.series else (row.group,)
    opened = {"group": code_of(row.group)} | ({"series": code_of(row.series)} if comparison.series else {})
    return FigureRow(
        names=tuple(_name(request, each, answered) for each in values),
        figures=tuple(figure_texts(row, answered, reader.language)),
        known=row.figure.known,
        total=row.figure.all,
        processes=reader.href(_address(request, comparison, opened)),
        absent=reason_texts(row.figure.absent, reader.language),
        is_reason=row.group in REASONS,
    )


def _name(request: Request, value: str, answered: AnsweredComparison) -> PageLink:
    return name_of(request, value, answered.names)


def name_of(request: Request, value: str, names: Names) -> PageLink:
    """The name of a value with the address of its page; that of a source is the title of its dataset."""
    release = release_of(request)
    titles = {each.dataset: each.title for each in release.manifest.sources}
    text = localised(titles[value], reader_of(request)) if titles.get(value) else label_of(value, names)
    path = release.iri_policy.path(value) if "://" in value else None
    return PageLink(text[:1].upper() + text[1:], None, f"/{path}" if path else None)


# ----------------------------------------------------------------------------------------------- processes of a figure


def _processes_page(
    request: Request, reader: ReaderLocale, asked: Question | None, answered: AnsweredComparison
) -> Response:
    """The processes behind one figure, each with its value, or why it has none."""
    comparison, names = answered.comparison, answered.names
    group, series = request.query_params["group"], request.query_params.get("series")
    figure = _opened(answered.table, group, series)
    if figure is None:
        raise HttpProblem(404, f"group={group}: no process of this comparison is in this group")
    builder = release_of(request).documents.page_builder(reader)
    evidence = {each.process: each for each in answered.evidence}
    values = [value for value in (*answered.table.groups, *answered.table.series) if code_of(value) in (group, series)]
    return respond_page(
        request,
        "comparison_processes.html",
        reader,
        **_heading(asked, comparison, reader),
        chosen=[label_of(value, names) for value in values],
        total=figure,
        absent=reason_texts(figure.absent, reader.language),
        processes=[
            _process(request, evidence[iri], comparison, builder, reader)
            for iri in sorted(figure.processes, key=lambda iri: _by_value(evidence[iri]))
        ],
        has_values=comparison.measure.kind not in (MeasureKind.PROCESSES, MeasureKind.RATE),
        back=reader.href(_address(request, comparison, {})),
    )


@dataclass(frozen=True)
class ListedProcess:
    """A process behind a figure.

    Attributes:
        value: of the measure; empty if there is none.
        reason: why there is none.
        provenance: the address of the page that says from which line of which file it comes; None if the release does not say.
    """

    process: PageLink
    value: str
    reason: str
    provenance: str | None


def _process(
    request: Request, evidence: ProcessEvidence, comparison: Comparison, builder: PageBuilder, reader: ReaderLocale
) -> ListedProcess:
    value = "; ".join(amount_text(each.value, each.unit, reader.language) for each in evidence.amounts)
    reason = message(f"page.compare-one-{code_of(evidence.absence)}", reader.language) if evidence.absence else ""
    return ListedProcess(
        builder.link(evidence.process), value, reason, _provenance(request, evidence, comparison, reader)
    )


def _provenance(
    request: Request, evidence: ProcessEvidence, comparison: Comparison, reader: ReaderLocale
) -> str | None:
    """The address of the provenance of a value; without a value of its own, of the values by which the process is in a group."""
    release = release_of(request)
    document = release.iri_policy.document(evidence.process)
    if document is None or not release.documents.has_provenance:
        return None
    is_count = comparison.measure.kind in (MeasureKind.PROCESSES, MeasureKind.RATE)
    grouped = [each.code for each in (comparison.by, comparison.series) if each]
    codes = grouped if is_count else [comparison.measure.code]
    return reader.href(f"{as_uri(f'/doc/{document}/provenance')}?{urlencode([('of', code) for code in codes])}#of")


def _by_value(evidence: ProcessEvidence) -> tuple[bool, Decimal]:
    """The order of processes: those with a value first, the highest first."""
    return not evidence.amounts, -sum((each.value for each in evidence.amounts), Decimal(0))


def _opened(table: CrossTable, group: str, series: str | None) -> Figure | None:
    if series is None:
        return next((figure for value, figure in table.by_group.items() if code_of(value) == group), None)
    cells = table.cells.items()
    return next((each for (one, two), each in cells if (code_of(one), code_of(two)) == (group, series)), None)


# ------------------------------------------------------------------------------------------------------------ addresses


def _address(
    request: Request, comparison: Comparison, more: Mapping[str, str], *, extension: str = "", without: str = ""
) -> str:
    """The address of a comparison on this site, of a file of it, or of the processes behind a figure."""
    name = request.path_params.get("name", "any").partition(".")[0]
    own = questions()[name].comparison if name in questions() else {}
    parameters: Parameters = [
        (key, value)
        for key, value in write_parameters(comparison)
        if own.get(key) != value and f"{key}={value}" != without
    ]
    path = f"/compare/{name}{'.' if extension else ''}{extension}"
    text = urlencode([*parameters, *more.items()])
    return f"{path}?{text}" if text else path


def _chips(request: Request, answered: AnsweredComparison, reader: ReaderLocale) -> list[tuple[str, str]]:
    """Each filter in words, and the address without it."""
    comparison = answered.comparison
    names = {code_of(value): label_of(value, answered.names) for value in answered.names}
    filters = [
        (
            f"{localised(dict(each.dimension.labels), reader)}: {names.get(value, value)}",
            f"{each.dimension.code}={value}",
        )
        for each in comparison.filters
        for value in each.values
    ]
    years = (("from", comparison.years.first), ("to", comparison.years.last))
    filters += [
        (f"{message(f'page.compare-{name}', reader.language)} {year}", f"{name}={year:04}")
        for name, year in years
        if year is not None
    ]
    return [(text, reader.href(_address(request, comparison, {}, without=pair))) for text, pair in filters]


def respond_page(request: Request, template: str, reader: ReaderLocale, **values: Any) -> Response:
    """A page as a response to a conditional request."""
    body = render(request, template, reader, **values)
    headers = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language", **CACHED}
    return conditional_response(request, body, HTML.content_type, headers)
