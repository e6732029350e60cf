"""A SPARQL query as the terminals of its grammar (SPARQL 1.1, 19.8), each with its place, and edits to it.

`guard.py` scans for what is forbidden and passes over operators; a path is made of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

_TOKEN = re.compile(
    r'''
      (?P<space>    \s+ | \#[^\r\n]* )
    | (?P<string>   """(?:[^"\\]|\\.|"(?!""))*+""" | \'\'\'(?:[^'\\]|\\.|'(?!''))*+\'\'\'
                  | "(?:[^"\\\r\n]|\\.)*+" | '(?:[^'\\\r\n]|\\.)*+' )
    | (?P<iri>      <[^<>"{}|^`\x00-\x20]*+> )
    | (?P<variable> [?$]\w+ )
    | (?P<blank>    _:\w(?:\.*[\w-])*+ )
    | (?P<language> @[A-Za-z0-9-]+ )
    | (?P<name>     (?:\w(?:\.*[\w-])*+)?:(?:\.*(?:[\w:-]|%[0-9A-Fa-f]{2}|\\[^uU\s]))*+ )
    | (?P<number>   [+-]?(?:\d*\.\d+|\d+\.?(?=[eE])|\d+)(?:[eE][+-]?\d+)? )
    | (?P<word>     [A-Za-z_]\w* )
    | (?P<mark>     \^\^ | << | >> | \{\| | \|\} | && | \|\| | . )
    ''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One terminal: its kind is the name of a group in the pattern; a mark and a keyword are their own kind.

    A keyword is told by its letters in capitals, except `a`, which is one in small letters alone.
    """

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def tokens(query: str) -> Iterator[Token]:
    """The terminals of a query, without spaces and comments, and `end` after the last.

    >>> [token.kind for token in tokens("select * { x:s x:p*/^a ?o } # all")]
    ['SELECT', '*', '{', 'name', 'name', '*', '/', '^', 'a', 'variable', '}', 'end']
    """
    for match in _TOKEN.finditer(query):
        kind, text = str(match.lastgroup), match[0]
        if kind == "word":
            kind = text if text == "a" else text.upper()
        elif kind == "mark":
            kind = text
        if kind != "space":
            yield Token(kind, text, match.start())
    yield Token("end", "", len(query))


class TextEdit(NamedTuple):
    """What stands between two places of a text is to be something else."""

    start: int
    end: int
    text: str


def applied(text: str, edits: list[TextEdit], start: int = 0, end: int | None = None) -> str:
    """A stretch of a text with its edits, which do not overlap."""
    borders = [
        TextEdit(start, start, ""),
        *sorted(edits, key=lambda edit: edit[:2]),
        TextEdit(len(text) if end is None else end, 0, ""),
    ]
    return "".join(text[one.end : other.start] + other.text for one, other in pairwise(borders))
