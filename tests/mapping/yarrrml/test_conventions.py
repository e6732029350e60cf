"""A line of mapping.yaml states what its column leaves open; a key without an effect is a mistake."""

from pathlib import Path

import pytest

from passo_lod.errors import MappingError
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.mapping.yarrrml.mapping_parser import parse_mapping
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.mapping.yarrrml.triples_map import PredicateObjectMap

TABLE = converters("it", "https://example.org/")
KNOWN = KnownNames(
    labels={"Titolo", "Inizio", "Costo", "Valuta"},
    converters=set(TABLE),
    schemes={"answer"},
    constants={},
    conventions={name: each.convention for name, each in TABLE.items() if each.convention},
)
MAPPING = """\
mappings:
  process:
    s: id/process/pr-$(id)
    po:
      - {p: rdf:type, o: passo:ParticipatoryProcess}
      - {p: passo:cost, mapping: cost}
      - {p: dct:title, from: Titolo, convert: text}
      - {p: schema:startDate, from: Inizio, convert: date, order: day-first}
  cost:
    s: id/process/pr-$(id)/cost
    po:
      - {p: rdf:type, o: schema:MonetaryAmount}
      - {p: schema:value, from: Costo, convert: money, decimal-mark: comma, currency-from: Valuta, currency: EUR}
"""


def parse(path: Path, text: str) -> list[PredicateObjectMap]:
    path.write_text(text, encoding="utf-8")
    return list(parse_mapping(path, KNOWN).predicate_object_maps)


def test_a_line_states_its_conventions(tmp_path: Path) -> None:
    lines = {each.converter: each for each in parse(tmp_path / "mapping.yaml", MAPPING)}
    assert lines["date"].convention == "day-first"
    money = lines["money"]
    assert (money.convention, money.currency, money.currency_label) == ("comma", "EUR", "Valuta")
    assert money.source_labels == ("Costo", "Valuta")


MISTAKES = [
    ("order: day-first", "order: day", ":8: unknown order 'day'; known: day-first, month-first"),
    ("decimal-mark: comma", "decimal-mark: ','", ":13: unknown decimal-mark ','; known: comma, point"),
    ("order: day-first", "decimal-mark: comma", ":8: decimal-mark has no effect on a line with convert: date; known: decimal, money"),
    ("convert: text", "convert: text, order: day-first", ":7: order has no effect on a line with convert: text; known: date"),
    ("order: day-first", "currency: EUR", ":8: currency has no effect on a line without convert: money"),
    ("currency: EUR", "currency: euro", ":13: 'euro' should be the code of a currency, such as EUR"),
    ("currency-from: Valuta", "currency-from: Moneta", ":13: 'Moneta' is no label that source.yaml lists"),
    ("p: schema:value", "p: passo:cost", ":13: convert: money states schema:value and schema:currency of a schema:MonetaryAmount"),
    ("{p: rdf:type, o: schema:MonetaryAmount}", "{p: schema:currency, o: EUR}", ":12: the line with convert: money states the currency"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES, ids=[each[1] for each in MISTAKES])
def test_a_mistake_names_its_line_and_what_would_be_right(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert MAPPING.count(right) == 1
    with pytest.raises(MappingError, match=message):
        parse(tmp_path / "mapping.yaml", MAPPING.replace(right, wrong))
