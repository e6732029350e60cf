"""Where the parser stopped reading a query, told so that the place is found: the line, and a caret under the column."""

import re
from dataclasses import dataclass

from passo_lod.namespaces import PREFIXES

_PLACE = re.compile(r"\bat (\d{1,6}):(\d{1,6})\b|\bline (\d{1,6}), column (\d{1,6})\b")
_NAME = re.compile(r"([\w-]*):[\w.-]*$")
_BEFORE, _AFTER = 70, 30
_UNDECLARED = re.compile("Prefix not found|no PREFIX line declares")


@dataclass(frozen=True)
class ErrorExcerpt:
    """A place in a query; the column counts characters."""

    line: int
    column: int
    text: str
    caret: str
    undeclared: str | None = None
    """The prefix that was not declared, where that is what is wrong."""

    @property
    def declaration(self) -> str | None:
        """The line that is missing, where the prefix is one of ours."""
        iri = PREFIXES.get(self.undeclared or "")
        return f"PREFIX {self.undeclared}: <{iri}>" if iri else None


def error_excerpt(query: str, detail: str) -> ErrorExcerpt | None:
    r"""The place that a parser's message names, if it names one that the query has.

    >>> found = fault("SELECT ?x {\n  ?x &\n}", "error at 2:6: expected one of …")
    >>> print(found.text, found.caret, sep="\n")
      ?x &
         ^
    """
    named = _PLACE.search(detail)
    line, column = (int(each) for each in named.groups() if each) if named else (0, 0)
    lines = query.split("\n")
    if not (0 < line <= len(lines) and column > 0):
        return None
    whole = lines[line - 1].removesuffix("\r")
    at = min(column - 1, len(whole))
    name = _NAME.search(whole[:at]) if _UNDECLARED.search(detail) else None
    at = name.start() if name else at
    before, after = whole[max(0, at - _BEFORE) : at], whole[at : at + _AFTER]
    caret = re.sub(r"[^\t]", " ", before) + "^"
    return ErrorExcerpt(line, at + 1, before + after, caret, name[1] if name else None)
