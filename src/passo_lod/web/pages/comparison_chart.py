"""Draw the chart of a comparison: one bar for each group that is a value."""

from collections.abc import Sequence

from passo_lod.comparison.answer_rows import AnswerRow, label_of
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.evidence import REASONS
from passo_lod.comparison.profile import headline
from passo_lod.messages.message_catalogue import message
from passo_lod.web.pages import result_chart
from passo_lod.web.pages.chart_columns import MOST_SERIES, ChartColumns
from passo_lod.web.pages.page_model import PageText
from passo_lod.web.pages.result_table import ResultCell
from passo_lod.web.pages.value_formatting import format_number


def comparison_chart(
    rows: Sequence[AnswerRow], answered: AnsweredComparison, language: str
) -> result_chart.Chart | None:
    """The bars of the groups that are values, not reasons; none if there is nothing to draw."""
    comparison = answered.comparison
    drawn = [row for row in rows if row.group not in REASONS and row.series not in REASONS]
    cells = [each for row in drawn if (each := _chart_row(row, answered, language))[0] is not None]
    columns = ("value", "label", "series") if comparison.series else ("value", "label")
    if not cells or len({row.series for row in drawn}) > MOST_SERIES:
        return None
    return result_chart.draw(
        columns,
        cells,
        ChartColumns("value", "label", "series" if comparison.series else None),
        len(cells),
        message("page.no-value", language),
        lambda value: format_number(f"{value:.2f}".rstrip("0").rstrip("."), language),
    )


def _chart_row(row: AnswerRow, answered: AnsweredComparison, language: str) -> tuple[ResultCell | None, ...]:
    number = headline(row, answered.comparison.measure.kind)
    value = ResultCell(PageText(str(number)), str(number), float(number)) if number is not None else None
    is_year = row.group.isdecimal() and len(row.group) == len("2020")
    known = "" if row.figure.known == row.figure.all else f" ({row.figure.known})"
    label = f"{label_of(row.group, answered.names)}{known if not answered.comparison.series else ''}"
    cells = [value, ResultCell(PageText(label), row.group if is_year else label, is_time=is_year)]
    if answered.comparison.series:
        series = label_of(row.series, answered.names)
        cells.append(ResultCell(PageText(series), series))
    return tuple(cells)
