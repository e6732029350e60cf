"""Charts: rows in, shapes out; what is not drawn is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.web.endpoints.query_page import figure
from passo_lod.web.pages import result_chart as chart
from tests.web.rows import row, year

COLUMNS = ("region", "status", "count")
ROWS = (
    row("http://r/1", "open", 4),
    row("http://r/1", "closed", 6),
    row("http://r/2", "open", 3),
)


def drawn(columns, rows, count=None, **asked):
    choice = chart.choose(columns, rows, **asked)
    assert choice is not None
    return chart.draw(columns, rows, choice, len(rows) if count is None else count, "(none)", "{:g}".format)


def test_the_first_column_of_numbers_is_drawn_by_the_first_other_one():
    assert chart.choose(("n", "a", "m"), [row(1, "x", 2), row(3, "y", 4)]) == chart.ChartColumns("n", "a", None)


def test_where_a_label_comes_twice_the_next_column_makes_series():
    assert chart.choose(COLUMNS, ROWS) == chart.ChartColumns("count", "region", "status")
    assert drawn(COLUMNS, ROWS).series == ("open", "closed")
    assert [mark.text for mark in drawn(COLUMNS, ROWS).labels] == ["http://r/1", "http://r/2"]


def test_what_is_asked_for_is_drawn_and_what_cannot_be_is_not():
    assert chart.choose(COLUMNS, ROWS, label="status", series="-") == chart.ChartColumns("count", "status", None)
    assert chart.choose(COLUMNS, ROWS, value="region", label="nothing") == chart.ChartColumns(
        "count", "region", "status"
    )


def test_without_a_column_of_numbers_there_is_no_chart():
    assert chart.choose(("a", "b"), [row("x", "y")]) is None
    assert chart.choose(("a", "n"), [row("x", 1), row("y", "many")]) is None
    assert chart.choose((), []) is None


def test_bars_are_in_the_order_of_the_query():
    assert [bar.title for bar in drawn(("a", "n"), [row("z", 1), row("a", 9), row("m", 4)]).bars] == [
        "z: 1",
        "a: 9",
        "m: 4",
    ]


def test_a_column_of_years_makes_upright_columns_from_left_to_right():
    found = drawn(("year", "n"), [(year(2019), row(2)[0]), (year(2020), row(5)[0])])
    assert found.upright
    assert found.bars[0].x < found.bars[1].x
    assert found.bars[0].height < found.bars[1].height
    assert drawn(("anno", "n"), [row(2019, 2), row(2020, 5)]).upright
    assert not drawn(("count", "n"), [row(2019, 2), row(2020, 5)]).upright


def test_a_year_of_which_nothing_is_known_has_its_empty_place():
    three = drawn(("year", "n"), [(year(each), *row(1)) for each in (2001, 2002, 2005)]).bars
    assert three[2].x - three[1].x == pytest.approx(3 * (three[1].x - three[0].x))
    unsorted = drawn(("year", "n"), [(year(each), *row(1)) for each in (2005, 2001, 2002)]).bars
    assert unsorted[1].x - unsorted[0].x == pytest.approx(unsorted[2].x - unsorted[1].x)


def test_a_negative_number_is_drawn_on_the_other_side_of_zero():
    low, high = drawn(("a", "n"), [row("down", -5), row("up", 5)]).bars
    assert low.x + low.width == pytest.approx(high.x)


def test_columns_of_one_year_and_one_series_stand_side_by_side():
    rows = [(year(2019), *row("a", 1)), (year(2019), *row("a", 2)), (year(2020), *row("b", 3))]
    first, second, _ = drawn(("year", "s", "n"), rows, series="s").bars
    assert second.x >= first.x + first.width


def test_one_bar_is_a_chart_and_zero_has_no_length():
    assert len(drawn(("a", "n"), [row("only", 7)]).bars) == 1
    assert drawn(("a", "n"), [row("zero", 0)]).bars[0].width == 0


def test_a_number_alone_is_drawn_by_its_place():
    assert [mark.text for mark in drawn(("n",), [row(3), row(4)]).labels] == ["1", "2"]


def test_what_has_no_label_is_drawn_and_what_has_no_number_is_counted():
    found = drawn(("a", "n"), [row(None, 1), row("b", None), row("c", 2)])
    assert [mark.text for mark in found.labels] == ["(none)", "c"]
    assert found.left_out == 1


def test_more_bars_than_fit_are_counted():
    found = drawn(("a", "n"), [row(f"l{each}", each) for each in range(200)], count=10_000)
    assert len(found.bars) == chart.MOST_BARS
    assert found.left_out == 10_000 - chart.MOST_BARS


def test_more_series_than_can_be_told_apart_are_counted():
    rows = [row("a", f"s{each}", each) for each in range(chart.MOST_SERIES + 3)]
    found = drawn(("l", "s", "n"), rows, series="s")
    assert (len(found.series), found.left_out) == (chart.MOST_SERIES, 3)


NUMBERS = st.one_of(st.integers(-(10**12), 10**12), st.floats(), st.none())
TEXTS = st.one_of(st.none(), st.text(max_size=60))


@given(st.lists(st.tuples(TEXTS, TEXTS, NUMBERS), max_size=90), st.sampled_from(["", "-", "s"]))
def test_whatever_the_rows_every_bar_is_inside_and_none_is_lost(values, series):
    rows = [row(*each) for each in values]
    choice = chart.choose(("l", "s", "n"), rows, series=series)
    if choice is None:
        assert any(cell is not None and cell.number is None for *_, cell in rows) or all(row[2] is None for row in rows)
        return
    found = chart.draw(("l", "s", "n"), rows, choice, len(rows), "(none)", "{:g}".format)
    assert len(found.bars) + found.left_out == len(rows)
    for bar in found.bars:
        assert -1e-6 <= bar.x <= bar.x + bar.width <= 100 + 1e-6
        assert -1e-6 <= bar.y <= bar.y + bar.height <= found.height


@given(st.floats(-1e9, 1e9, allow_subnormal=False), st.floats(-1e9, 1e9, allow_subnormal=False))
def test_ticks_hold_the_numbers_and_zero_and_are_few(one, other):
    low, high = min(0.0, one, other), max(0.0, one, other)
    ticks = chart.ticks(low, high)
    slack = (high - low) * 1e-6
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 0.0 in ticks
    assert len(ticks) <= 8


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["it", "en"]))
def test_every_number_can_be_written(value, language):
    written = figure(value, language)
    assert written
    assert written != "-0"
