"""The definitions of the flat tables are complete and documented, and a mistake in one is an error that names it."""

from pathlib import Path

import pytest

from passo_lod.errors import VocabularyError
from passo_lod.namespaces import curie
from passo_lod.release.tables.definitions import KINDS, TableDefinition, read_definition, table_definitions


@pytest.mark.parametrize("definition", table_definitions(), ids=lambda each: each.name)
def test_a_table_is_titled_in_both_languages_and_its_key_is_its_columns(definition: TableDefinition) -> None:
    assert set(definition.titles) == set(definition.notes) == {"it", "en"}
    columns = {column.name: column for column in definition.columns}
    assert set(definition.key) <= set(columns)
    for column in definition.columns:
        assert len(column.steps) == len(column.path.split("/")) * bool(column.path)


def test_the_properties_of_a_table_are_those_in_its_query() -> None:
    text = "SELECT ?a { ?a a passo:A ; passo:b?/passo:c|<https://example.org/d#e> ?x FILTER (?x = <http://f:g>) }"
    found = read_definition("things", f"#+ key: a\n#+ column: a thing ?a\n{text}").properties
    assert {curie(each).value for each in ("rdf:type", "passo:A", "passo:b", "passo:c")} < found
    assert "https://example.org/d#e" in found


@pytest.mark.parametrize("line", ["#+ colum: a text ?a", "#+ column: a number ?a", "#+ title: A"])
def test_a_wrong_header_line_is_an_error_that_names_the_table(line: str) -> None:
    with pytest.raises(VocabularyError, match=r"tables/prova\.rq"):
        read_definition("prova", f"{line}\nSELECT * {{}}")


def test_every_kind_of_column_is_documented() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "downloads.md").read_text(encoding="utf-8")
    assert {kind for kind in KINDS if f"`{kind}`" not in page} == set()
    assert {table.name for table in table_definitions() if f"`{table.name}`" not in page} == set()
