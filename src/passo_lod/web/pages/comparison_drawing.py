"""Choose how a comparison is drawn: as rows, as lines for years, as a table for two dimensions, or as maps of places."""

from collections.abc import Mapping

from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.web.pages.comparison_chart import RowsChart, rows_chart
from passo_lod.web.pages.comparison_map import ComparisonMap, comparison_map
from passo_lod.web.pages.drawn_rows import DrawnRows
from passo_lod.web.pages.heat_table import HeatTable, heat_table
from passo_lod.web.pages.map_projection import Point
from passo_lod.web.pages.year_lines import LinesChart, lines_chart

Drawing = RowsChart | LinesChart | HeatTable | ComparisonMap
CHART, MAP = "chart", "map"
FORMS = (CHART, MAP)


def comparison_drawing(
    answered: AnsweredComparison, language: str, form: str = CHART, coordinates: Mapping[str, Point] | None = None
) -> Drawing | None:
    """The drawing of a comparison; None if there is nothing to draw.

    Args:
        answered: the comparison.
        language: of the reader.
        form: one of `FORMS`.
        coordinates: of places without an outline, for maps.
    """
    drawn = DrawnRows(answered, language)
    if form == MAP:
        return comparison_map(drawn, coordinates or {})
    if answered.comparison.series:
        return lines_chart(drawn) or heat_table(drawn)
    return lines_chart(drawn) or rows_chart(drawn)
