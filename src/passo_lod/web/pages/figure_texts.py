"""Write the figures of a comparison in the reader's language: the columns of each kind of measure, and reasons for absence."""

from collections.abc import Mapping
from decimal import Decimal

from passo_lod.comparison.answer_rows import AnswerRow, code_of
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.figures import Figure
from passo_lod.comparison.profile import headline
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages.value_formatting import format_amount, format_number, with_currency

_WHOLE_FROM = 100

FIGURE_COLUMNS: Mapping[MeasureKind, tuple[str, ...]] = {
    MeasureKind.PROCESSES: (),
    MeasureKind.RATE: ("rate", "population"),
    MeasureKind.SHARE: ("yes", "no", "percent"),
    **dict.fromkeys(
        (MeasureKind.NUMBER, MeasureKind.MONEY, MeasureKind.VALUES, MeasureKind.DURATION, MeasureKind.RATIO),
        ("median", "mean", "range", "total"),
    ),
}
"""The columns of each kind of measure, by the keys of their headings."""


def figure_texts(row: AnswerRow, answered: AnsweredComparison, language: str) -> tuple[str, ...]:
    """The texts of the columns of a row, in the order of `FIGURE_COLUMNS`."""
    return _TEXTS[answered.comparison.measure.kind](row, answered, language)


def reason_texts(absent: Mapping[str, int], language: str) -> tuple[tuple[str, int], ...]:
    """Why processes have no value, in words, with their number."""
    counts = ((code_of(each), absent[each]) for each in REASONS if absent.get(each))
    keys = ((f"page.compare-one-{code}" if count == 1 else f"page.compare-{code}", count) for code, count in counts)
    return tuple((message(key, language), count) for key, count in keys)


def ungrouped_texts(figures: Mapping[str, Figure], language: str) -> tuple[tuple[str, int], ...]:
    """Why processes are in no group, in words, with their number."""
    return reason_texts({value: figure.all for value, figure in figures.items()}, language)


def short_text(row: AnswerRow, kind: MeasureKind, language: str) -> str:
    """The one figure of a row that fits a cell."""
    if kind is MeasureKind.SHARE:
        return f"{row.yes}/{row.figure.known}" if row.figure.known else "–"
    number = headline(row, kind)
    if number is None:
        return "–"
    return compact_amount(Decimal(number), row.summary.unit if row.summary else "", language)


def _summary_texts(row: AnswerRow, answered: AnsweredComparison, language: str) -> tuple[str, ...]:
    each = row.summary
    if each is None:
        return ("",) * 4
    median, mean, low, high, total = (
        amount_text(number, each.unit, language)
        for number in (each.median, each.mean, each.lowest, each.highest, each.total)
    )
    is_ratio = answered.comparison.measure.kind is MeasureKind.RATIO
    return median, mean, low if low == high else f"{low} – {high}", "" if is_ratio else total


def _share_texts(row: AnswerRow, answered: AnsweredComparison, language: str) -> tuple[str, ...]:
    percent = f"{format_number(str(row.percent), language)} %" if row.percent is not None else ""
    return format_number(str(row.yes), language), format_number(str(row.no), language), percent


def _rate_texts(row: AnswerRow, answered: AnsweredComparison, language: str) -> tuple[str, ...]:
    name = answered.names.get(row.group)
    if row.rate is None or name is None:
        return "", ""
    return format_number(
        str(row.rate), language
    ), f"{format_number(str(name.population), language)} ({name.population_year})"


_TEXTS = {
    MeasureKind.PROCESSES: lambda row, answered, language: (),
    MeasureKind.RATE: _rate_texts,
    MeasureKind.SHARE: _share_texts,
    **dict.fromkeys(
        (MeasureKind.NUMBER, MeasureKind.MONEY, MeasureKind.VALUES, MeasureKind.DURATION, MeasureKind.RATIO),
        _summary_texts,
    ),
}


def compact_amount(number: Decimal, unit: str, language: str) -> str:
    """A number for a drawing: whole from 100 on, else with at most two decimals, with its currency if it has one.

    >>> compact_amount(Decimal("25000.40"), "EUR", "it"), compact_amount(Decimal("2.50"), "", "en")
    ('25.000 €', '2.5')
    """
    rounded = f"{number:.0f}" if abs(number) >= _WHOLE_FROM or number == number.to_integral() else f"{number:.2f}"
    text = format_number(rounded.rstrip("0") if "." in rounded else rounded, language)
    return with_currency(text, unit, language) if unit else text


def amount_text(number: Decimal, unit: str, language: str) -> str:
    """A number with at most two decimals, with its currency if it has one."""
    rounded = f"{number:.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"
    return format_amount(rounded, unit, language) if unit else format_number(rounded, language)
