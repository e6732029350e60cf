"""Rows of a sorted table are found by their first cell, whatever it contains, and without reading the table."""

import csv
import io
import math
import string
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from passo_lod.release.tables.csv_cells import csv_line
from passo_lod.release_layout import BYTE_ORDER_MARK
from passo_lod.store.sorted_table import SortedTable

KEYS = st.text(alphabet=string.ascii_letters + string.digits + ",'\"=-@; è", max_size=4)


def table_of(rows: list[tuple[str, str]]) -> bytes:
    lines = ["record,field", *(csv_line(row)[0] for row in sorted(rows))]
    return BYTE_ORDER_MARK + "".join(f"{line}\r\n" for line in lines).encode()


@given(st.lists(st.tuples(KEYS, KEYS), max_size=30), KEYS)
@example([("a", "1"), ("a'", "2"), ("a,", "3"), ("a-", "4")], "a")
@example([("", "1"), ("a", "=1")], "")
@example([("'=a", "x"), ("=a", "'@y")], "=a")
def test_the_rows_with_a_key_are_found_as_they_were_written(rows: list[tuple[str, str]], key: str) -> None:
    table = SortedTable(table_of(rows))
    for each in {key, *(first for first, _ in rows)}:
        expected = [{"record": first, "field": second} for first, second in sorted(rows) if first == each]
        assert list(table.rows(each)) == expected


def test_rows_are_extracted_as_a_table_of_their_own() -> None:
    rows = [("a", "@title"), ("b", "=1"), ("b", "x,y"), ("c", "z")]
    text = SortedTable(table_of(rows)).extract("b").decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["record", "field"], ["b", "'=1"], ["b", "x,y"]]


def test_an_empty_file_and_a_table_without_rows_have_none() -> None:
    assert list(SortedTable(b"").rows("a")) == []
    assert list(SortedTable(table_of([])).rows("a")) == []


class ReadBytes(bytes):
    """Bytes that count how many of them are read."""

    read = 0

    def __getitem__(self, part: Any) -> Any:
        found = super().__getitem__(part)
        if isinstance(part, slice):
            type(self).read += len(found)
        return found


def test_a_look_up_reads_lines_in_proportion_to_the_logarithm_of_the_table() -> None:
    rows = [(f"xx-{n:06}", "field") for n in range(100_000)]
    data = ReadBytes(table_of(rows))
    table = SortedTable(data)
    ReadBytes.read = 0
    assert len(list(table.rows("xx-054321"))) == 1
    assert ReadBytes.read < (math.log2(len(data)) + 5) * 40
