"""Whatever reads texts from outside takes time in proportion to their length: every regular expression and every reader."""

import asyncio
import gc
import io
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from types import FrameType

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from passo_lod import catalog, dcat_settings, yaml_loader
from passo_lod.disk_index import canonical_lines
from passo_lod.drafting import draft_options
from passo_lod.drafting.hints import Hints
from passo_lod.drafting.name_similarity import normalise_name
from passo_lod.errors import PassoError, SettingsError
from passo_lod.mapping.converters.conversion import ConversionError
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.mapping.places import place_tables
from passo_lod.mapping.redaction import redact
from passo_lod.media_types import HTML, TURTLE
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.sources import source_settings
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.source import Source
from passo_lod.sparql_tokens import prologue, tokens
from passo_lod.store import query_checks
from passo_lod.text_folding import fold
from passo_lod.web.http.conditional_requests import prepare
from passo_lod.web.http.content_negotiation import languages, ranked
from passo_lod.web.http.range_requests import RangeResponse
from tests.hostile.patterns import HostileTexts, Use, literal_patterns, patterns_in, uses

ROOT = Path(__file__).resolve().parents[2]
LENGTH = 1 << 14
MOST_GROWTH = 3
LIMIT = 2.0
"""Seconds; linear time is far less."""


class TooSlow(Exception):
    """A run was stopped after `LIMIT`."""


@contextmanager
def time_limit() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    former = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, former)


def seconds(run: Callable[[str], object], text: str) -> float:
    gc.disable()  # its collections take time in proportion to all objects of the process
    try:
        with time_limit():
            started = time.process_time()
            run(text)
            return time.process_time() - started
    finally:
        gc.enable()


def growth(run: Callable[[str], object], parts: tuple[str, str, str], measurable: float, length: int = LENGTH) -> float:
    """How many times longer a text of twice the length takes; 0 if the time is too short to measure.

    Only the processor time of this process counts, so other tests may run meanwhile; a growth that is too large is measured again, with more
    runs, because other processes disturb all the same.
    """
    head, piece, end = parts
    once, twice = (head + piece * (size // len(piece)) + end for size in (length, 2 * length))
    try:
        if (first := seconds(run, once)) < measurable:
            return 0
        ratio = seconds(run, twice) / max(measurable / 2, min(first, seconds(run, once)))
        for _ in range(2):
            if ratio > MOST_GROWTH:
                ratio = min(seconds(run, twice) for _ in range(3)) / max(
                    measurable / 2, min(seconds(run, once) for _ in range(3))
                )
        return ratio
    except TooSlow:
        return float("inf")


# ------------------------------------------------------------------------------------------------------ regular expressions

IRI = rb"<https://w3id\.org/passo/(?:id|doc)/"
ONLY_KNOWN_TO_A_CALL = {
    "catalog: pattern": literal_patterns(catalog),
    "dcat_settings: pattern": literal_patterns(dcat_settings),
    "drafting.draft_options: pattern": [pattern for _, pattern, _ in draft_options._PATTERNS],
    "drafting.hints: str(text)": [each.pattern for each in patterns_in(dict(Hints.open(()).sentinels))],
    "mapping.places.place_tables: table.code": [table.code for table in place_tables.TABLES],
    "pipeline.collector: b'<%bid/place/((?:iso|geonames)-[0-9a-z-]+)>' % re.escape(self.base.encode())": [
        rb"<https://w3id\.org/passo/id/place/((?:iso|geonames)-[0-9a-z-]+)>"
    ],
    "release.changes.dump_ref: b'<%b(?:id|doc)/([^/#>]+/[^/#>]+)' % re.escape(self.base.encode())": [
        IRI + rb"([^/#>]+/[^/#>]+)"
    ],
    "release.dump.nquads_sorter: b'<%b(?:id|doc)/[^/#>]+/[^/#>]+[/#>]' % re.escape(base.encode())": [
        IRI + rb"[^/#>]+/[^/#>]+[/#>]"
    ],
    "sources.source_settings: pattern": literal_patterns(source_settings),
    # The patterns in the settings of the shipped sources have a test of their own.
    "mapping.yarrrml.mapping_syntax: self.require_text(text, 'a regular expression')": [],
    "sources.page_files.page_layout: str(rule['unless'])": [],
    "sources.source_settings: str(value)": [],
}
CALLED_ELSEWHERE = {"_parse_id_pattern": ["fullmatch"]}
SHORT_TEXTS_ONLY = {
    r"(\d+)([YMWD])": "its texts have passed a fullmatch",
    rb"<style>(.*?)</style>": "it reads the project's own pages",
    r"(, )?\['[^]]*\](?=,|$)|(, )?\[_\]|(, )?<unreported>": "`readable_error` cuts its texts",
    r'"(?:[^"\\]|\\.)*"|[^",]+': "its texts are results of `readable_error`",
}
USES = [use for use in uses(ONLY_KNOWN_TO_A_CALL, CALLED_ELSEWHERE) if use.pattern.pattern not in SHORT_TEXTS_ONLY]
UNIQUE_USES = list({(use.pattern, use.reading): use for use in USES}.values())


def slow_texts(use: Use) -> Iterator[tuple[float, tuple[str, str, str]]]:
    for parts in HostileTexts(use.pattern):
        if (found := growth(use.run, parts, measurable=0.02)) > MOST_GROWTH:
            yield found, parts


@pytest.mark.parametrize("use", UNIQUE_USES, ids=[f"{use.where}-{use.reading}" for use in UNIQUE_USES])
def test_a_regular_expression_takes_linear_time(use: Use) -> None:
    assert next(slow_texts(use), None) is None, use.pattern.pattern


def test_the_regular_expressions_of_the_shipped_sources_take_linear_time(pipeline_context: PipelineContext) -> None:
    for folder in sorted((ROOT / "data" / "sources").iterdir()):
        pipeline = SourcePipeline.open(folder, pipeline_context)
        for pattern in {*patterns_in(pipeline.source), *patterns_in(getattr(pipeline.mapper, "mapping", None))}:
            assert next(slow_texts(Use(folder.name, pattern, "fullmatch")), None) is None, pattern.pattern


def test_the_test_finds_a_quadratic_expression() -> None:
    for expression in (r"(a+)+b", r"\s+$", "<[^>]*>"):
        assert next(slow_texts(Use("here", re.compile(expression), "search")), None) is not None


# ------------------------------------------------------------------------------------------------------------------ readers


def quietly(run: Callable[[str], object]) -> Callable[[str], object]:
    """A reader that may refuse a text."""

    def run_quietly(text: str) -> None:
        with suppress(PassoError, ConversionError, ReadError, SyntaxError):
            run(text)

    return run_quietly


def answer_if_none_match(text: str) -> None:
    headers = [(b"if-none-match", text.encode("latin-1", "replace"))]
    prepare(b"x", "text/plain", {}).answer(Request({"type": "http", "headers": headers}))


READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "SPARQL tokens": ("\"'\\\\<>{}()[]#?:.@_-^|&1aeé\n %+u", lambda text: list(tokens(text))),
    "SPARQL prologue": ("BASE PREFIX <a/>:#.", lambda text: prologue(tokens(text))),
    "SPARQL checks": ("\"'\\\\<>{}()[]#?:. SERVICE", query_checks.check_tokens),
    "Accept": ('"\\\\,;=q/*.01 a', lambda text: ranked(text, (HTML, TURTLE))),
    "Accept-Language": ('"\\\\,;=q-*.01 a', lambda text: languages(text, None, ("it", "en"))),
    "If-None-Match": ('W/"*, \\\\a', answer_if_none_match),
    "N-Quads": ('<>"\\\\_:.@^ \n#a', lambda text: list(canonical_lines(io.BytesIO(text.encode())))),
    "redaction": ("@.-+ 0aAI\n€(/", redact),
    "folding": ("'-’ aàÀß\n", fold),
    "names of columns": ("([_aA])° /.", normalise_name),
    **{
        f"converter {name}": ("€0.,/-: kaT%+\n", converter.convert)
        for name, converter in converters("it", "https://example.org/").items()
    },
}


def pieces(alphabet: str, count: int) -> list[str]:
    """All single characters, and some longer pieces."""
    generator = random.Random(alphabet)
    longer = ["".join(generator.choices(alphabet, k=generator.randint(2, 6))) for _ in range(count)]
    return list(dict.fromkeys([*alphabet, *longer]))


def assert_linear(run: Callable[[str], object], alphabet: str, length: int = LENGTH) -> None:
    for piece, end in product(pieces(alphabet, 40), ("", "\x01")):
        found = growth(run, ("", piece, end), measurable=0.1, length=length)
        assert found <= MOST_GROWTH, (piece, end)


@pytest.mark.parametrize("name", READERS)
def test_a_reader_of_texts_takes_linear_time(name: str) -> None:
    alphabet, run = READERS[name]
    assert_linear(quietly(run), alphabet)


def test_an_unclosed_quote_does_not_stop_the_server() -> None:
    run = quietly(query_checks.check)
    assert growth(run, ("ASK{}#FROM SERVICE\n", '\\"""x"', ""), measurable=0.1) <= MOST_GROWTH


SETTINGS = """\
title: {it: Prova, en: Test}
prefix: pr
observatory: id/organisation/pr-osservatorio
language: it
licence: https://creativecommons.org/licenses/by/4.0/
site: https://example.org/
region: "08"
files: samples/*
id: '(?P<id>[a-z0-9]+)'
"""
PAGE = "{title-before: Scheda, inline: [Modificata], sections: {Dati: [Titolo, Testo]}, free-text: [Testo]}"
FILES = {
    "table": ("a.csv", "id-from: id\nlayout: {columns: [id, b], arrays: postgres}", "id,b\n", '",;\n{}\\ a1'),
    "labelled-text": ("a.txt", f"layout: {PAGE}", "Uno\nScheda\nDati\nTitolo\n", "\n\r: aA.\u200b\t"),
    "labelled-html": ("a.html", f"layout: {PAGE}", "<p>Uno<p>Scheda<p>Dati<p>Titolo<p>", "<>/!-?[]&#;=\"' apb\n"),
    "json": ("a.json", "id-from: id\nlayout: {columns: [id, b]}", "[", '[]{}:,"\\ a1\n'),
    "jsonl": ("a.jsonl", "id-from: id\nlayout: {columns: [id, b]}", "", '[]{}:,"\\ a1\n'),
    "rdf": ("a.ttl", "", "", "<>\"'\\_:.@^;,[]()#%a1 \n"),
}


@pytest.mark.parametrize("reader", FILES)
def test_a_reader_of_record_files_takes_linear_time(tmp_path: Path, reader: str) -> None:
    name, layout, head, alphabet = FILES[reader]
    (tmp_path / "prova" / "samples").mkdir(parents=True)
    (tmp_path / "prova" / "source.yaml").write_text(f"{SETTINGS}reader: {reader}\n{layout}\n")
    source, path = Source.open(tmp_path / "prova"), tmp_path / "prova" / "samples" / name

    def read(text: str) -> None:
        path.write_text(head + text, newline="")
        list(source.readings())

    assert_linear(read, alphabet, LENGTH // 4)


def test_the_loader_of_settings_takes_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    def load(text: str) -> None:
        path.write_text(text)
        yaml_loader.load(path, SettingsError)

    assert_linear(quietly(load), "-:?[]{},#&*!|>'\"%@\\ a1\n", LENGTH // 4)


def test_a_range_takes_linear_time(tmp_path: Path) -> None:
    path = tmp_path / "a.nq"
    path.write_bytes(bytes(1000))

    async def ignore(message: object) -> None:
        """Send nothing."""

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    def request(text: str) -> None:
        headers = [(b"range", b"bytes=" + text.encode("latin-1", "replace"))]
        scope = {"type": "http", "method": "GET", "headers": headers}
        with suppress(HTTPException):
            asyncio.run(RangeResponse(path)(scope, receive, ignore))

    assert_linear(request, "0123-,; =a")
