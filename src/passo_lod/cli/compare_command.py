"""Run `passo-lod compare`: list the questions, dimensions and measures, or answer a question or any comparison, for people or for programs."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from passo_lod.cli import query_command
from passo_lod.cli.comparison_table import filter_texts, in_language, print_comparison, reader_console, title_of
from passo_lod.client import Client, find_question
from passo_lod.comparison.address import Parameters, write_parameters
from passo_lod.comparison.answer_files import WRITERS
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.declarations import Dimension, Measure
from passo_lod.comparison.names_query import coordinates_query, read_coordinates
from passo_lod.errors import PassoError
from passo_lod.messages.message_catalogue import message
from passo_lod.queries.questions import Question, questions
from passo_lod.store.protocol import Limits
from passo_lod.web.pages.comparison_drawing import CHART, MAP, comparison_drawing
from passo_lod.web.pages.comparison_image import ImageTexts, comparison_image
from passo_lod.web.pages.comparison_map import is_of_places, without_outline
from passo_lod.web.pages.page_templates import in_language as localised_text
from passo_lod.web.pages.png_image import ImageNotRendered, render_png
from passo_lod.web.pages.value_formatting import licence_name

TABLE, IMAGES = "table", ("svg", "png")
FORMATS = (TABLE, *WRITERS, *IMAGES)


@dataclass(frozen=True)
class Endpoint:
    """Where to ask.

    Attributes:
        releases: a release, or a folder of releases.
        endpoint: the SPARQL endpoint to ask instead.
        limits: of each query.
        languages: of names, best first.
    """

    releases: Path
    endpoint: str | None
    limits: Limits
    languages: tuple[str, ...]

    def client(self) -> Client:
        """A client of the place, to be closed."""
        if self.endpoint:
            return Client.of_endpoint(self.endpoint, language=self.languages[0], limits=self.limits)
        return Client.of_release(self.releases, language=self.languages[0], limits=self.limits)


def compare(name: str | None, options: Parameters, form: str, place: Endpoint, *, as_map: bool = False) -> None:
    """Answer a question, or a comparison that is none of them, and print the answer.

    Args:
        name: of the question; None for a comparison of the options alone.
        options: parameters, which win over those of the question.
        form: one of `FORMATS`.
        place: where to ask.
        as_map: whether an image is a map.

    Raises:
        PassoError: there is no such question or format, an option is wrong, or a query is refused.
    """
    asked = find_question(name) if name else None
    if asked and asked.unanswerable:
        _print_unanswerable(asked, place.languages[0])
    elif asked and not asked.comparison:
        _answer_query(asked, options, form, place)
    else:
        _answer_comparison(asked, options, form, place, as_map)


def _print_unanswerable(asked: Question, language: str) -> None:
    for texts in (asked.query.titles, asked.unanswerable, asked.query.notes):
        print(in_language(texts, language))  # noqa: T201 - standard output is the command line's job


def _answer_query(asked: Question, options: Parameters, form: str, place: Endpoint) -> None:
    """Answer a question that has a query of its own, whose columns are the variables of the query."""
    if options:
        named = ", ".join(dict.fromkeys(code for code, _ in options))
        raise PassoError(f"{asked.name}: this question has a query of its own and takes no options ({named})")
    if form not in (TABLE, "csv", "json"):
        raise PassoError(f"--format {form}: the answer to {asked.name} can be had as table, csv or json")
    languages = place.languages if form == TABLE else ()
    if place.endpoint:
        answer = query_command.ask_endpoint(place.endpoint, asked.query.text, place.limits, languages)
    else:
        answer = query_command.ask_release(place.releases, asked.query.text, place.limits, languages)
    if form == TABLE:
        print(in_language(asked.query.titles, place.languages[0]))  # noqa: T201
    query_command.print_result(answer, form)
    if form == TABLE:
        language = place.languages[0]
        print(in_language(asked.query.notes, language))  # noqa: T201
        print(f"{message('page.compare-limits', language)} {in_language(asked.limits, language)}")  # noqa: T201


def _answer_comparison(asked: Question | None, options: Parameters, form: str, place: Endpoint, as_map: bool) -> None:
    with place.client() as client:
        answered = client.answer([*(asked.comparison.items() if asked else ()), *options])
        if form in IMAGES:
            _write_image(_image(answered, asked, client, place, as_map), form)
            return
    if form == TABLE:
        print_comparison(answered, asked, place.languages[0])
    else:
        sys.stdout.write(WRITERS[form](answered, place.languages[0]))


def _image(
    answered: AnsweredComparison, asked: Question | None, client: Client, place: Endpoint, as_map: bool
) -> bytes:
    """The drawing of a comparison as SVG.

    Raises:
        PassoError: there is nothing to draw.
    """
    groups, language = answered.table.groups, place.languages[0]
    coordinates = {}
    if as_map and is_of_places(groups) and (places := without_outline(groups)):
        rows = client.query(coordinates_query(places))
        coordinates = read_coordinates({key: str(value) for key, value in row.items()} for row in rows)
    drawing = comparison_drawing(answered, language, MAP if as_map else CHART, coordinates)
    if drawing is None:
        what = "a map is of one dimension of places (region, country, province)" if as_map else "no value is known"
        raise PassoError(f"this comparison cannot be drawn: {what}")
    title, filters = title_of(answered, asked, language), tuple(filter_texts(answered, language))
    source, address = _origin(answered, asked, client, place)
    return comparison_image(answered, drawing, ImageTexts(title, filters, source, address), language)


def _origin(answered: AnsweredComparison, asked: Question | None, client: Client, place: Endpoint) -> tuple[str, str]:
    """The publisher, release and licences of a comparison, and its address; of an endpoint only its address is known."""
    if client.manifest is None:
        return "", client.place
    manifest, own = client.manifest, asked.comparison if asked else {}
    licences = sorted({licence_name(each.licence) for each in manifest.sources if each.licence})
    parts = (localised_text(manifest.publisher, place.languages), manifest.id, ", ".join(licences))
    parameters = urlencode(
        [(key, value) for key, value in write_parameters(answered.comparison) if own.get(key) != value]
    )
    path = f"compare/{asked.name if asked else 'any'}{'?' if parameters else ''}{parameters}"
    return " · ".join(filter(None, parts)), f"{manifest.base.rstrip('/')}/{path}"


def _write_image(svg: bytes, form: str) -> None:
    if sys.stdout.isatty():
        raise PassoError(
            f"--format {form}: write the image to a file: passo-lod compare … --format {form} > chart.{form}"
        )
    try:
        sys.stdout.buffer.write(render_png(svg) if form == "png" else svg)
    except ImageNotRendered as error:
        raise PassoError(str(error)) from error


def filters_of(values: Iterable[str]) -> Parameters:
    """The parameters of options such as `status=completed`.

    Raises:
        PassoError: a value has no equals sign.
    """
    pairs = [value.partition("=") for value in values]
    for name, sign, _ in pairs:
        if not sign:
            raise PassoError(f"--where {name}: a filter is a dimension, an equals sign and a value: status=completed")
    return [(name, value) for name, _, value in pairs]


# --------------------------------------------------------------------------------------------------------------- lists


def print_questions(language: str) -> None:
    """Print all questions, one a line, each after its name, and what else can be asked."""
    width = max(map(len, questions()))
    for name, each in questions().items():
        remark = f" ({message('compare.unanswerable', language)})" if each.unanswerable else ""
        print(f"{name:{width}}  {in_language(each.query.titles, language)}{remark}")  # noqa: T201
    print(f"\n{message('compare.how', language)}")  # noqa: T201


def print_declarations(place: Endpoint) -> None:
    """Print all measures and dimensions that a release declares, each with its code, name and note.

    Raises:
        PassoError: there is no release, or it declares none.
    """
    with place.client() as client:
        declared = client.declarations
    language = place.languages[0]
    console = reader_console()
    for key, listed in (("measures", declared.measures), ("dimensions", declared.dimensions)):
        console.print(message(f"compare.{key}", language), style="bold")
        for line in _described(listed, language):
            console.print(line)


def _described(listed: Mapping[str, Measure] | Mapping[str, Dimension], language: str) -> Iterator[str]:
    for code, each in listed.items():
        yield f"  {code}: {in_language(each.labels, language)}. {in_language(each.notes, language)}"
