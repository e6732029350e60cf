"""Cells are written as RFC 4180 says, and no text becomes a formula in a spreadsheet."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from passo_lod.release.tables.csv_cells import Cell, csv_line, escape_formula

DOCUMENTED = (Path(__file__).resolve().parents[3] / "docs" / "downloads.md").read_text(encoding="utf-8")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.lists(TEXTS | st.sampled_from([",", '"', "\r", "\n", "a b", " a", ";"]), min_size=2, max_size=4))
def test_a_line_is_what_the_standard_library_writes(texts: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(texts)
    assert csv_line(texts)[1] + "\r\n" == file.getvalue()


# --- Formulas -------------------------------------------------------------------------------------------------------------

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
TRICKY = st.text(st.sampled_from("=+-@\t\r\n';, ＝ab1"), max_size=12) | st.text(max_size=20)


def unescape_formula(text: str) -> str:
    """Restore a text as docs/downloads.md tells readers to."""
    (pattern,) = re.findall(r"^`(\(\^.*)` matches", DOCUMENTED, re.MULTILINE)
    return re.sub(pattern, r"\1\2", text)


@given(TRICKY)
@example('=HYPERLINK("https://evil.example")')
@example("'=1")
@example("a;=1")
def test_no_text_begins_a_formula_and_each_can_be_restored_as_documented(text: str) -> None:
    escaped = escape_formula(text)
    assert unescape_formula(escaped) == text
    assert not escaped.startswith(ACTIVE)
    # An Italian spreadsheet that opens the file by double click splits it here.
    assert not any(part.startswith(("=", "+", "-", "@")) for part in re.split(r"[;\t\r\n]", escaped))


@given(TRICKY, TRICKY)
def test_two_texts_stay_different(one: str, other: str) -> None:
    assert (escape_formula(one) == escape_formula(other)) == (one == other)


def test_numbers_and_dates_are_not_escaped() -> None:
    row: tuple[Cell, ...] = ("-1+1", -5, Decimal("-10000.00"), date(2020, 2, 21), 2020)
    assert csv_line(row)[0] == "'-1+1,-5,-10000,2020-02-21,2020"
