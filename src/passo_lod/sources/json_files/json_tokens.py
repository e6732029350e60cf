"""Find brackets outside quotes in JSON text, for the readers that cut a file into records before they parse them."""

import json
import re

KeyPath = tuple[str, ...]
"""The keys that lead to a value, without the positions in lists."""

MAX_DEPTH = 100
"""Objects and lists nested in one another in one record; deeper nesting exhausts a parser's stack."""

# A quoted text ends at its line's end at the latest: otherwise, after one missing quote, all texts would be read as structure.
QUOTED = re.compile(r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+(?:"|(?=\\?\n))')
UP_TO_BRACKET = re.compile(rf'(?:[^"\[\]{{}}]++|{QUOTED.pattern})*+')
UP_TO_BRACKET_OR_COMMA = re.compile(rf'(?:[^"\[\]{{}},]++|{QUOTED.pattern})*+')
WHITE_SPACE = re.compile(r"[ \t\r\n]*+")


def nesting_depth(text: str) -> int:
    """How deep objects and lists of a JSON text are nested.

    >>> nesting_depth('{"a": [1, "[["]}')
    2
    """
    depth = deepest = at = 0
    text += "\n"  # ends a quoted text that is not closed
    while (at := UP_TO_BRACKET.match(text, at).end()) < len(text):  # type: ignore[union-attr]
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(text[at], 0)
        deepest = max(deepest, depth)
        at += 1
    return deepest


# The closing quote is optional for linear time only: these texts are those that the parser has accepted.
_KEY_OR_BRACKET = re.compile(r'("[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"?)(\s*+:)?|[{}\[\]\n]')


def lines_of_keys(text: str, first: int) -> dict[KeyPath, int]:
    r"""The line of each key of a JSON text; in a list, that of the first item that has it.

    >>> lines_of_keys('{"a": 1,\n "b": [{"c": 2},\n {"d": "{"}]}', 7)
    {('a',): 7, ('b',): 8, ('b', 'c'): 8, ('b', 'd'): 9}

    Args:
        text: of one object, which the parser accepts.
        first: the line of its first character (from 1).
    """
    lines: dict[KeyPath, int] = {}
    paths: list[KeyPath] = []  # of the objects and lists around the cursor
    line = first
    current: KeyPath = ()
    for token in _KEY_OR_BRACKET.finditer(text):
        character = token[0]
        if character in "{[":
            paths.append(current)
        elif character in "}]":
            current = paths.pop()
        elif token[2] is not None:
            current = (*paths[-1], json.loads(token[1]))
            lines.setdefault(current, line)
            line += token[2].count("\n")
        elif character == "\n":
            line += 1
    return lines
