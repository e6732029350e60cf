"""A mapping.yaml is parsed, and every mistake in it is an error with file, line and what is known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from passo_lod.errors import MappingError
from passo_lod.mapping.yarrrml.mapping_parser import parse_mapping
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.mapping.yarrrml.triples_map import SourceMapping
from passo_lod.namespaces import PREFIXES
from passo_lod.pipeline.context import SourcePipeline

KNOWN = KnownNames(
    labels={"Titolo", "Costo", "Tecniche", "Premio", "Legge", "Indirizzo", "Nome", "Colore"},
    converters={"text", "decimal", "place", "organisation"},
    schemes={"technique", "answer"},
    constants={"licence": "https://example.org/licence"},
    variables=("id", "page"),
)

MAPPING = """\
prefixes: {ex: https://example.org/terms#}
missing-values: record
mappings:
  process:
    s: id/process/pr-$(id)
    po:
      - {p: rdf:type, o: passo:ParticipatoryProcess}
      - {p: dct:title, from: Titolo, convert: text}
      - {p: passo:cost, mapping: cost}
      - {p: passo:usesTechnique, from: [Tecniche, Nome], split: " / ", concept: technique}
      - {p: ex:premium, mapping: criterion}
      - {p: ex:law, mapping: law}
      - {p: ex:address, mapping: address}
  record:
    s: doc/process/pr-$(id)
    when: [Titolo, Costo: [molto, poco]]
    po:
      - {p: dct:license, o: $(licence)}
      - {p: dct:source, o: https://example.org/$(page)}
      - {p: schema:position, o: [0, xsd:integer]}
  cost:
    s: id/process/pr-$(id)/cost
    po:
      - {p: schema:value, from: Costo, convert: decimal}
  criterion:
    each: {labels: {Premio: premium}}
    s: id/process/pr-$(id)/criterion/$(key)
    po:
      - {p: passo:answer, from: $(label), concept: answer, else: {p: dct:description}}
  law:
    each: {from: Legge, find: '(?P<number>\\d+)/(?P<year>\\d+)'}
    s: id/legal-resource/pr-$(year)-$(number)
    po:
      - {p: dct:title, value: "Legge $(number)/$(year)", convert: text, only: Legge}
  address:
    each: {from: Indirizzo, split: "; ", parse: '(?P<street>[^,]+), (?P<town>.+)'}
    s: id/process/pr-$(id)/address/$(n)
    po:
      - {p: locn:fullAddress, value: $(item), convert: text}
      - {p: locn:postName, value: $(town), convert: text}
organisations:
  - match: '(?i)comune di (?P<place>.+)'
    place: municipality
    iri: id/organisation/comune-$(code)
    label: Comune di $(name)
    types: [org:Organization]
    legal-status: https://example.org/status/2430
ignore:
  Colore: says nothing
"""

Load = Callable[[str], SourceMapping]


@pytest.fixture
def read(tmp_path: Path) -> Load:
    def read(text: str) -> SourceMapping:
        (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
        return parse_mapping(tmp_path / "mapping.yaml", KNOWN)

    return read


def test_every_part_of_a_mapping_is_parsed(read: Load) -> None:
    mapping = read(MAPPING)
    assert list(mapping.triples_maps) == ["process", "record", "cost", "criterion", "law", "address"]
    process = mapping.triples_maps["process"]
    assert process.subject == "id/process/pr-$(id)"
    assert process.predicate_object_maps[0].constant == PREFIXES["passo"] + "ParticipatoryProcess"
    assert process.predicate_object_maps[3].labels == ("Tecniche", "Nome")
    assert process.predicate_object_maps[4].predicate.value == "https://example.org/terms#premium"
    assert mapping.triples_maps["record"].predicate_object_maps[0].constant == "https://example.org/licence"
    assert [condition.values for condition in mapping.triples_maps["record"].conditions] == [(), ("molto", "poco")]
    assert mapping.triples_maps["criterion"].iteration is not None
    assert mapping.triples_maps["criterion"].iteration.keys == {"Premio": "premium"}
    assert mapping.missing_value_map == "record"
    assert mapping.ignored_labels == {"Colore": "says nothing"}


def test_a_mapping_returns_the_labels_of_a_property(read: Load) -> None:
    mapping = read(MAPPING)
    assert mapping.labels_for(PREFIXES["passo"] + "usesTechnique") == ("Tecniche", "Nome")
    assert mapping.labels_for(PREFIXES["passo"] + "cost") == ("Costo",)
    assert mapping.labels_for("https://example.org/nothing") == ()
    assert mapping.mapped_labels == KNOWN.labels - {"Colore"} if isinstance(KNOWN.labels, set) else True


MISTAKES = [
    # keys of the file
    ("missing-values: record", "missing-value: record", ":2: unknown key 'missing-value'; known: ignore, mappings"),
    ("missing-values: record", "missing-values: process-record", ":2: unknown map 'process-record'; known: address"),
    ("missing-values: record", "missing-values: [record]", ":2: the map should be one text"),
    ("{ex: https://example.org/terms#}", "{ex: terms}", ":1: the prefix 'ex' should stand for an IRI"),
    ("{ex: https://example.org/terms#}", "{dct: https://example.org/terms#}", ":1: the prefix 'dct' always stands for http://purl"),
    ("{ex: https://example.org/terms#}", "[ex]", "'prefixes' should hold a mapping"),
    # a map
    ("    when: [Titolo, Costo: [molto, poco]]", "    unless: [Titolo]", ":16: unknown key 'unless'; known: described, each, po, s, variables, when"),
    ("    when: [Titolo, Costo: [molto, poco]]", "    when: Titolo", ":16: when should hold a list"),
    ("    when: [Titolo, Costo: [molto, poco]]", "    when: [Titoli]", ":16: 'Titoli' is no label that source.yaml lists; known: Colore"),
    ("    when: [Titolo, Costo: [molto, poco]]", "    when: [{Titolo: [a], Costo: [b]}]", ":16: when should hold labels, or one label with values"),
    ("    when: [Titolo, Costo: [molto, poco]]", "    when: [Costo: molto]", ":16: Costo should hold a list"),
    ("    s: id/process/pr-$(id)/cost\n", "", ":22: the map 'cost' should state s"),
    ("    s: id/process/pr-$(id)/cost\n", "    s: process/pr-$(id)\n", r":22: 'process/pr-\$\(id\)' should be an IRI that begins with id/"),
    ("    s: id/process/pr-$(id)/cost\n", "    s: id/process/pr $(id)\n", ":22: .* should be an IRI"),
    ("    s: id/process/pr-$(id)/cost\n", "    s: id/process/pr-$(idd)\n", r":22: .* has the unknown variable \$\(idd\); known: id, licence, page"),
    ("    s: id/process/pr-$(id)/cost\n", "    s: id/process/pr-$(ID)\n", r":22: .* has the unknown variable \$\(ID\)"),
    ("    s: id/process/pr-$(id)/cost\n", "    s: [id/process]\n", ":22: a template should be one text"),
    ("    po:\n      - {p: schema:value, from: Costo, convert: decimal}", "    po: {p: schema:value}", ":23: po should hold a list"),
    # a predicate-object map
    ("{p: schema:value, from: Costo, convert: decimal}", "{from: Costo, convert: decimal}", ":24: a line should state its predicate"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, form: Costo}", ":24: unknown key 'form'; known: compare, concept"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costi, convert: decimal}", ":24: 'Costi' is no label that source.yaml lists; known: Colore, Costo"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: {Costo: x}, convert: decimal}", ":24: a label should be one text"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo, convert: eur}", ":24: unknown converter 'eur'; known: decimal, organisation, place, text"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo, concept: techniques}", ":24: unknown scheme 'techniques'; known: answer, technique"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo}", ":24: a line with from or value should state one of convert and concept"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo, convert: decimal, concept: answer}", ":24: a line with from or value should state one of"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, o: 1, from: Costo, convert: decimal}", r":24: a line should state one of o, from, value, mapping.* not \['o', 'from'\]"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, convert: decimal}", ":24: a line should state one of o, from, value, mapping.* not none"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, o: Costo, convert: decimal}", ":24: a line with from or value"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, mapping: costs}", ":24: unknown map 'costs'; known: address, cost"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: scheme:value, from: Costo, convert: decimal}", ":24: 'scheme:value' should be a prefixed name; known: adms"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: value, from: Costo, convert: decimal}", ":24: 'value' should be a prefixed name"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: [schema:value], from: Costo, convert: decimal}", ":24: a term should be one text"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: 'schema:a b', from: Costo, convert: decimal}", ":24: 'schema:a b' should be a prefixed name"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo, convert: decimal, compare: true}", ":24: unknown answer 'true'; known: no, yes"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo, convert: decimal, else: {p: dct:title}}", ":24: else has no effect on a line without concept"),
    ("{p: schema:value, from: Costo, convert: decimal}", "{p: schema:value, from: Costo, convert: decimal, only: '('}", r":24: '\(' is not a regular expression"),
    ("{p: dct:source, o: https://example.org/$(page)}", "{p: dct:source, o: 'https://example.org/a b'}", ":19: .* should be an IRI"),
    ("{p: dct:source, o: https://example.org/$(page)}", "{p: dct:source, o: $(pages)}", r":19: .* unknown variable \$\(pages\)"),
    ("{p: dct:source, o: https://example.org/$(page)}", "{p: dct:source, o: x, split: ','}", ":19: split has no effect on a line without from"),
    ("{p: schema:position, o: [0, xsd:integer]}", "{p: schema:position, o: [0]}", ":20: o should be a template, or a pair"),
    ("{p: schema:position, o: [0, xsd:integer]}", "{p: schema:position, o: [0, integer]}", ":20: 'integer' should be a prefixed name"),
    ("else: {p: dct:description}", "else: {convert: text}", ":29: else should state its predicate"),
    ("else: {p: dct:description}", "else: {p: dct:description, convert: prose}", ":29: unknown converter 'prose'"),
    ("else: {p: dct:description}", "else: dct:description", ":29: 'else' should hold a mapping"),
    # each
    ("{labels: {Premio: premium}}", "{labels: {Premi: premium}}", ":26: 'Premi' is no label"),
    ("{labels: {Premio: premium}}", "{labels: {Premio: Il Premio}}", ":26: the key 'Il Premio' of 'Premio' should be in a-z"),
    ("{labels: {Premio: premium}}", "{labels: [Premio]}", "'labels' should hold a mapping"),
    ("{labels: {Premio: premium}}", "{labels: {Premio: premium}, split: /}", ":26: split has no effect beside labels"),
    ("{labels: {Premio: premium}}", "{labels: {Premio: premium}, from: Premio}", ":26: each should state either from or labels"),
    ("{labels: {Premio: premium}}", "{split: /}", ":26: each should state either from or labels"),
    ("{from: Legge, find: '(?P<number>\\d+)/(?P<year>\\d+)'}", "{from: Legge, find: '(?P<number>'}", ":31: .* is not a regular expression"),
    ("{from: Legge, find: '(?P<number>\\d+)/(?P<year>\\d+)'}", "{from: Legge, find: '(?P<number>\\d+)'}", r":32: .* has the unknown variable \$\(year\); known: id, item, licence, n, number, page"),
    ("{from: Legge, find: '(?P<number>\\d+)/(?P<year>\\d+)'}", "{from: Legge, find: x, split: y}", ":31: split has no effect beside find"),
    ("value: $(town)", "value: $(city)", r":40: .* unknown variable \$\(city\)"),
    # organisations
    ("    place: municipality", "    place: comune", ":43: unknown kind of place 'comune'; known: municipality, province, region"),
    ("comune di (?P<place>.+)", "comune di (.+)", ":42: match should name the part that is the place"),
    ("comune di (?P<place>.+)", "comune di (", ":42: .* is not a regular expression"),
    ("id/organisation/comune-$(code)", "id/organisation/comune-$(name)", r":44: .* unknown variable \$\(name\); known: code, licence, slug"),
    ("    label: Comune di $(name)", "    label: Comune di $(nome)", r":45: .* unknown variable \$\(nome\)"),
    ("    types: [org:Organization]", "    types: org:Organization", ":46: types should hold a list"),
    ("    types: [org:Organization]", "    types: [Organization]", ":46: 'Organization' should be a prefixed name"),
    ("    types: [org:Organization]\n", "", ":42: an organisation rule should state types"),
    ("    legal-status: https://example.org/status/2430", "    legal-status: 2430", ":47: '2430' should be an IRI"),
    ("    legal-status: https://example.org/status/2430", "    status: 2430", ":47: unknown key 'status'"),
    # ignore
    ("  Colore: says nothing", "  Colori: says nothing", ":49: ignores 'Colori', which the source does not list; known: Colore"),
    ("  Colore: says nothing", "  Colore:", ":49: ignores 'Colore' without a reason"),
    ("  Colore: says nothing", "  Colore: says nothing\n  Costo: twice", ":50: both maps and ignores 'Costo'"),
    ("ignore:\n  Colore: says nothing\n", "", "the source lists 'Colore'; map each, or name it under `ignore` with a reason"),
    ("ignore:\n  Colore: says nothing\n", "ignore: [Colore]\n", "'ignore' should hold a mapping"),
    # the file
    (MAPPING, "", ":1: 'mappings' should hold a mapping"),
    (MAPPING, "mappings: []\n", "'mappings' should hold a mapping"),
    (MAPPING, "mappings: {process: [a]}\n", ":1: 'process' should hold a mapping"),
    (MAPPING, "mappings: {process: {s: &x id/a, po: [*x]}}\n", ":1: anchors and aliases"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    MISTAKES,
    ids=[f"{number} {wrong.strip()[:50]}" for number, (_, wrong, _) in enumerate(MISTAKES)],
)
def test_a_mistake_names_file_line_and_what_is_known(
    read: Load, tmp_path: Path, right: str, wrong: str, message: str
) -> None:
    assert MAPPING.count(right) == 1
    with pytest.raises(MappingError, match=message) as raised:
        read(MAPPING.replace(right, wrong))
    assert str(raised.value).startswith(str(tmp_path / "mapping.yaml"))


def test_organisations_should_be_a_list_of_rules(read: Load) -> None:
    with pytest.raises(MappingError, match=r":41: organisations should hold a list"):
        read(MAPPING[: MAPPING.index("organisations:")].rstrip() + "\norganisations: {match: x}\nignore: {Colore: x}\n")
    with pytest.raises(MappingError, match=r"'organisations' should hold a mapping"):
        read(MAPPING[: MAPPING.index("organisations:")] + "organisations: [x]\nignore: {Colore: x}\n")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"mapping\.yaml: cannot be read"):
        parse_mapping(tmp_path / "mapping.yaml", KNOWN)


def test_the_mapping_of_the_project_maps_or_ignores_every_label(source_pipeline: SourcePipeline) -> None:
    mapping = source_pipeline.mapper.mapping
    assert mapping.mapped_labels | set(mapping.ignored_labels) == source_pipeline.source.layout.labels


# --- headings, sections, variables, described and inferred --------------------------------------------------------------------

STRUCTURE = """\
missing-values: record
mappings:
  record:
    s: doc/process/pr-$(id)
    po:
      - {p: passo:referenceLaw, mapping: law}
      - {p: dct:title, from: Titolo, convert: text, inferred: yes}
  law:
    each: {from: Legge, headings: 'Art. (?P<number>\\d+)', sections: {aims: 'Scopo:'}}
    variables: {town: [Nome, Indirizzo], cost: Costo}
    described: required
    s: id/legal-resource/pr-$(number)
    po:
      - {p: dct:title, value: "$(town), $(text), $(aims)", convert: text}
ignore: {Tecniche: x, Premio: x, Colore: x}
"""


def test_headings_sections_and_variables_are_parsed(read: Load) -> None:
    law = read(STRUCTURE).triples_maps["law"]
    assert law.iteration is not None
    assert law.iteration.heading_pattern is not None
    assert list(law.iteration.sections) == ["aims"]
    assert law.variables == {"town": ("Nome", "Indirizzo"), "cost": ("Costo",)}
    assert law.source_labels == {"Legge", "Nome", "Indirizzo", "Costo"}
    assert law.described == "required"
    assert [each.inferred for each in read(STRUCTURE).triples_maps["record"].predicate_object_maps] == [False, True]


STRUCTURE_MISTAKES = [
    ("missing-values: record\n", "", ":1: a line with inferred needs the map of the record, which says so: missing-values; known: law, record"),
    ("inferred: yes", "inferred: true", ":7: unknown answer 'true'; known: no, yes"),
    ("from: Titolo, convert: text", "o: x", ":7: inferred has no effect on a line without from or value or mapping"),
    ("'Art. (?P<number>\\d+)'", "'Art. (?P<number>'", ":9: .* is not a regular expression"),
    ("sections: {aims: 'Scopo:'}", "sections: {aims: 'Scopo('}", r":9: 'Scopo\(' is not a regular expression"),
    ("sections: {aims: 'Scopo:'}", "sections: {Scopi: 'Scopo:'}", ":9: the variable 'Scopi' should be in a-z, 0-9 and _, and begin with no figure"),
    ("sections: {aims: 'Scopo:'}", "sections: [aims]", "'sections' should hold a mapping"),
    ("sections: {aims: 'Scopo:'}", "split: ','", ":9: split has no effect beside headings"),
    ("headings: 'Art. (?P<number>\\d+)'", "find: '(?P<number>\\d+)'", ":9: sections has no effect without headings"),
    ("cost: Costo}", "cost: Costi}", ":10: 'Costi' is no label that source.yaml lists"),
    ("cost: Costo}", "1cost: Costo}", ":10: the variable '1cost' should be in a-z"),
    ("variables: {town: [Nome, Indirizzo], cost: Costo}", "variables: [Nome]", "'variables' should hold a mapping"),
    ("described: required", "described: yes", ":11: unknown kind of description 'yes'; known: optional, required"),
    ("$(aims)", "$(scopes)", r":14: .* has the unknown variable \$\(scopes\); known: aims, cost, id, item, licence, n, number, page, text, town"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    STRUCTURE_MISTAKES,
    ids=[f"{number} {wrong.strip()[:50]}" for number, (_, wrong, _) in enumerate(STRUCTURE_MISTAKES)],
)
def test_a_mistake_in_a_key_for_texts_names_file_line_and_what_is_known(
    read: Load, right: str, wrong: str, message: str
) -> None:
    assert STRUCTURE.count(right) == 1
    with pytest.raises(MappingError, match=message):
        read(STRUCTURE.replace(right, wrong))
