"""Type of a converter from a source text to an RDF term, for the modules `*_converters` and their callers."""

from collections.abc import Callable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from passo_lod.messages.localised_text import CatalogueText, Values

Term = NamedNode | Literal


class ConversionError(ValueError):
    """A text is not written in the notation that the converter reads.

    Args:
        key: of the message that says what is wrong, as a clause.
        values: its placeholders.
    """

    def __init__(self, key: str, values: Values | None = None) -> None:
        self.problem = CatalogueText.of(key, values)
        super().__init__(self.problem.text("en"))


@dataclass(frozen=True)
class Converter:
    """A function from a text to a term, with what messages say of it.

    Attributes:
        convert: returns None if a text rightly has no term; raises `ConversionError`.
        kind: what the text should be, a key below `convert.kind`.
        example: a text that converts.
    """

    convert: Callable[[str], Term | None]
    kind: str
    example: str
