"""`/completeness` and `/profile/<region>`: all dimensions and measures at once, of every group or of one region."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.comparison.address import WrongComparison, read_comparison
from passo_lod.comparison.answer_rows import AnswerRow, code_of, label_of
from passo_lod.comparison.completeness import Completeness, Share, completeness
from passo_lod.comparison.declarations import Declarations, Dimension, Measure, MeasureKind
from passo_lod.comparison.profile import Profile, ProfileRow, headline, profile
from passo_lod.web.endpoints.comparisons import (
    asker_in_thread,
    choices,
    declared_in,
    name_of,
    respond_cached,
    respond_page,
)
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import localised
from passo_lod.web.pages.figure_texts import amount_text, reason_texts
from passo_lod.web.pages.heat_table import MOST_COLUMNS
from passo_lod.web.pages.reader_locale import ReaderLocale, reader_of
from passo_lod.web.pages.value_classes import SHADES


async def completeness_page(request: Request) -> Response:
    """`/completeness`: how many processes have a value of each dimension and measure, by source, region or another dimension (`?by=`)."""
    return await respond_cached(request, partial(_respond_completeness, request))


async def _respond_completeness(request: Request) -> Response:
    reader, declared = reader_of(request), await declared_in(request)
    try:
        by = read_comparison([("by", request.query_params.get("by", "source"))], declared).by
    except WrongComparison as wrong:
        raise HttpProblem(400, str(wrong)) from wrong
    count = completeness(by, declared, asker_in_thread(request), reader.languages)
    found = await run_in_threadpool(asyncio.run, count)
    return await run_in_threadpool(_completeness_page, request, reader, by, declared, found)


async def profile_page(request: Request) -> Response:
    """`/profile/<region>`: every measure of one region, beside the median of the others and, with `?with=`, another region."""
    return await respond_cached(request, partial(_respond_profile, request))


async def _respond_profile(request: Request) -> Response:
    reader, declared = reader_of(request), await declared_in(request)
    codes = [request.path_params["place"], *request.query_params.getlist("with")[:1]]
    by = declared.dimensions["region"]
    compare = profile([code for code in codes if code], by, declared, asker_in_thread(request), reader.languages)
    # The figures of many processes take long, so a thread with a loop of its own computes them.
    found = await run_in_threadpool(asyncio.run, compare)
    for code, iri in zip(found.codes, found.iris, strict=True):
        if not iri:
            raise HttpProblem(
                404, f"{code}: no process is attributed to this region; there are {', '.join(found.known)}"
            )
    return await run_in_threadpool(_profile_page, request, reader, by, found)


# ------------------------------------------------------------------------------------------------------- completeness


@dataclass(frozen=True)
class CompletenessCell:
    """How many processes of a group have a value: in a hundred, and in words."""

    percent: int
    known: int
    total: int
    absent: tuple[tuple[str, int], ...]
    shade: int


def _completeness_page(
    request: Request, reader: ReaderLocale, by: Dimension, declared: Declarations, found: Completeness
) -> Response:
    groups = found.groups[:MOST_COLUMNS]
    rows = [
        (
            localised(dict(row.declared.labels), reader),
            reader.href(_own_address(row.declared, by)),
            _share_cell(row.total, reader),
            [_share_cell(row.by_group[group], reader) if group in row.by_group else None for group in groups],
        )
        for row in found.rows
    ]
    return respond_page(
        request,
        "completeness.html",
        reader,
        by=by,
        by_name=localised(dict(by.labels), reader),
        dimensions=choices(declared.dimensions, reader),
        groups=[name_of(request, group, found.names) for group in groups],
        rows=rows,
        left_out=len(found.groups) - len(groups),
    )


def _own_address(declared: Dimension | Measure, by: Dimension) -> str:
    """The address of the comparison that a row counts."""
    if isinstance(declared, Dimension):
        return f"/compare/any?{urlencode([('measure', 'processes'), ('by', declared.code), ('and', by.code)])}"
    return f"/compare/any?{urlencode([('measure', declared.code), ('by', by.code)])}"


def _share_cell(share: Share, reader: ReaderLocale) -> CompletenessCell:
    percent = 100 * share.known // share.processes if share.processes else 0
    absent = reason_texts(share.absent, reader.language)
    return CompletenessCell(percent, share.known, share.processes, absent, round(SHADES * percent / 100))


# ------------------------------------------------------------------------------------------------------------ profile


@dataclass(frozen=True)
class ProfileFigure:
    """The figure of one place: its text, how many values are known of how many processes, and the address of these processes."""

    text: str
    known: int
    total: int
    processes: str


def _profile_page(request: Request, reader: ReaderLocale, by: Dimension, found: Profile) -> Response:
    return respond_page(
        request,
        "profile.html",
        reader,
        places=[name_of(request, iri, found.names) for iri in found.iris],
        choices=[
            (code, label_of(iri, found.names)) for iri in found.names for code in [code_of(iri)] if code in found.known
        ],
        chosen=found.codes,
        rows=[_profile_row(row, found.codes, by, reader) for row in found.rows],
    )


def _profile_row(
    row: ProfileRow, codes: Sequence[str], by: Dimension, reader: ReaderLocale
) -> tuple[str, str, list[ProfileFigure | None], str, int]:
    """The name of the measure and the address of its comparison, the figure of each place, and that of the others with their number."""
    address = f"/compare/any?{urlencode([('measure', row.measure.code), ('by', by.code)])}"
    places = [
        ProfileFigure(
            _headline_text(headline(place, row.measure.kind), row, reader) or _share_of_few(place, row.measure.kind),
            place.figure.known,
            place.figure.all,
            reader.href(f"{address}&{urlencode({'group': code})}"),
        )
        if place
        else None
        for code, place in zip(codes, row.places, strict=True)
    ]
    others = _headline_text(row.others, row, reader)
    return localised(dict(row.measure.labels), reader), reader.href(address), places, others, row.other_places


def _headline_text(number: Decimal | None, row: ProfileRow, reader: ReaderLocale) -> str:
    if number is None:
        return ""
    text = amount_text(number, row.unit, reader.language)
    return f"{text} %" if row.measure.kind is MeasureKind.SHARE else text


def _share_of_few(row: AnswerRow, kind: MeasureKind) -> str:
    """The yes of few answers, which have no percentage."""
    return f"{row.yes}/{row.figure.known}" if kind is MeasureKind.SHARE and row.figure.known else ""
