"""The rows of a record depend on the record, vocabulary and places only."""

import random
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, serialize

from passo_lod.release.dump.nquads_sorter import group_by_subject
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.release.tables.row_builder import RowBuilder

BASE = "https://w3id.org/passo/"

Record = Sequence[Quad]


@settings(max_examples=25)  # each builds all rows
@given(st.integers(1, 7), st.integers(0, 2**32))
def test_the_rows_of_a_record_do_not_depend_on_its_batch(
    row_builder: RowBuilder, records: list[Record], size: int, seed: int
) -> None:
    chance = random.Random(seed)
    order = chance.sample(range(len(records)), len(records))
    mixed = [chance.sample(list(records[at]), len(records[at])) for at in order]
    built = [rows for start in range(0, len(mixed), size) for rows in row_builder.rows(mixed[start : start + size])]
    together = row_builder.rows(records)
    assert [rows.as_json() for rows in built] == [together[at].as_json() for at in order]


def test_rows_come_back_as_they_were_serialised(row_builder: RowBuilder, records: list[Record]) -> None:
    for rows in row_builder.rows(records):
        assert RecordRows.from_json(rows.as_json()) == rows


def test_the_lines_about_bodies_are_shared_and_those_about_the_process_are_not(
    row_builder: RowBuilder, records: list[Record]
) -> None:
    for record, rows in zip(records, row_builder.rows(records), strict=True):
        blocks = group_by_subject(serialize(record, format=RdfFormat.N_QUADS) or b"", BASE)
        lines = b"".join(rows.shared_blocks(blocks)).decode().splitlines()
        shared, every = {line[1 : line.index(">")] for line in lines}, {quad.subject.value for quad in record}  # type: ignore[union-attr]
        assert all("/process/" in each for each in every - shared)
        assert not any("/process/" in each for each in shared)


def test_no_label_of_a_body_is_in_the_rows(row_builder: RowBuilder, records: list[Record]) -> None:
    for rows in row_builder.rows(records):
        for row in rows.rows.get("process_organisations", ()):
            assert row.csv[-1] == ""
            assert len(row.deferred) == 1
