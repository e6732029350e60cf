"""Recognise a cross table, whose columns are years or categories and whose cells are numbers: it lists no processes."""

import re
from collections.abc import Callable, Sequence

from passo_lod.drafting.column_evidence import ColumnEvidence, KnownValues
from passo_lod.drafting.sample import Sample
from passo_lod.errors import SourceError
from passo_lod.text_folding import printable_path

_MIN_HEADINGS = 3
"""Columns of one kind that make a cross table."""

_MAX_OTHERS = 2
"""Further columns, which say what the rows are, beside a total."""

_YEAR = re.compile(r"(?:19|20)\d\d(?:\s?[-/–]\s?(?:19|20)?\d\d)?")
_NUMBER = re.compile(r"[-+]?[\d.,\s\u00a0']*\d\s?[%€$£]?|[xX✓✔]")
_TOTAL = re.compile(r"(?i)(?:grand )?tot(?:al[ei]?|al|aux|als)?|totale.*|gesamt|summe|somma|sum")


def check_no_cross_table(sample: Sample, columns: Sequence[ColumnEvidence]) -> None:
    """Check that the columns of a table are properties of a process.

    Raises:
        SourceError: they are years or categories with a number in each cell; says how to make a list of it.
    """
    if sample.reader != "table":
        return
    counted = [each for each in columns if not _TOTAL.fullmatch(each.name)]
    for kind, is_heading in _headings(columns[0].known):
        found = [each for each in counted if is_heading(each.name) and _has_numbers(each)]
        others = [each.name for each in counted if each not in found]
        if len(found) >= _MIN_HEADINGS and len(others) <= _MAX_OTHERS:
            shown = ", ".join(each.name for each in found[:3])
            rows = f" for each {others[0]}" if others else ""
            raise SourceError(
                f"{printable_path(sample.files[0])}: is a cross table: its columns are {kind} ({shown}, …) with a number{rows} in each"
                " cell. A source lists processes, one in a row, and its columns are what is known of each: its title, body,"
                " dates, cost. Look for the list from which these numbers were counted; this table has no processes"
            )


def _headings(known: KnownValues) -> list[tuple[str, Callable[[str], bool]]]:
    """The kinds of headings of cross tables, each with its test."""

    def is_concept(name: str) -> bool:
        return any(known.schemes[code].find(name) is not None for code in known.schemes.codes if code != "answer")

    def is_place(name: str) -> bool:
        return any(known.places.candidates(name, None, kind) for kind in ("country", "region", "province"))

    return [
        ("years", lambda name: _YEAR.fullmatch(name) is not None),
        ("places", is_place),
        ("categories", is_concept),
    ]


def _has_numbers(column: ColumnEvidence) -> bool:
    """Whether every value is a number or a tick; without any value nothing contradicts it."""
    return all(_NUMBER.fullmatch(text) for text in column.distinct)
