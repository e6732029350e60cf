"""Each kind of drawing of a comparison is as expected, letter by letter, on invented evidence; and no text leaves the image or meets another.

`python -m pytest tests/web/pages/test_comparison_images.py --accept images` writes `golden/*.svg` again, for looking at.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passo_lod.comparison.answer_rows import Name
from passo_lod.comparison.answers import AnsweredComparison
from passo_lod.comparison.declarations import Dimension, Measure, MeasureKind
from passo_lod.comparison.evidence import REASONS, Amount, ProcessEvidence
from passo_lod.comparison.evidence_query import Comparison, Years
from passo_lod.comparison.figures import cross_table
from passo_lod.web.pages.comparison_drawing import CHART, MAP, comparison_drawing
from passo_lod.web.pages.comparison_image import STYLE, ImageTexts, comparison_image
from passo_lod.web.pages.png_image import ImageNotRendered, render_png
from passo_lod.web.pages.text_width import text_width

GOLDEN = Path(__file__).with_name("golden")
SVG = "{http://www.w3.org/2000/svg}"
PLACE = "https://data.example.org/passo/id/place/"
NOT_STATED = REASONS[4]

REGIONS = {"istat-08": "Emilia-Romagna", "istat-09": "Toscana", "istat-05": "Veneto", "country-fra": "Francia"}
NAMES = {f"{PLACE}{code}": Name(name) for code, name in REGIONS.items()} | {
    f"{PLACE}istat-99": Name("Valdiprova"),
    f"{PLACE}iso-xx-a": Name("Altrove & <oltre>"),
    NOT_STATED: Name("non indicato"),
    "topic/water": Name("acqua"),
    "topic/transport-of-people-and-goods": Name("trasporto di persone e merci, anche a richiesta"),
}
TEXTS = ImageTexts(
    "Che cosa si confronta?",
    ("regione: Toscana", "dall’anno 2015"),
    "Chi pubblica · 2026-01 · CC BY 4.0",
    "https://data.example.org/passo/compare/any",
)


def measure(kind: MeasureKind) -> Measure:
    return Measure("measured", "m", {"it": "grandezza inventata", "en": "invented quantity"}, {}, 1, kind)


def dimension(code: str) -> Dimension:
    return Dimension(code, code, {"it": f"dimensione {code}", "en": f"dimension {code}"}, {}, 1)


def answered(
    kind: MeasureKind, by: str, evidence: Iterable[ProcessEvidence], series: str = "", years: Years | None = None
) -> AnsweredComparison:
    found = list(evidence)
    second = dimension(series) if series else None
    comparison = Comparison(measure(kind), (measure(kind),), dimension(by), second, (), years or Years(), None)
    return AnsweredComparison(comparison, "", found, cross_table(found), NAMES)


def processes(
    group: str, values: Sequence[object], unit: str = "", series: str = "", start: int = 0
) -> list[ProcessEvidence]:
    """One process for each value; None for a value that is not stated."""
    return [
        ProcessEvidence(
            f"{group}/{series}/{unit}/{start + number}",
            frozenset([group]),
            frozenset([series] if series else []),
            () if value is None else (Amount(Decimal(str(value)), unit),),
            NOT_STATED if value is None else None,
        )
        for number, value in enumerate(values)
    ]


def place(code: str) -> str:
    return f"{PLACE}{code}"


BARS = answered(
    MeasureKind.PROCESSES,
    "region",
    [
        *processes(place("istat-08"), range(31)),
        *processes(place("istat-09"), range(7)),
        *processes(place("country-fra"), range(2)),
        *processes(NOT_STATED, range(4)),
    ],
)
DOTS = answered(
    MeasureKind.MONEY,
    "region",
    [
        *processes(place("istat-08"), [*range(10_000, 40_000, 2_500), None], "EUR"),
        *processes(place("istat-09"), [5_000, 12_000, 900_000], "EUR"),
        *processes(place("country-fra"), [7_000], "USD"),
    ],
)
ANSWERS = answered(
    MeasureKind.SHARE,
    "region",
    [
        *processes(place("istat-08"), [1] * 6 + [0] * 6),
        *processes(place("istat-09"), [1, 1, 0]),
        *processes(place("istat-05"), [1] * 12),
    ],
)
LINES = answered(
    MeasureKind.PROCESSES,
    "year",
    [
        each
        for year, water, transport in ((2019, 3, 0), (2020, 5, 2), (2021, 9, 4), (2023, 4, 6), (2024, 1, 2))
        for topic, count in (("topic/water", water), ("topic/transport-of-people-and-goods", transport))
        for each in processes(str(year), range(count), series=topic)
    ],
    series="policy-area",
)
MEDIANS = answered(
    MeasureKind.NUMBER,
    "year",
    [*processes("2020", range(100, 130)), *processes("2021", [5, 50, 500]), *processes("2022", range(90, 115))],
    years=Years(2020, 2022),
)
HEAT = answered(
    MeasureKind.NUMBER,
    "region",
    [
        *processes(place("istat-08"), range(20, 40), series="topic/water"),
        *processes(place("istat-08"), [3, None], series="topic/transport-of-people-and-goods"),
        *processes(place("istat-09"), [7, 9], series="topic/water"),
        *processes(NOT_STATED, [None], series="topic/water"),
    ],
    series="policy-area",
)
PLACES = answered(
    MeasureKind.NUMBER,
    "region",
    [
        *processes(place("istat-08"), range(20)),
        *processes(place("istat-09"), [7, 9]),
        *processes(place("istat-05"), [None]),
        *processes(place("country-fra"), range(50, 80)),
        *processes(place("istat-99"), range(12)),
        *processes(place("iso-xx-a"), range(12)),
    ],
)
COORDINATES = {place("iso-xx-a"): (2.0, 41.0)}
GOLDEN_CASES = {
    "bars": (BARS, CHART),
    "dots": (DOTS, CHART),
    "answers": (ANSWERS, CHART),
    "lines": (LINES, CHART),
    "medians": (MEDIANS, CHART),
    "heat-table": (HEAT, CHART),
    "map": (PLACES, MAP),
}


def image(comparison: AnsweredComparison, form: str = CHART, language: str = "it") -> bytes:
    drawing = comparison_drawing(comparison, language, form, COORDINATES)
    assert drawing is not None
    return comparison_image(comparison, drawing, TEXTS, language)


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("name", GOLDEN_CASES)
def test_a_drawing_is_as_expected(request: pytest.FixtureRequest, name: str, language: str) -> None:
    comparison, form = GOLDEN_CASES[name]
    found = image(comparison, form, language)
    expected = GOLDEN / f"{name}-{language}.svg"
    if request.config.getoption("--accept") == "images":
        expected.write_bytes(found)
    assert found.decode() == expected.read_text(encoding="utf-8")
    check_texts(found)


def test_a_share_of_few_answers_is_dots_without_a_percentage() -> None:
    text = image(ANSWERS, language="en").decode()
    assert "2 “yes” of 3" in text
    assert "12 “yes” of 12" in text
    assert "50 %<" in text
    assert "66.7" not in text
    assert "100 %</tspan>" not in text


def test_amounts_in_another_currency_are_not_drawn_and_said() -> None:
    text = image(DOTS, language="en").decode()
    assert "USD" in text
    assert "Francia" not in text
    assert "Amounts in EUR only; those in USD are in the table." in re.sub(r"</text>\s*<text[^>]*>", " ", text)


def test_the_last_year_is_marked_unless_later_years_are_filtered_out() -> None:
    assert ">2024*<" in image(LINES).decode()
    assert "dashed" in image(LINES).decode().split("</style>")[1]
    assert "2022*" not in image(MEDIANS).decode()


def test_a_place_without_outline_has_a_dot_and_one_without_coordinates_is_named() -> None:
    text = image(PLACES, MAP, "en").decode()
    assert "Not on the map, because without coordinates: Valdiprova." in re.sub(r"</text>\s*<text[^>]*>", " ", text)
    assert "ringed" in text.split("</style>")[1]
    assert "Emilia-Romagna: 9.5, n = 20" in text


def test_a_comparison_that_is_not_by_places_has_no_map() -> None:
    assert comparison_drawing(LINES, "en", MAP) is None
    assert comparison_drawing(MEDIANS, "en", MAP) is None


def test_the_axis_of_values_begins_at_zero_and_many_values_are_a_range() -> None:
    drawing = comparison_drawing(DOTS, "en")
    assert drawing is not None
    assert drawing.kind == "rows"
    many, few = drawing.rows
    assert drawing.zero == 0
    assert many.band
    assert many.median
    assert not many.dots
    assert len(few.dots) == 2
    assert few.beyond == 1
    assert not few.band


# ---------------------------------------------------------------------------------------------------- texts in the image


class Box(NamedTuple):
    """The place of a text: its corners, and the text."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


SIZES = {"title": 20.0 * 1.12, "small": 12.0, "tick": 12.0, "value": 12.0, "label": 14.0}


def boxes(svg: bytes) -> list[Box]:
    root = ElementTree.fromstring(svg)
    return [box_of(each) for each in root.iter(f"{SVG}text")]


def box_of(element: ElementTree.Element) -> Box:
    classes = element.get("class", "").split()
    size = next((SIZES[each] for each in classes if each in SIZES), 13.0)
    spans = list(element)
    text = " ".join("".join(element.itertext()).split())
    width = text_width(element.text or "", size) + sum(
        float(each.get("dx", 0)) + text_width(each.text or "", size) * 1.12 for each in spans
    )
    if turned := re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\) rotate\(-90\)", element.get("transform", "")):
        x, y = float(turned[1]), float(turned[2])
        return Box(x - size, y - width, x + size * 0.3, y, text)
    x, y = float(element.get("x", 0)), float(element.get("y", 0))
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
    return Box(left, y - size * 0.8, left + width, y + size * 0.2, text)


def check_texts(svg: bytes) -> None:
    """Fail if a text leaves the image, or two overlap."""
    root = ElementTree.fromstring(svg)
    width, height = (float(each) for each in root.get("viewBox", "").split()[2:])
    found = boxes(svg)
    for box in found:
        assert 0 <= box.left <= box.right <= width, (box, width)
        assert 0 <= box.top <= box.bottom <= height, (box, height)
    for one, other in combinations(found, 2):
        apart = one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top
        assert apart, (one, other)


_LABELS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=70)
_VALUES = st.lists(
    st.one_of(st.none(), st.integers(0, 10**9), st.decimals(0, 10**6, places=2)), min_size=1, max_size=14
)
_GROUPS = st.dictionaries(st.one_of(_LABELS, st.integers(1950, 2030).map(str)), _VALUES, min_size=1, max_size=12)
_KINDS = st.sampled_from([MeasureKind.PROCESSES, MeasureKind.MONEY, MeasureKind.NUMBER])


@settings(max_examples=60)
@given(
    groups=_GROUPS,
    kind=_KINDS,
    by=st.sampled_from(["year", "region"]),
    series=st.lists(_LABELS, max_size=9, unique=True),
)
def test_no_text_leaves_the_image_or_meets_another(
    groups: dict[str, list[object]], kind: MeasureKind, by: str, series: list[str]
) -> None:
    if by == "year":
        groups = {str(1990 + number): values for number, values in enumerate(groups.values())}
    if kind is MeasureKind.PROCESSES:
        groups = {group: [each or 0 for each in values] for group, values in groups.items()}
    unit = "EUR" if kind is MeasureKind.MONEY else ""
    evidence = [
        each
        for number, (group, values) in enumerate(groups.items())
        for each in processes(group, values, unit, series[number % len(series)] if series else "")
    ]
    comparison = answered(kind, by, evidence, "status" if series else "")
    if drawing := comparison_drawing(comparison, "en"):
        check_texts(comparison_image(comparison, drawing, TEXTS, "en"))


# ------------------------------------------------------------------------------------------------------------------ PNG


def test_an_image_is_rendered_as_png_with_letters_of_the_font_that_comes_along() -> None:
    png = render_png(image(LINES))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == tuple(
        2 * int(each) for each in re.findall(rb'viewBox="0 0 (\d+) (\d+)', image(LINES))[0]
    )
    without_texts = re.sub(rb"<text.*?</text>", b"", image(LINES), flags=re.DOTALL)
    assert len(render_png(without_texts)) < len(png)


@pytest.mark.parametrize(
    "svg", [b"<html/>", b"", b'<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>']
)
def test_what_is_no_image_or_too_large_is_refused(svg: bytes) -> None:
    with pytest.raises(ImageNotRendered):
        render_png(svg)


def test_the_style_of_images_has_a_rule_for_each_class() -> None:
    used = {
        name
        for comparison, form in GOLDEN_CASES.values()
        for each in re.findall(r'class="([^"]+)"', image(comparison, form).decode())
        for name in each.split()
    }
    assert {name for name in used if f".{name}" not in STYLE} <= {"swatch"}
