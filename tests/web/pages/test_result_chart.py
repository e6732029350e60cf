"""Test which columns a chart draws, where its bars are, and that it counts the rows that it omits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.web.endpoints.query_page import format_figure
from passo_lod.web.pages import result_chart
from passo_lod.web.pages.chart_columns import MOST_SERIES, ChartColumns, choose_columns
from passo_lod.web.pages.result_chart import MOST_BARS, Chart, scale_of
from tests.web.rows import row, year

COLUMNS = ("region", "status", "count")
ROWS = (
    row("http://r/1", "open", 4),
    row("http://r/1", "closed", 6),
    row("http://r/2", "open", 3),
)


def draw(columns, rows, count=None, **wanted) -> Chart:
    chosen = choose_columns(columns, rows, **wanted)
    assert chosen is not None
    return result_chart.draw(columns, rows, chosen, len(rows) if count is None else count, "(none)", "{:g}".format)


def test_the_first_column_of_numbers_is_drawn_by_the_first_other_one():
    assert choose_columns(("n", "a", "m"), [row(1, "x", 2), row(3, "y", 4)]) == ChartColumns("n", "a", None)


def test_if_labels_repeat_the_next_column_makes_series():
    assert choose_columns(COLUMNS, ROWS) == ChartColumns("count", "region", "status")
    assert draw(COLUMNS, ROWS).series == ("open", "closed")
    assert [label.text for label in draw(COLUMNS, ROWS).labels] == ["http://r/1", "http://r/2"]


def test_wanted_columns_are_drawn_if_they_can_be():
    assert choose_columns(COLUMNS, ROWS, label="status", series="-") == ChartColumns("count", "status", None)
    assert choose_columns(COLUMNS, ROWS, value="region", label="nothing") == ChartColumns("count", "region", "status")


def test_without_a_column_of_numbers_there_is_no_chart():
    assert choose_columns(("a", "b"), [row("x", "y")]) is None
    assert choose_columns(("a", "n"), [row("x", 1), row("y", "many")]) is None
    assert choose_columns((), []) is None


def test_bars_are_in_the_order_of_the_result():
    assert [bar.title for bar in draw(("a", "n"), [row("z", 1), row("a", 9), row("m", 4)]).bars] == [
        "z: 1",
        "a: 9",
        "m: 4",
    ]


def test_a_column_of_years_makes_vertical_bars_from_left_to_right():
    chart = draw(("year", "n"), [(year(2019), row(2)[0]), (year(2020), row(5)[0])])
    assert chart.is_vertical
    assert chart.bars[0].x < chart.bars[1].x
    assert chart.bars[0].height < chart.bars[1].height
    assert draw(("anno", "n"), [row(2019, 2), row(2020, 5)]).is_vertical
    assert not draw(("count", "n"), [row(2019, 2), row(2020, 5)]).is_vertical


def test_a_missing_year_leaves_a_gap():
    three = draw(("year", "n"), [(year(index), *row(1)) for index in (2001, 2002, 2005)]).bars
    assert three[2].x - three[1].x == pytest.approx(3 * (three[1].x - three[0].x))
    unsorted = draw(("year", "n"), [(year(index), *row(1)) for index in (2005, 2001, 2002)]).bars
    assert unsorted[1].x - unsorted[0].x == pytest.approx(unsorted[2].x - unsorted[1].x)


def test_a_negative_number_is_drawn_on_the_other_side_of_zero():
    low, high = draw(("a", "n"), [row("down", -5), row("up", 5)]).bars
    assert low.x + low.width == pytest.approx(high.x)


def test_vertical_bars_of_one_year_and_one_series_are_side_by_side():
    rows = [(year(2019), *row("a", 1)), (year(2019), *row("a", 2)), (year(2020), *row("b", 3))]
    first, second, _ = draw(("year", "s", "n"), rows, series="s").bars
    assert second.x >= first.x + first.width


def test_one_bar_is_a_chart_and_zero_has_no_length():
    assert len(draw(("a", "n"), [row("only", 7)]).bars) == 1
    assert draw(("a", "n"), [row("zero", 0)]).bars[0].width == 0


def test_a_single_column_of_numbers_is_labelled_with_row_numbers():
    assert [label.text for label in draw(("n",), [row(3), row(4)]).labels] == ["1", "2"]


def test_a_row_without_label_is_drawn_and_one_without_number_is_omitted():
    chart = draw(("a", "n"), [row(None, 1), row("b", None), row("c", 2)])
    assert [label.text for label in chart.labels] == ["(none)", "c"]
    assert chart.omitted == 1


def test_bars_beyond_the_limit_are_counted_as_omitted():
    chart = draw(("a", "n"), [row(f"l{index}", index) for index in range(200)], count=10_000)
    assert len(chart.bars) == MOST_BARS
    assert chart.omitted == 10_000 - MOST_BARS


def test_series_beyond_the_limit_are_counted_as_omitted():
    rows = [row("a", f"s{index}", index) for index in range(MOST_SERIES + 3)]
    chart = draw(("l", "s", "n"), rows, series="s")
    assert (len(chart.series), chart.omitted) == (MOST_SERIES, 3)


NUMBERS = st.one_of(st.integers(-(10**12), 10**12), st.floats(), st.none())
TEXTS = st.one_of(st.none(), st.text(max_size=60))


@given(st.lists(st.tuples(TEXTS, TEXTS, NUMBERS), max_size=90), st.sampled_from(["", "-", "s"]))
def test_for_any_rows_every_bar_is_inside_the_chart_and_every_row_is_counted(values, series):
    rows = [row(*index) for index in values]
    chosen = choose_columns(("l", "s", "n"), rows, series=series)
    if chosen is None:
        assert any(cell is not None and cell.number is None for *_, cell in rows) or all(row[2] is None for row in rows)
        return
    chart = result_chart.draw(("l", "s", "n"), rows, chosen, len(rows), "(none)", "{:g}".format)
    assert len(chart.bars) + chart.omitted == len(rows)
    for bar in chart.bars:
        assert -1e-6 <= bar.x <= bar.x + bar.width <= 100 + 1e-6
        assert -1e-6 <= bar.y <= bar.y + bar.height <= chart.height


@given(st.floats(-1e9, 1e9, allow_subnormal=False), st.floats(-1e9, 1e9, allow_subnormal=False))
def test_scale_contains_both_numbers_and_zero_in_few_steps(one, other):
    low, high = min(0.0, one, other), max(0.0, one, other)
    scale = scale_of(low, high)
    slack = (high - low) * 1e-6
    assert scale[0] <= low + slack
    assert scale[-1] >= high - slack
    assert 0.0 in scale
    assert len(scale) <= 8


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["it", "en"]))
def test_every_number_can_be_formatted(value, language):
    text = format_figure(value, language)
    assert text
    assert text != "-0"
