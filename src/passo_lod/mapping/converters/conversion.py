"""Type of a converter from a source text to an RDF term, for the modules `*_converters` and their callers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from passo_lod.messages.localised_text import CatalogueText, Values

Term = NamedNode | Literal
Convert = Callable[[str], Term | None]
"""A function from a text to a term; it returns None if a text rightly has no term, and raises `ConversionError`."""


class ConversionError(ValueError):
    """A text is not written in the notation that the converter reads.

    Args:
        key: of the message that says what is wrong, as a clause.
        values: its placeholders.
    """

    def __init__(self, key: str, values: Values | None = None) -> None:
        self.problem = CatalogueText.of(key, values)
        super().__init__(self.problem.text("en"))


class AmbiguityError(ConversionError):
    """A text has two readings, between which only the convention of its column decides."""


class UncertainError(ConversionError):
    """A text is written as it should be, and yet gives no certain value."""


@dataclass(frozen=True)
class Convention:
    """What decides between the readings of a text that has two, stated for a whole column.

    Attributes:
        key: the key of a line in mapping.yaml that states it.
        converts: the converter by each value of the key.
        shown_by: returns the value of the key that a text shows by itself; None if it agrees with both.
    """

    key: str
    converts: Mapping[str, Convert]
    shown_by: Callable[[str], str | None]


@dataclass(frozen=True)
class Converter:
    """A function from a text to a term, with what messages say of it.

    Attributes:
        convert: reads texts that have one reading only, if the converter has a convention.
        kind: what the text should be, a key below `convert.kind`.
        example: a text that converts.
        convention: decides between two readings; None if no text has two.
    """

    convert: Convert
    kind: str
    example: str
    convention: Convention | None = None

    def by(self, convention: str | None) -> Convert:
        """The function that reads texts by a value of the convention's key; by None, texts with one reading only."""
        return self.convert if self.convention is None or convention is None else self.convention.converts[convention]
