"""Estimate the width of texts in drawings, whose fonts are those of the reader: at least that of DejaVu Sans, the widest usual one."""

from collections.abc import Iterator

_WIDTHS = {
    "iIjJlı|'’!": 0.32,
    " .,:;·": 0.34,
    "frt()[]/-": 0.45,
    "cszkvxyzae": 0.62,
    "mMW%@—…": 1.0,
    "wNODGQCHUK=≥<>+": 0.84,
}
_OTHER_CAPITAL, _OTHER = 0.76, 0.65
_WIDTH_OF = {letter: width for letters, width in _WIDTHS.items() for letter in letters}


def text_width(text: str, size: float) -> float:
    """The most that a text takes, in the unit of its size.

    >>> text_width("", 10), round(text_width("Emilia-Romagna", 14))
    (0, 122)
    """
    return size * sum(_WIDTH_OF.get(each, _OTHER_CAPITAL if each.isupper() else _OTHER) for each in text)


def fitted(text: str, width: float, size: float) -> str:
    """A text, cut with an ellipsis if it is wider than that.

    >>> fitted("Emilia-Romagna", 80, 14), fitted("Lazio", 80, 14)
    ('Emilia-R…', 'Lazio')
    """
    if text_width(text, size) <= width:
        return text
    while text and text_width(f"{text}…", size) > width:
        text = text[:-1].rstrip()
    return f"{text}…"


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The lines of a text that are at most so wide; a word that is wider is cut between two letters.

    >>> wrapped("processes by region", 90, 14)
    ['processes', 'by region']
    """
    lines: list[str] = []
    for word in _words(text, width, size):
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _words(text: str, width: float, size: float) -> Iterator[str]:
    for word in text.split():
        rest = word
        while len(rest) > 1 and text_width(rest, size) > width:
            end = next(end for end in range(len(rest) - 1, 0, -1) if end == 1 or text_width(rest[:end], size) <= width)
            yield rest[:end]
            rest = rest[end:]
        yield rest
