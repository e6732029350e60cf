"""Cut out the place of a syntax error from a query: the line, and a caret under the column that the parser's message names."""

import re
from dataclasses import dataclass

from passo_lod.namespaces import PREFIXES

_POSITION = re.compile(r"\bat (\d{1,6}):(\d{1,6})\b|\bline (\d{1,6}), column (\d{1,6})\b")
_PREFIXED_NAME = re.compile(r"(?<![\w-])([\w-]*+):[\w.-]*+$")
_PREFIX_HERE = re.compile(r"([\w-]*+):")
_BEFORE, _AFTER = 70, 30
_UNDECLARED_PREFIX = re.compile("Prefix not found|no PREFIX line declares")
"""The place is before the name in messages of this program, and behind it in those of a parser."""


@dataclass(frozen=True)
class ErrorExcerpt:
    """A place in a query.

    Attributes:
        line: from 1.
        column: in characters, from 1.
        text: the line, or the part around the place.
        caret: spaces and a caret, to stand below the text.
        undeclared_prefix: the prefix that was not declared, if that is the error.
    """

    line: int
    column: int
    text: str
    caret: str
    undeclared_prefix: str | None = None

    @property
    def declaration(self) -> str | None:
        """The missing declaration, if the project has such a prefix."""
        iri = PREFIXES.get(self.undeclared_prefix or "")
        return f"PREFIX {self.undeclared_prefix}: <{iri}>" if iri else None


def error_excerpt(query: str, detail: str) -> ErrorExcerpt | None:
    r"""The place that a parser's message names; None if it names none that the query has.

    >>> excerpt = error_excerpt("SELECT ?x {\n  ?x &\n}", "error at 2:6: expected one of …")
    >>> print(excerpt.text, excerpt.caret, sep="\n")
      ?x &
         ^
    """
    found = _POSITION.search(detail)
    line, column = (int(number) for number in found.groups() if number) if found else (0, 0)
    lines = query.split("\n")
    if not (0 < line <= len(lines) and column > 0):
        return None
    text = lines[line - 1].removesuffix("\r")
    position = min(column - 1, len(text))
    name = None
    if _UNDECLARED_PREFIX.search(detail):
        name = _PREFIX_HERE.match(text, position) or _PREFIXED_NAME.search(text[:position])
    position = name.start() if name else position
    before, after = text[max(0, position - _BEFORE) : position], text[position : position + _AFTER]
    caret = re.sub(r"[^\t]", " ", before) + "^"
    return ErrorExcerpt(line, position + 1, before + after, caret, name[1] if name else None)
