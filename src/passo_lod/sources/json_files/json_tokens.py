"""Find brackets outside quotes in JSON text, for the readers that cut a file into records before they parse them."""

import re

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
