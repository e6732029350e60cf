"""Show characters that a reader would not see, or that would change the order of what follows: for pages, reports and the terminal."""

import re

_CONTROL_CHARACTERS = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)


def escape_controls(text: str) -> str:
    r"""A text whose control characters are shown by their code points.

    >>> escape_controls("a\u202eb")
    'a⟨U+202E⟩b'
    """
    return _CONTROL_CHARACTERS.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)
