"""Conditions, links, templates, look-ups and operations of a mapping.yaml: nothing hangs on nothing, and no value is lost in silence."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from passo_lod.errors import MappingError
from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.mapper import Mapper
from passo_lod.mapping.yarrrml.mapping_parser import LOOKUP_CONVERTERS, parse_mapping
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.namespaces import PASSO, VOCABULARY, curie
from passo_lod.pipeline.context import SourcePipeline
from passo_lod.records import Field, FieldState, Record, SourceLine

PROCESS = VOCABULARY + "id/process/er-1"
RECORD = VOCABULARY + "doc/process/er-1"
LABELS = ("Titolo", "Ente", "Ufficio", "Importo", "Contributo", "Tipo", "Settore", "Note (2)")

START = """\
missing-values: record
mappings:
  process:
    s: id/process/er-$(id)
    po:
      - {p: rdf:type, o: passo:ParticipatoryProcess}
      - {p: foaf:isPrimaryTopicOf, mapping: record}
      - {p: dct:title, from: Titolo, convert: text}
"""
RECORD_MAP = """\
  record:
    s: doc/process/er-$(id)
    when: [Titolo]
    po:
      - {p: rdf:type, o: passo:ObservatoryRecord}
      - {p: foaf:primaryTopic, mapping: process}
"""

Fields = Mapping[str, str | None]
Map = Callable[..., MappedRecord]
Parse = Callable[..., Mapper]


@pytest.fixture
def parse(tmp_path: Path, source_pipeline: SourcePipeline) -> Parse:
    """A mapper with further lines of the process and further maps; labels that these do not name are ignored."""

    def parse(lines: str = "", maps: str = "", labels: tuple[str, ...] = LABELS) -> Mapper:
        text = START + lines + RECORD_MAP + maps
        ignored = "\n".join(f"  {label}: not in this test" for label in labels if label not in lines + maps + START)
        (tmp_path / "mapping.yaml").write_text(text + (f"ignore:\n{ignored}\n" if ignored else ""), encoding="utf-8")
        mapper = source_pipeline.mapper
        assert isinstance(mapper, Mapper)
        known = KnownNames(
            labels,
            {*mapper.converters, *LOOKUP_CONVERTERS},
            ("technique",),
            {},
            numeric_converters=("euro", "decimal", "integer"),
        )
        return replace(mapper, mapping=parse_mapping(tmp_path / "mapping.yaml", known))

    return parse


@pytest.fixture
def map_fields(parse: Parse) -> Map:
    """Maps a record with a title and other fields; a field with None is empty."""

    def map_fields(fields: Fields, lines: str = "", maps: str = "") -> MappedRecord:
        return parse(lines, maps).map(record({"Titolo": "Prova", **fields}))

    return map_fields


def record(fields: Fields) -> Record:
    read = {
        label: Field(label, at, (), FieldState.EMPTY) if text is None else Field(label, at, (SourceLine(at, text),))
        for at, (label, text) in enumerate(fields.items(), start=1)
    }
    return Record("emilia-romagna", "er-1", "1.csv", read, {"id": "1"})


def values(mapped: MappedRecord, predicate: str, subject: str = PROCESS) -> set[str]:
    term = curie(predicate)
    return {
        quad.object.value  # type: ignore[union-attr]
        for quad in mapped.quads
        if quad.predicate == term and quad.subject.value == subject  # type: ignore[union-attr]
    }


def messages(mapped: MappedRecord, field: str) -> list[str]:
    """The codes and messages of the results about a field."""
    return [
        f"{each.code}: {each.texts['en'].message} {each.texts['en'].expected}"
        for each in mapped.results
        if each.field == field
    ]


def reasons(mapped: MappedRecord) -> dict[str, str]:
    """The reasons for absence by property."""
    nodes = values(mapped, "passo:hasMissingValue", RECORD)
    return {
        values(mapped, "passo:missingProperty", node).pop(): values(mapped, "passo:answer", node)
        .pop()
        .rpartition("/")[2]
        for node in nodes
    }


def unreachable(mapped: MappedRecord) -> set[str]:
    """The subjects to which no path of triples leads from the process or its record."""
    objects: dict[str, set[str]] = {}
    for quad in mapped.quads:
        if isinstance(quad.object, NamedNode):
            objects.setdefault(quad.subject.value, set()).add(quad.object.value)  # type: ignore[union-attr]
    reached: set[str] = set()
    pending = {PROCESS, RECORD}
    while pending:
        reached |= pending
        pending = {each for subject in pending for each in objects.get(subject, ())} - reached
    return {quad.subject.value for quad in mapped.quads} - reached  # type: ignore[union-attr]


# --- The condition of a map ---------------------------------------------------------------------------------------------------

OFFICE = """\
  office:
    s: id/process/er-$(id)/office
    when: [Ufficio]
    po:
      - {p: rdf:type, o: org:OrganizationalUnit}
      - {p: org:unitOf, from: Ente, convert: organisation}
"""
HAS_OFFICE = "      - {p: passo:responsibleUnit, mapping: office}\n"


def test_map_whose_condition_does_not_hold_states_nothing_and_its_field_is_reported(map_fields: Map) -> None:
    mapped = map_fields({"Ente": "Comune di Bomporto"}, HAS_OFFICE, OFFICE)
    assert not any("office" in str(quad) or "organisation" in str(quad) for quad in mapped.quads)
    (message,) = messages(mapped, "Ente")
    assert message.startswith("unused: The value was not published: its map in mapping.yaml has a condition (`when`)")
    assert "a record with Ufficio" in message
    assert not any("Bomporto" in str(quad) for quad in mapped.quads)


def test_map_whose_condition_holds_is_stated(map_fields: Map) -> None:
    mapped = map_fields({"Ente": "Comune di Bomporto", "Ufficio": "SUAP"}, HAS_OFFICE, OFFICE)
    assert len(values(mapped, "org:unitOf", f"{PROCESS}/office")) == 1
    assert values(mapped, "passo:responsibleUnit") == {f"{PROCESS}/office"}


def test_empty_field_of_a_map_that_does_not_hold_has_its_reason(map_fields: Map) -> None:
    assert reasons(map_fields({"Ente": None}, HAS_OFFICE, OFFICE)) == {PASSO.responsibleUnit.value: "not-stated"}


def test_value_that_a_condition_asks_for_is_used_and_another_is_reported(map_fields: Map) -> None:
    lines = "      - {p: passo:participantCount, from: Importo, convert: integer, when: [Tipo: [bilancio, BUDGET]]}\n"
    holds = map_fields({"Importo": "12", "Tipo": "Budget"}, lines)
    assert values(holds, "passo:participantCount") == {"12"}
    assert holds.results == ()
    fails = map_fields({"Importo": "12", "Tipo": "altro"}, lines)
    assert values(fails, "passo:participantCount") == set()
    (message,) = messages(fails, "Importo")
    assert "its line in mapping.yaml has a condition" in message
    assert "a record with Tipo: [bilancio, BUDGET]" in message
    assert len(messages(fails, "Tipo")) == 1


@pytest.mark.parametrize(
    ("line", "predicate"),
    [
        ("{p: dct:source, o: https://example.org/$(id), when: [Tipo: [si]]}", "dct:source"),
        ("{p: passo:cost, mapping: cost, when: [Tipo: [si]]}", "passo:cost"),
    ],
)
def test_constant_and_link_have_conditions_too(map_fields: Map, line: str, predicate: str) -> None:
    cost = COST if "cost" in line else ""
    yes, no = (map_fields({"Importo": "1000", "Tipo": text}, f"      - {line}\n", cost) for text in ("si", "no"))
    assert values(yes, predicate)
    assert not values(no, predicate)
    assert not unreachable(no)


# --- What nothing links to ----------------------------------------------------------------------------------------------------

COST = """\
  cost:
    s: id/process/er-$(id)/cost
    po:
      - {p: rdf:type, o: schema:MonetaryAmount}
      - {p: schema:value, from: Importo, convert: decimal}
"""
FUNDING = """\
  funding:
    s: id/process/er-$(id)/funding
    po:
      - {p: rdf:type, o: passo:FundingAward}
      - {p: passo:fundingYear, from: Tipo, convert: year}
      - {p: schema:amount, mapping: cost}
"""
HAS_FUNDING = "      - {p: passo:hasFunding, mapping: funding}\n"


def test_subject_that_nothing_links_to_is_not_published_and_its_field_is_reported(map_fields: Map) -> None:
    mapped = map_fields({"Importo": "1000"}, HAS_FUNDING, FUNDING + COST)
    assert not any("cost" in str(quad) or "1000" in str(quad) for quad in mapped.quads)
    (message,) = messages(mapped, "Importo")
    assert "nothing in this record links to the map “cost” of mapping.yaml" in message
    assert "a value for a map that links to it (funding)" in message


def test_subject_is_published_with_the_subject_that_links_to_it(map_fields: Map) -> None:
    mapped = map_fields({"Importo": "1000", "Tipo": "2019"}, HAS_FUNDING, FUNDING + COST)
    assert values(mapped, "schema:value", f"{PROCESS}/cost") == {"1000.0"}
    when = FUNDING.replace("    po:", "    when: [Importo]\n    po:", 1)
    assert values(map_fields({"Importo": "1000"}, HAS_FUNDING, when + COST), "schema:amount", f"{PROCESS}/funding") == {
        f"{PROCESS}/cost"
    }


def test_items_of_an_iteration_without_a_link_are_each_reported(map_fields: Map) -> None:
    maps = """\
  part:
    each: {from: Ufficio, split: ", "}
    s: id/process/er-$(id)/part/$(item)
    po: [{p: dct:title, value: $(item), convert: text}]
"""
    mapped = map_fields(
        {"Ufficio": "uno, due"}, "      - {p: dct:relation, o: id/process/er-$(id)/part/$(Tipo)}\n", maps
    )
    assert [each.value for each in mapped.results if each.field == "Ufficio"] == ["uno", "due"]
    linked = map_fields(
        {"Ufficio": "uno, due", "Tipo": "due"}, "      - {p: dct:relation, o: id/process/er-$(id)/part/$(Tipo)}\n", maps
    )
    assert values(linked, "dct:title", f"{PROCESS}/part/due") == {"due"}
    assert [each.value for each in linked.results] == ["uno"]


def test_record_without_a_process_is_a_violation_and_each_of_its_values_reported(parse: Parse) -> None:
    mapped = parse("      - {p: passo:cost, mapping: cost}\n", COST).map(record({"Importo": "1000"}))
    assert mapped.quads == ()
    assert [(each.severity.name, each.code, each.field) for each in mapped.results] == [
        ("VIOLATION", "no-process", None),
        ("WARNING", "unused", "Importo"),
    ]


def test_map_that_nobody_reaches_is_an_error_with_its_line(parse: Parse) -> None:
    with pytest.raises(
        MappingError,
        match=r"mapping\.yaml:15: nothing links to the map 'cost' from the process or its record; .*mapping: cost.*known: process, record",
    ):
        parse(maps=COST)


def test_map_that_only_a_map_that_nobody_reaches_links_to_is_reached_by_nobody(parse: Parse) -> None:
    with pytest.raises(MappingError, match=r":15: nothing links to the map 'funding'"):
        parse(maps=FUNDING + COST)


def test_map_that_can_never_exist_is_an_error_that_says_so(parse: Parse) -> None:
    maps = FUNDING.replace("      - {p: passo:fundingYear, from: Tipo, convert: year}\n", "") + COST
    with pytest.raises(
        MappingError, match=r":16: the map 'funding' never exists, so nothing links to .*'cost'.*when: \[label\]"
    ):
        parse(HAS_FUNDING, maps)


def test_mapping_without_a_process_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text(
        "mappings:\n  a: {s: id/a, when: [Titolo], po: [{p: dct:title, o: x}]}\n", encoding="utf-8"
    )
    with pytest.raises(MappingError, match=r":2: no map is that of the process; .*passo:ParticipatoryProcess"):
        parse_mapping(tmp_path / "mapping.yaml", KnownNames(("Titolo",), (), (), {}))


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        ("{p: dct:relation, o: id/process/er-$(id)/cost}", "id/process/er-$(id)/cost"),
        ("{p: dct:relation, o: id/body/$(Tipo)}", "id/body/$(Ente)"),
        ("{p: passo:proposer, from: Ente, convert: organisation}", "id/organisation/er-$(Tipo)"),
        ("{p: dct:alternative, from: Ente, convert: text}", "id/process/er-$(id)"),
    ],
    ids=["template", "other variable", "organisation", "same subject"],
)
def test_map_is_reached_by_a_line_with_the_template_of_its_subject(parse: Parse, line: str, subject: str) -> None:
    parse(f"      - {line}\n", COST.replace("id/process/er-$(id)/cost", subject))


MAP_NAMES = ("a", "b", "c", "d")


@st.composite
def mappings(draw: st.DrawFn) -> tuple[str, str]:
    """Lines of the process and some maps, with links and conditions at random."""
    condition = st.sampled_from(["", ", when: [Tipo]", ", when: [Tipo: [x]]", ", when: [Ente]"])
    link = st.sampled_from(MAP_NAMES).flatmap(
        lambda name: condition.map(lambda text: f"{{p: dct:relation, mapping: {name}{text}}}")
    )
    field = st.sampled_from(LABELS).map(lambda label: f"{{p: dct:description, from: '{label}', convert: text}}")
    lines = "".join(
        f"      - {{p: dct:relation, mapping: {name}{draw(condition)}}}\n"
        for name in draw(st.lists(st.sampled_from(MAP_NAMES)))
    )
    maps = ""
    for name in MAP_NAMES:
        shared = draw(st.sampled_from([name, name, "a"]))
        when = draw(st.sampled_from(["", "    when: [Ufficio]\n", "    when: [Tipo: [x, y]]\n"]))
        items = draw(st.lists(st.one_of(link, field), min_size=1, max_size=4))
        maps += f"  {name}:\n    s: id/process/er-$(id)/{shared}\n{when}    po:\n" + "".join(
            f"      - {item}\n" for item in items
        )
    return lines, maps


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(mapping=mappings(), fields=st.dictionaries(st.sampled_from(LABELS), st.sampled_from(["x", "y", None])))
def test_every_subject_is_reachable_and_every_value_published_or_reported(
    parse: Parse, mapping: tuple[str, str], fields: dict[str, str | None]
) -> None:
    try:
        mapper = parse(*mapping)
    except MappingError as error:
        assert "nothing links to the map" in str(error) or "never exists" in str(error)  # noqa: PT017
        return
    fields = {label: text if label == "Tipo" or text is None else f"{label} {text}" for label, text in fields.items()}
    mapped = mapper.map(record({"Titolo": "Prova", **fields}))
    assert unreachable(mapped) == set()
    published = {quad.object.value for quad in mapped.quads}  # type: ignore[union-attr]
    reported = {each.field for each in mapped.results}
    unread = {"Tipo", *mapper.mapping.ignored_labels}
    assert {label for label, text in fields.items() if text and text not in published} - reported - unread == set()


# --- Templates of several columns ---------------------------------------------------------------------------------------------

UNIT = '      - {p: passo:territoryDescription, value: "$(Ente), $(Note (2))", convert: text}\n'


def test_template_joins_columns_by_their_names(map_fields: Map) -> None:
    mapped = map_fields({"Ente": "Unione", "Note (2)": "SUAP"}, UNIT)
    assert values(mapped, "passo:territoryDescription") == {"Unione, SUAP"}
    assert mapped.results == ()


def test_template_without_one_of_its_columns_gives_nothing_and_the_others_are_reported(map_fields: Map) -> None:
    mapped = map_fields({"Ente": "Unione", "Note (2)": None}, UNIT)
    assert values(mapped, "passo:territoryDescription") == set()
    (message,) = messages(mapped, "Ente")
    assert "needs other fields too, and Note (2) has no value" in message
    assert reasons(mapped) == {PASSO.territoryDescription.value: "not-stated"}


def test_first_template_whose_columns_have_values_is_used(map_fields: Map) -> None:
    lines = UNIT.replace('"$(Ente), $(Note (2))"', '["$(Ente), $(Note (2))", "$(Ente)"]')
    assert values(map_fields({"Ente": "Unione", "Note (2)": "SUAP"}, lines), "passo:territoryDescription") == {
        "Unione, SUAP"
    }
    mapped = map_fields({"Ente": "Unione"}, lines)
    assert values(mapped, "passo:territoryDescription") == {"Unione"}
    assert mapped.results == ()


def test_variable_comes_before_a_column_of_its_name(parse: Parse) -> None:
    mapper = parse(
        '      - {p: dct:alternative, value: "$(id)", convert: text}\n      - {p: dct:identifier, from: id, convert: string}\n',
        labels=(*LABELS, "id"),
    )
    mapped = mapper.map(record({"Titolo": "Prova", "id": "altro"}))
    assert values(mapped, "dct:alternative") == {"1"}


def test_unknown_column_in_a_template_is_an_error_with_the_nearest(parse: Parse) -> None:
    with pytest.raises(
        MappingError, match=r":9: '\$\(Uffici\)' has the unknown variable \$\(Uffici\); known: Ufficio, id"
    ):
        parse("      - {p: dct:title, value: $(Uffici), convert: text}\n")


def test_value_in_an_iri_is_percent_encoded(map_fields: Map) -> None:
    mapped = map_fields({"Ente": "a/b ?"}, "      - {p: dct:source, o: 'https://example.org/$(Ente)'}\n")
    assert values(mapped, "dct:source") == {"https://example.org/a%2Fb%20%3F"}
    assert mapped.results == ()


# --- Look-up tables -----------------------------------------------------------------------------------------------------------

SECTOR = "      - {p: dct:subject, from: Settore, lookup: codes.csv, convert: string}\n"


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    path = tmp_path / "codes.csv"
    path.write_text("\ufeffCodice;Nome\nA1;Ambiente\nA2;Scuola, cultura\n\nB1;\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "value"), [("A1", "Ambiente"), ("a2 ", "Scuola, cultura")])
def test_text_is_replaced_by_the_value_of_its_key(map_fields: Map, codes: Path, text: str, value: str) -> None:
    assert values(map_fields({"Settore": text}, SECTOR), "dct:subject") == {value}


def test_unknown_key_is_a_warning_with_file_and_nearest_keys_and_its_text_is_published(
    map_fields: Map, codes: Path
) -> None:
    mapped = map_fields({"Settore": "A3"}, SECTOR.replace("dct:subject", "passo:specificTheme"))
    (message,) = messages(mapped, "Settore")
    assert message.startswith("unknown-key: The value was not published: it is no key of codes.csv.")
    assert "the nearest are: A" in message
    assert reasons(mapped) == {PASSO.specificTheme.value: "not-understood"}
    assert values(mapped, "passo:sourceText", f"{RECORD}#missing-specificTheme") == {"A3"}
    assert "a row with this key in codes.csv" in messages(map_fields({"Settore": "B1"}, SECTOR), "Settore")[0]


def test_items_of_a_list_are_looked_up_one_by_one(map_fields: Map, codes: Path) -> None:
    lines = SECTOR.replace("lookup", "split: '+', lookup")
    assert values(map_fields({"Settore": "A1+A2"}, lines), "dct:subject") == {"Ambiente", "Scuola, cultura"}


def test_columns_of_a_larger_table_are_named(map_fields: Map, codes: Path) -> None:
    codes.write_text("Nome,Note,Codice\nAmbiente,x,A1\n", encoding="utf-8")
    with pytest.raises(
        MappingError,
        match=r":9: lookup: codes\.csv has the columns Nome, Note, Codice; name two of them: lookup: \{file: codes\.csv",
    ):
        map_fields({"Settore": "A1"}, SECTOR)
    lines = SECTOR.replace("codes.csv", "{file: codes.csv, key: Codice, value: Nome}")
    assert values(map_fields({"Settore": "A1"}, lines), "dct:subject") == {"Ambiente"}
    with pytest.raises(MappingError, match=r"has not one column 'Cod'; it has: Nome, Note, Codice"):
        map_fields({"Settore": "A1"}, lines.replace("Codice", "Cod"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Codice,Nome\nA1,x\nA1,y\n", r"codes\.csv:3: 'A1' has the value 'y', and 'x' above; keep one"),
        (b"Codice,Nome\nA1\n", r"codes\.csv:2: has 1 cells, the header has 2"),
        (b'Codice,Nome\nA1,"x\n', r"codes\.csv:2: is not delimited text"),
        (b"Codice,Nome\nA1,\xe0\n", r"codes\.csv is not UTF-8 text \(byte 16\)"),
        (b"Codice,Nome\n", r"codes\.csv should have a header and a row for each key"),
        (None, r"'codes\.csv' cannot be read .*should be a file beside mapping\.yaml"),
    ],
    ids=["two values", "cells", "quote", "encoding", "no rows", "no file"],
)
def test_table_that_cannot_be_used_is_an_error_with_its_line(
    parse: Parse, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "codes.csv").write_bytes(content)
    with pytest.raises(MappingError, match=rf"mapping\.yaml:9: lookup: {message}"):
        parse(SECTOR)


def test_table_outside_of_the_folder_of_the_source_is_an_error(parse: Parse, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r":9: lookup: '\.\./codes\.csv' is outside of the source's folder"):
        parse(SECTOR.replace("codes.csv", "../codes.csv"))


# --- Sums and differences -----------------------------------------------------------------------------------------------------

SUM = "      - {p: schema:value, sum: [Importo, Contributo], convert: decimal}\n"


@pytest.mark.parametrize(
    ("operation", "operands", "result"),
    [
        ("sum", ("0.1", "0.2"), "0.3"),
        ("sum", ("12345678901234.01", "0.02"), "12345678901234.03"),
        ("difference", ("10000.10", "7000"), "3000.10"),
        ("difference", ("1", "3"), "-2.0"),
    ],
)
def test_result_is_exact_and_inferred(map_fields: Map, operation: str, operands: tuple[str, str], result: str) -> None:
    lines = SUM.replace("sum", operation)
    mapped = map_fields(dict(zip(("Importo", "Contributo"), operands, strict=True)), lines)
    assert values(mapped, "schema:value") == {result}
    assert mapped.results == ()
    (node,) = values(mapped, "passo:hasInferredStatement", RECORD)
    assert values(mapped, "passo:sourceField", node) == {"Importo", "Contributo"}


def test_result_without_one_of_its_numbers_is_absent_with_the_reason_and_the_other_is_reported(map_fields: Map) -> None:
    lines = SUM.replace("schema:value", "passo:participantCount")
    mapped = map_fields({"Importo": "1000", "Contributo": None}, lines)
    assert values(mapped, "passo:participantCount") == set()
    assert reasons(mapped) == {PASSO.participantCount.value: "not-stated"}
    (message,) = messages(mapped, "Importo")
    assert "needs other fields too, and Contributo has no value" in message
    assert len(messages(map_fields({"Importo": "1000"}, lines), "Importo")) == 1
    assert map_fields({"Importo": None, "Contributo": None}, lines).results == ()


def test_number_that_cannot_be_read_is_a_violation_and_gives_no_sum(map_fields: Map) -> None:
    mapped = map_fields({"Importo": "mille", "Contributo": "1"}, SUM)
    assert values(mapped, "schema:value") == set()
    assert [each.severity.name for each in mapped.results if each.field == "Importo"] == ["VIOLATION"]


def test_stated_value_comes_before_a_sum(map_fields: Map) -> None:
    lines = "      - {p: schema:value, from: Settore, convert: decimal}\n" + SUM
    assert values(map_fields({"Settore": "5", "Importo": "1", "Contributo": "2"}, lines), "schema:value") == {"5.0"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{p: schema:value, sum: [Importo], convert: decimal}", "sum should hold two labels or more"),
        ("{p: schema:value, sum: Importo, convert: decimal}", "sum should hold a list"),
        ("{p: schema:value, sum: [Importo, Costi], convert: decimal}", "'Costi' is no label"),
        ("{p: schema:value, sum: [Importo, Contributo]}", "a line with sum should state convert"),
        ("{p: schema:value, difference: [Importo, Contributo], convert: text}", "difference needs a converter that gives numbers, not 'text'; known: decimal, euro, integer"),
        ("{p: schema:value, sum: [Importo, Contributo], difference: [Importo, Contributo], convert: decimal}", "a line should state one of"),
        ("{p: schema:value, o: x, lookup: codes.csv}", "lookup has no effect on a line without from or value"),
        ("{p: schema:value, from: Importo, convert: text, lookup: {file: codes.csv}}", "each of file, key, value in lookup should be one text"),
        ("{p: schema:value, from: Importo, convert: text, lookup: [codes.csv]}", "each of file, key, value in lookup should be one text"),
        ("{p: schema:value, from: Importo, convert: text, when: Tipo}", "when should hold a list"),
    ],
)  # fmt: skip
def test_mistake_names_its_line(parse: Parse, line: str, message: str) -> None:
    with pytest.raises(MappingError, match=rf"mapping\.yaml:9: .*{message}"):
        parse(f"      - {line}\n")


# ------------------------------------------------------------------------------------------------------- places of bodies

LOCATED = "      - {p: passo:affectedTerritory, locate: {as: place, country: Tipo, city: Settore}}\n"
HOLDER = "      - {p: passo:decisionHolder, from: Ente, convert: organisation}\n"
MUNICIPALITY = VOCABULARY + "id/organisation/municipality-geonames-"


@pytest.mark.parametrize("lines", [LOCATED + HOLDER, HOLDER + LOCATED])
@pytest.mark.parametrize(
    ("country", "city", "body", "iri"),
    [
        ("Germany", "Konstanz", "Stadt Konstanz", MUNICIPALITY + "2885679"),
        ("Argentina", "Córdoba", "Municipalidad de Córdoba", MUNICIPALITY + "3860259"),
        ("España", "Córdoba", "Ayuntamiento de Córdoba", MUNICIPALITY + "2519240"),
        (None, "Konstanz, Germany", "Stadt Konstanz", MUNICIPALITY + "2885679"),
        ("USA", "Springfield, IL", "City of Springfield", MUNICIPALITY + "4250542"),
        ("USA", None, "City of Springfield", VOCABULARY + "id/organisation/er-city-of-springfield"),
        ("France", "Paris", "Comune di Bologna", VOCABULARY + "id/organisation/er-comune-di-bologna"),
        ("Italia", "Modena", "Comune di Bologna", VOCABULARY + "id/organisation/comune-037006"),
        (None, None, "Comune di Bologna", VOCABULARY + "id/organisation/comune-037006"),
    ],
)
def test_the_place_of_a_body_is_looked_up_in_the_country_that_the_record_names(
    map_fields: Map, lines: str, country: str | None, city: str | None, body: str, iri: str
) -> None:
    mapped = map_fields({"Tipo": country, "Settore": city, "Ente": body}, lines)
    assert values(mapped, "passo:decisionHolder") == {iri}


def test_a_city_whose_text_names_its_country_is_a_place_of_that_country(map_fields: Map) -> None:
    lines = "      - {p: passo:affectedTerritory, from: Settore, convert: place}\n"
    mapped = map_fields({"Settore": "Konstanz, Germany"}, lines)
    assert values(mapped, "passo:affectedTerritory") == {VOCABULARY + "id/place/geonames-2885679"}
    other = map_fields({"Settore": "Kleindorf, Germany"}, lines)
    assert values(other, "passo:affectedTerritory") == set()
    assert [message.partition(":")[0] for message in messages(other, "Settore")] == ["unknown-place"]


SCOPED = "      - {p: passo:affectedTerritory, locate: {as: place, country: Tipo, province: Settore, scope: Ente}}\n"
AS_WRITTEN = "      - {p: passo:territoryDescription, locate: {as: text, country: Tipo, city: Settore}}\n"


@pytest.mark.parametrize(
    ("scope", "province", "place"),
    [
        ("regional", None, None),
        ("metropolitan", None, None),
        ("city/town", None, None),
        ("national", None, "country-fra"),
        ("regional", "Bretagne", "iso-fr-bre"),
        ("metropolitan", "Bretagne", None),
        ("city/town", "Bretagne", None),
    ],
)
def test_a_place_that_is_larger_than_the_scope_of_a_process_is_not_its_territory(
    map_fields: Map, scope: str, province: str | None, place: str | None
) -> None:
    mapped = map_fields({"Tipo": "France", "Settore": province, "Ente": scope}, SCOPED)
    assert values(mapped, "passo:affectedTerritory") == ({VOCABULARY + "id/place/" + place} if place else set())


@pytest.mark.parametrize(
    ("country", "city", "written"),
    [
        ("United States", "Fort Collins", "Fort Collins, United States"),
        ("Paraguay", "Fernando de la Mora", "Fernando de la Mora, Paraguay"),
        ("United Arab Emirates", "Abu Dhabi", "Abu Dhabi, United Arab Emirates"),
        ("Paraguay", "Mario Rossi", "[…], Paraguay"),
    ],
)
def test_the_name_of_a_known_place_is_not_masked_as_that_of_a_person(
    map_fields: Map, country: str, city: str, written: str
) -> None:
    mapped = map_fields({"Tipo": country, "Settore": city}, AS_WRITTEN)
    assert values(mapped, "passo:territoryDescription") == {written}
