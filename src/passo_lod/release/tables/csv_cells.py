"""Write flat tables as CSV, for spreadsheets, and as Parquet, for programs: the same cells in both.

CSV is RFC 4180 in UTF-8 with a byte order mark, without which Excel takes it for another encoding. Before a text that a
spreadsheet would take for a formula stands an apostrophe (`escape_formula`, undone by `original`); Parquet has all texts as they are.
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

BYTE_ORDER_MARK = "\ufeff"

_FORMULA = re.compile(r"(^|[;\t\r\n])('*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""Where a cell may begin: also behind what an Italian spreadsheet cuts at, if the file is opened by a double click."""

_AT_FIRST = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_LATER = re.compile(r"[;\t\r\n]'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def escape_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> neutral("=1+1"), neutral("a;=1+1"), neutral("'=1"), neutral("1-1")
    ("'=1+1", "a;'=1+1", "''=1", '1-1')
    """
    # Asked first because it is quick: a pattern that begins with a set of characters is looked for by these.
    return _FORMULA.sub(r"\1'\2", text) if _AT_FIRST.match(text) or _LATER.search(text) else text


def original(text: str) -> str:
    """The text that `escape_formula` was given.

    >>> original("'=1+1"), original("'tis")
    ('=1+1', "'tis")
    """
    return _NEUTRAL.sub(r"\1\2", text)


_NEUTRAL = re.compile(_FORMULA.pattern.replace("('*)", "'('*)"))


Cell = str | int | Decimal | date | None


def csv_line(cells: Iterable[Cell]) -> tuple[str, str]:
    """Cells as part of a line: for spreadsheets, and with all texts as they are.

    >>> line(["=1", None, Decimal("2.50")])
    ("'=1,,2.5", '=1,,2.5')
    """
    safe, raw = [], []
    for cell in cells:
        text = cell_text(cell)
        raw.append(_field(text))
        safe.append(_field(escape_formula(text)) if isinstance(cell, str) else raw[-1])
    return ",".join(safe), ",".join(raw)


def cell_text(cell: Cell) -> str:
    """A cell as text: nothing for none, dates as in ISO 8601, numbers with a point and no more digits than they have."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(cell)


def _field(text: str) -> str:
    """A text as RFC 4180 has it: in quotes where a comma, a quote or a line break is in it."""
    return '"' + text.replace('"', '""') + '"' if _QUOTING.search(text) else text


_QUOTING = re.compile(r'[",\r\n]')


def as_json(document: object) -> bytes:
    """A document as indented JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
