"""Write cells as CSV (RFC 4180), once safe for spreadsheets and once with all texts unchanged, from which Parquet is made.

Excel takes UTF-8 for another encoding unless the file begins with a byte order mark. A spreadsheet executes a text that looks like a
formula, so `escape_formula` puts an apostrophe before it (docs/downloads.md says how to remove it).
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

_FORMULA = re.compile(r"(^|[;\t\r\n])('*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""Where a cell may begin with a formula: an Italian spreadsheet that opens the file by double click also splits at semicolons."""

_FORMULA_AT_START = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_FORMULA_LATER = re.compile(r"[;\t\r\n]'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def escape_formula(text: str) -> str:
    """Put an apostrophe wherever a spreadsheet would take a text for a formula (OWASP, CSV injection).

    >>> escape_formula("=1+1"), escape_formula("a;=1+1"), escape_formula("'=1"), escape_formula("1-1")
    ("'=1+1", "a;'=1+1", "''=1", '1-1')
    """
    # These two patterns are tried first because they are faster: re looks for their first characters as a set.
    return _FORMULA.sub(r"\1'\2", text) if _FORMULA_AT_START.match(text) or _FORMULA_LATER.search(text) else text


Cell = str | int | Decimal | date | None


def csv_line(cells: Iterable[Cell]) -> tuple[str, str]:
    """Write cells as part of a line.

    Returns:
        The part with formulas escaped, and the part with all texts unchanged.

    >>> csv_line(["=1", None, Decimal("2.50")])
    ("'=1,,2.5", '=1,,2.5')
    """
    escaped, raw = [], []
    for cell in cells:
        text = cell_text(cell)
        raw.append(_quote(text))
        escaped.append(_quote(escape_formula(text)) if isinstance(cell, str) else raw[-1])
    return ",".join(escaped), ",".join(raw)


def cell_text(cell: Cell) -> str:
    """Write one cell: empty for None, dates as in ISO 8601, numbers with a decimal point and without trailing zeros."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(cell)


def _quote(text: str) -> str:
    """Quote a text that contains a comma, a quote or a line break (RFC 4180, 2)."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


_NEEDS_QUOTES = re.compile(r'[",\r\n]')


def as_json(document: object) -> bytes:
    """Serialise a document as indented JSON."""
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
