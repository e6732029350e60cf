"""Type of a converter from a source text to an RDF term, for the modules `*_converters` and their callers."""

from collections.abc import Callable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

Term = NamedNode | Literal


class ConversionError(ValueError):
    """A text is not written in the notation that the converter reads; the message says what is wrong, as "it is …"."""


@dataclass(frozen=True)
class Converter:
    """A function from a text to a term, with what messages say of it.

    Attributes:
        convert: returns None if a text rightly has no term; raises `ConversionError`.
        kind: what the text should be, to follow "cannot be read as".
        example: a text that converts.
    """

    convert: Callable[[str], Term | None]
    kind: str
    example: str
