"""What the legend of a drawing names, and where a drawing puts what lies between its left and its right edge."""

from dataclasses import dataclass

PLOT_WIDTH = 852.0
"""Units between the left and the right edge of a drawing in an image."""


@dataclass(frozen=True)
class LegendItem:
    """A mark, and what it means.

    Attributes:
        mark: `series` or `shade` (each with its number), `heading` (no mark), `dot`, `few`, `band`, `beyond`, `yes`, `no`, `map-few`, `map-ringed` or `no-data`.
        number: of a series or a shade.
    """

    mark: str
    text: str
    number: int = 0


@dataclass(frozen=True)
class AxisTick:
    """A number on an axis, and its place between the start of the axis, 0, and its end, 100."""

    text: str
    position: float


@dataclass(frozen=True)
class DrawingFrame:
    """Writes horizontal positions for SVG: in per cent of any width, for a page, or in units, for an image.

    Attributes:
        left: where a position of 0 is, in units.
        width: between the positions 0 and 100, in units; None for per cent.
    """

    left: float = 0.0
    width: float | None = None

    def x(self, position: float) -> str:
        """A position."""
        return f"{position:.5g}%" if self.width is None else f"{self.left + position * self.width / 100:.5g}"

    def extent(self, share: float) -> str:
        """The difference of two positions."""
        return f"{share:.5g}%" if self.width is None else f"{share * self.width / 100:.5g}"


MARKERS = (
    "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
    "M-4-4h8v8h-8z",
    "M0-5.5l5.5 9.5h-11z",
    "M0-6l5.5 6-5.5 6-5.5-6z",
    "M0 5.5l5.5-9.5h-11z",
    "M-1.8-5.5h3.6v3.7h3.7v3.6h-3.7v3.7h-3.6v-3.7h-3.7v-3.6h3.7z",
    "M-5.5-2.5h11v5h-11z",
    "M-2.5-5.5h5v11h-5z",
)
"""The shapes of the points of each line as path data, so that lines are told apart without their colours."""
