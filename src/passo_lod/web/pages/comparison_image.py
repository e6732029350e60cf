"""Draw a comparison as an SVG image of its own, with title, filters, denominators, source, licences, release and address, because people pass images on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.declarations import MeasureKind
from passo_lod.comparison.evidence import REASONS
from passo_lod.messages.message_catalogue import count_text, message
from passo_lod.web.pages.comparison_chart import RowsChart
from passo_lod.web.pages.comparison_drawing import Drawing
from passo_lod.web.pages.comparison_map import ComparisonMap
from passo_lod.web.pages.drawing_legend import MARKERS, PLOT_WIDTH, DrawingFrame, LegendItem
from passo_lod.web.pages.figure_texts import reason_texts, ungrouped_texts
from passo_lod.web.pages.heat_table import HeatTable
from passo_lod.web.pages.page_templates import TEMPLATES, in_language
from passo_lod.web.pages.text_width import fitted, text_width, wrapped

MARGIN, INNER = 24.0, PLOT_WIDTH
WIDTH = INNER + 2 * MARGIN
ROW_HEIGHT, SPACE = 42.0, 14.0
CELL_HEIGHT, HIGH_CELL_HEIGHT = 24.0, 40.0
"""Of a table without and with the number of known values in its cells."""
MOST_TABLE_ROWS = 40
_TITLE, _TEXT, _SMALL = 20.0, 13.0, 12.0
_BOLD = 1.12
"""How much wider bold texts are."""
_MARK_WIDTH = 28.0
_NAMES_WIDTH = 230.0
_LONGEST_HEAD = 150.0

STYLE = (
    "text{fill:#1b2733;font-size:13px}.title{font-size:20px;font-weight:bold}.soft,.tick{fill:#51606e}.tick,.value,.small{font-size:12px}"
    ".label{font-size:14px}.figure{font-weight:bold}.soft{fill:#51606e}.grid{stroke:#d5dce2}.zero{stroke:#51606e}"
    ".s0,.dot{fill:#0b5a8a}.s1{fill:#d55e00}.s2{fill:#00856a}.s3{fill:#c0569c}.s4{fill:#8a6d00}.s5{fill:#4d4d4d}.s6{fill:#56a5dc}.s7{fill:#7a2f12}"
    ".line{stroke-width:2.2;fill:none}.dashed{stroke-dasharray:5 4}.l0,.f0{stroke:#0b5a8a}.l1,.f1{stroke:#d55e00}.l2,.f2{stroke:#00856a}"
    ".l3,.f3{stroke:#c0569c}.l4,.f4{stroke:#8a6d00}.l5,.f5{stroke:#4d4d4d}.l6,.f6{stroke:#56a5dc}.l7,.f7{stroke:#7a2f12}"
    ".few{fill:#ffffff;stroke-width:1.8}circle.few{stroke:#0b5a8a}circle.dot{fill-opacity:.75}.band{fill:#9ac3e0}.median{fill:#0b3c5a}.median-line{stroke:#0b3c5a;stroke-width:3}"
    ".h0{fill:#ffffff}.h1{fill:#dcebf6}.h2{fill:#b3d3ea}.h3{fill:#7fb2d7}.h4{fill:#3579ab}.h5{fill:#0f4f80}.dark{fill:#ffffff}"
    ".sea{fill:#ffffff}.land,.area{fill:#e3e5e7}.land,.outline{stroke:#ffffff;stroke-width:0.7}.hatched{fill:#f4f5f6}.hatch{stroke:#b4bcc4;stroke-width:1.6}"
    ".spot{stroke:#51606e;stroke-width:1.2}.ringed{stroke:#1b2733;stroke-width:1.6}"
)
"""The rules of style.css that drawings need, for a light background."""


@dataclass(frozen=True)
class ImageTexts:
    """What an image says beside its drawing.

    Attributes:
        filters: each in words.
        source: the publisher, the release and the licences.
        address: of the comparison.
    """

    title: str
    filters: tuple[str, ...]
    source: str
    address: str


@dataclass(frozen=True)
class ImageText:
    """A line of text: its class is `title`, `soft` or `small`, which give its size."""

    text: str
    x: float
    y: float
    style: str = "soft"


@dataclass(frozen=True)
class PlacedItem:
    """An item of the legend and the middle of its mark; its text is beside it."""

    item: LegendItem
    x: float
    y: float


@dataclass(frozen=True)
class PlacedPanel:
    """A map and where it is: its upper left corner, and the scale of its drawing."""

    number: int
    x: float
    y: float
    scale: float


def comparison_image(answered: AnsweredComparison, drawing: Drawing, texts: ImageTexts, language: str) -> bytes:
    """The image in UTF-8.

    Args:
        answered: the comparison.
        drawing: of it, in the same language.
        texts: what the image says beside the drawing.
        language: of the reader.
    """
    heading, y = _lines_below(texts.title, "title", 0.0)
    for text in (_denominators(answered, language), "; ".join(texts.filters)):
        lines, y = _lines_below(text, "soft", y)
        heading += lines
    legend, y = _placed_legend(drawing.legend, y + 6)
    top = y + SPACE
    height, panels = _drawn_height(drawing, top)
    y = top + height + 4
    footing: list[ImageText] = []
    for text in (" ".join(_notes(drawing, language)), texts.source, texts.address):
        lines, y = _lines_below(text, "small", y)
        footing += lines
    content = TEMPLATES.get_template("comparison.svg").render(
        language=language,
        texts=[*heading, *footing],
        description=" ".join(each.text for each in [*heading[1:], *footing]),
        title=texts.title,
        legend=legend,
        drawing=drawing,
        panels=panels,
        heat=_heat_layout(drawing) if isinstance(drawing, HeatTable) else None,
        frame=DrawingFrame(MARGIN, INNER),
        top=top,
        size=(WIDTH, round(y + SPACE)),
        fitted=fitted,
        text_width=text_width,
        markers=MARKERS,
        reasons=REASONS,
        style=STYLE,
    )
    return content.encode()


def _lines_below(text: str, style: str, y: float) -> tuple[list[ImageText], float]:
    """The lines of a text, and the height below them."""
    size = {"title": _TITLE * _BOLD, "soft": _TEXT, "small": _SMALL}[style]
    found = []
    for line in wrapped(text, INNER, size):
        y += size + 5
        found.append(ImageText(line, MARGIN, round(y, 1), style))
    return found, y


def _denominators(answered: AnsweredComparison, language: str) -> str:
    """How many processes there are, of how many the value is known, and how many are in no group."""
    table, comparison = answered.table, answered.comparison
    processes = f"{count_text(table.total.all, language)} {message('page.processes', language).lower()}"
    if comparison.measure.kind not in (MeasureKind.PROCESSES, MeasureKind.RATE):
        known = count_text(table.total.known, language)
        reasons = _listed(reason_texts(table.total.absent, language), language)
        processes = (
            f"{known} {message('page.compare-known-of', language)} {processes}{f': {reasons}' if reasons else ''}"
        )
    parts = [f"{processes}."]
    for dimension, figures in ((comparison.by, table.by_group), (comparison.series, table.by_series)):
        if dimension and (found := ungrouped_texts(figures, language)):
            name = in_language(dimension.labels, (language,))
            parts.append(f"{message('page.compare-without', language, name=name)} {_listed(found, language)}.")
    return " ".join(parts)


def _listed(counted: Sequence[tuple[str, int]], language: str) -> str:
    return "; ".join(f"{count_text(count, language)} {text}" for text, count in counted)


def _placed_legend(items: Sequence[LegendItem], y: float) -> tuple[list[PlacedItem], float]:
    """The items in lines, and the height below them."""
    if not items:
        return [], y
    x, y = MARGIN, y + 14
    placed = []
    for item in items:
        width = text_width(item.text, _TEXT) + (_MARK_WIDTH if item.mark != "heading" else 0)
        if x > MARGIN and x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + 20
        placed.append(PlacedItem(item, x + 10, y))
        x += width + 18
    return placed, y + 8


def _drawn_height(drawing: Drawing, top: float) -> tuple[float, list[PlacedPanel]]:
    """The height of the drawing, and where its maps are."""
    if isinstance(drawing, ComparisonMap):
        panels = []
        y = top
        for number, panel in enumerate(drawing.panels):
            y += 20 if len(drawing.panels) > 1 else 0
            scale = INNER * panel.share / WIDTH
            panels.append(PlacedPanel(number, MARGIN, y, scale))
            y += panel.height * scale + SPACE
        return y - top, panels
    if isinstance(drawing, HeatTable):
        layout = _heat_layout(drawing)
        return layout.head + layout.cell * len(layout.rows), []
    if isinstance(drawing, RowsChart):
        return (20 if drawing.ticks else 0) + ROW_HEIGHT * len(drawing.rows), []
    return drawing.height, []


@dataclass(frozen=True)
class HeatLayout:
    """Where the columns and rows of a table are: the heights of its head and of a cell, the widths of its names and of a column."""

    head: float
    cell: float
    names: float
    column: float
    rows: tuple[tuple[str, str, tuple[object, ...]], ...]


def _heat_layout(table: HeatTable) -> HeatLayout:
    column = min((INNER - _NAMES_WIDTH) / len(table.columns), 120.0)
    longest = max(text_width(name, _SMALL) for _, name in table.columns)
    has_counts = any(cell and cell.known for _, _, cells in table.rows for cell in cells)
    height = HIGH_CELL_HEIGHT if has_counts else CELL_HEIGHT
    return HeatLayout(min(longest, _LONGEST_HEAD) + 10, height, _NAMES_WIDTH, column, table.rows[:MOST_TABLE_ROWS])


def _notes(drawing: Drawing, language: str) -> Iterator[str]:
    yield from drawing.notes
    if isinstance(drawing, HeatTable) and len(drawing.rows) > MOST_TABLE_ROWS:
        yield message("page.compare-not-drawn", language, count=len(drawing.rows) - MOST_TABLE_ROWS)
