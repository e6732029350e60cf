"""A record becomes triples by its mapping.yaml; a missing value has a reason, and every value without a triple is reported."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.yarrrml.mapping_parser import LOOKUP_CONVERTERS, parse_mapping
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.namespaces import CVL, PASSO, RDF, VOCABULARY, XSD, curie
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.records import Field, FieldState, Record, SourceLine
from passo_lod.report import Severity, ValidationResult

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "data" / "sources" / "emilia-romagna" / "samples" / "9c01f1f444d477c3.txt"
PROCESS = VOCABULARY + "id/process/er-9c01f1f444d477c3"
RECORD = VOCABULARY + "doc/process/er-9c01f1f444d477c3"

Objects = dict[tuple[str, str], set[str]]
Map = Callable[..., MappedRecord]


def objects(mapped: MappedRecord) -> Objects:
    """The objects by subject and predicate."""
    found: Objects = {}
    for quad in mapped.quads:
        key = (iri(quad.subject), iri(quad.predicate))
        found.setdefault(key, set()).add(quad.object.value)  # type: ignore[union-attr]
    return found


def iri(term: object) -> str:
    assert isinstance(term, NamedNode), "published data has no blank node"
    return term.value


def values(mapped: MappedRecord, subject: str, predicate: str) -> set[str]:
    return objects(mapped).get((subject, curie(predicate).value), set())


@pytest.fixture(scope="session")
def seed(source_pipeline: SourcePipeline) -> MappedRecord:
    (reading,) = source_pipeline.source.readings([SEED])
    assert reading.record is not None
    return source_pipeline.mapper.map(reading.record)


@pytest.fixture
def map_fields(source_pipeline: SourcePipeline) -> Map:
    """Maps a record that has a title and the given fields: texts, or whole `Field`s."""

    def map_fields(fields: dict[str, str | Field], mapping: object = None) -> MappedRecord:
        listed = {"@title": "Orto inventato", **fields}
        record = Record(
            "emilia-romagna",
            "er-1",
            "samples/1.txt",
            {
                label: value if isinstance(value, Field) else Field(label, at, (SourceLine(at + 1, value),))
                for at, (label, value) in enumerate(listed.items(), start=1)
            },
            {"id": "1"},
        )
        return source_pipeline.mapper.map(record)

    return map_fields


PROCESS_1 = VOCABULARY + "id/process/er-1"
RECORD_1 = VOCABULARY + "doc/process/er-1"


def results_with_code(mapped: MappedRecord, code: str) -> list[ValidationResult]:
    return [result for result in mapped.results if result.code == code]


def missing(mapped: MappedRecord, record: str = RECORD_1) -> dict[str, str]:
    """The properties without a value, with the reason."""
    found = objects(mapped)
    nodes = found.get((record, PASSO.hasMissingValue.value), set())
    return {
        next(iter(found[node, PASSO.missingProperty.value])): next(iter(found[node, PASSO.answer.value])).rsplit(
            "/", 1
        )[-1]
        for node in nodes
    }


# --- The triples of the seed page -------------------------------------------------------------------------------------------------

EXPECTED = [
    ("", "schema:startDate", {"2020-02-21"}),
    ("", "schema:endDate", {"2020-11-15"}),
    ("", "schema:duration", {"P9M"}),
    ("", "passo:startYear", {"2020"}),
    ("", "passo:closingYear", {"2020"}),
    ("", "passo:participantCount", {"100"}),
    ("", "passo:cofinancingPercentage", {"30.0"}),
    ("", "passo:cofinanced", {VOCABULARY + "controlled-vocabulary/answer/yes"}),
    ("", "passo:comparisonRegion", {VOCABULARY + "id/place/istat-08"}),
    ("/cost", "schema:value", {"10000.00"}),
    ("/cost", "schema:currency", {"EUR"}),
    ("/funding/amount", "schema:value", {"7000.00"}),
    ("/funding/amount", "schema:currency", {"EUR"}),
    ("/funding", "passo:fundingYear", {"2019"}),
    ("/score/participation-index", "schema:ratingValue", {"28"}),
    ("/score/participation-index", "schema:bestRating", {"30"}),
    ("", "passo:participationLevel", {VOCABULARY + "controlled-vocabulary/participation-level-er/empowerment"}),
    (
        "",
        "passo:usesTechnique",
        {
            f"{VOCABULARY}controlled-vocabulary/technique/{code}"
            for code in ("world-cafe", "focus-group", "neighbourhood-walk", "consensus-method")
        },
    ),
    (
        "",
        "passo:affectedTerritory",
        {f"{VOCABULARY}id/place/istat-{code}" for code in ("036001", "036002", "036006", "036027", "036034", "036036")},
    ),
    ("", "passo:progressStatus", {VOCABULARY + "controlled-vocabulary/progress-status/completed"}),
    ("", "passo:decisionHolder", {VOCABULARY + "id/organisation/er-unione-comuni-del-sorbara"}),
    ("", "dct:identifier", {"er-9c01f1f444d477c3"}),
]


@pytest.mark.parametrize(("part", "predicate", "expected"), EXPECTED, ids=[f"{each[0]} {each[1]}" for each in EXPECTED])
def test_the_seed_page_has_these_objects(seed: MappedRecord, part: str, predicate: str, expected: set[str]) -> None:
    assert values(seed, PROCESS + part, predicate) == expected


@pytest.mark.parametrize(
    ("part", "predicate", "datatype"),
    [
        ("", "schema:startDate", "date"),
        ("", "schema:duration", "duration"),
        ("", "passo:startYear", "gYear"),
        ("/cost", "schema:value", "decimal"),
        ("", "passo:participantCount", "integer"),
    ],
)
def test_every_value_has_a_datatype(seed: MappedRecord, part: str, predicate: str, datatype: str) -> None:
    literals = [
        quad.object for quad in seed.quads if (iri(quad.subject), quad.predicate) == (PROCESS + part, curie(predicate))
    ]
    assert {literal.datatype for literal in literals if isinstance(literal, Literal)} == {XSD[datatype]}


def test_the_record_has_the_modification_date_and_the_process_has_none(seed: MappedRecord) -> None:
    assert values(seed, RECORD, "dct:modified") == {"2022-12-21"}
    assert {subject for subject, predicate in objects(seed) if predicate == curie("dct:modified").value} == {RECORD}


def test_record_and_process_refer_to_each_other(seed: MappedRecord) -> None:
    assert values(seed, RECORD, "foaf:primaryTopic") == {PROCESS}
    assert values(seed, PROCESS, "foaf:isPrimaryTopicOf") == {RECORD}
    assert values(seed, RECORD, "dct:license") == {"https://creativecommons.org/licenses/by/2.0/it/"}


def test_every_named_organisation_is_described(seed: MappedRecord) -> None:
    found = objects(seed)
    named = {
        value for (_, predicate), each in found.items() for value in each if predicate == PASSO.externalSubject.value
    }
    assert len(named) == 12
    assert all((body, curie("skos:prefLabel").value) in found for body in named)


def test_no_subject_or_object_is_a_blank_node_and_every_iri_is_valid(seed: MappedRecord) -> None:
    for quad in seed.quads:
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, NamedNode | Literal)
        if isinstance(quad.object, NamedNode):
            assert NamedNode(quad.object.value) == quad.object


def test_every_quad_is_in_the_graph_of_the_source(seed: MappedRecord) -> None:
    assert {quad.graph_name for quad in seed.quads} == {NamedNode(VOCABULARY + "dataset/emilia-romagna")}


def test_mapping_a_record_twice_gives_the_same_quads_and_results(
    source_pipeline: SourcePipeline, seed: MappedRecord
) -> None:
    again = source_pipeline.mapper.map(seed.record)
    assert again.quads == seed.quads
    assert again.results == seed.results


def test_every_value_of_the_seed_page_is_the_origin_of_a_triple(seed: MappedRecord) -> None:
    assert results_with_code(seed, "unused") == []
    stated = set(seed.origins.values())
    silent = {
        label for label, each in seed.record.fields.items() if each.state is FieldState.VALUE and each not in stated
    }
    assert silent == {"@badge"}


# --- Missing values ---------------------------------------------------------------------------------------------------------------

SENTINEL = Field("x", 3, (SourceLine(4, "Non indicato"),), FieldState.SENTINEL, "not-stated")
NOT_APPLICABLE = replace(SENTINEL, reason="not-applicable")
TICK = Field("x", 3, (), FieldState.CHECKBOX)
LOST = Field("x", 3, (), FieldState.LOST)


@pytest.mark.parametrize(
    ("field", "answer"),
    [(SENTINEL, "not-stated"), (NOT_APPLICABLE, "not-applicable"), (TICK, "not-captured"), (LOST, "not-captured")],
    ids=["not stated", "not applicable", "tick", "lost"],
)
def test_the_reason_for_a_missing_answer_is_on_the_record_and_is_no_answer(
    map_fields: Map, field: Field, answer: str
) -> None:
    mapped = map_fields({"Codecisione": replace(field, label="Codecisione")})
    assert values(mapped, PROCESS_1, "passo:coDecision") == set()
    assert missing(mapped) == {PASSO.coDecision.value: answer}


@pytest.mark.parametrize(("field", "answer"), [(SENTINEL, "not-stated"), (NOT_APPLICABLE, "not-applicable")])
def test_a_statement_on_a_criterion_has_the_reason_as_its_answer(map_fields: Map, field: Field, answer: str) -> None:
    mapped = map_fields({"Premialità istanze": replace(field, label="Premialità istanze")})
    statement = f"{PROCESS_1}/criterion/requests"
    assert values(mapped, statement, "passo:answer") == {CVL[f"answer/{answer}"].value}
    assert missing(mapped) == {}


@pytest.mark.parametrize(("text", "answer"), [("Si", "yes"), ("Sì", "yes"), ("No", "no")])
def test_an_answer_with_a_value_is_that_concept(map_fields: Map, text: str, answer: str) -> None:
    assert values(map_fields({"Codecisione": text}), PROCESS_1, "passo:coDecision") == {CVL[f"answer/{answer}"].value}


@pytest.mark.parametrize(
    ("field", "answer"),
    [(SENTINEL, "not-stated"), (NOT_APPLICABLE, "not-applicable"), (LOST, "not-captured")],
    ids=["not stated", "not applicable", "lost"],
)
@pytest.mark.parametrize(
    ("label", "predicate"),
    [
        ("Numero persone partecipanti (stimate o effettive)", "passo:participantCount"),
        ("Riscontro della prevalenza di genere fra i partecipanti", "passo:prevailingGender"),
        ("Costo del processo", "passo:cost"),
        ("Ambito di intervento", "passo:policyArea"),
    ],
)
def test_any_other_property_without_a_value_has_a_missing_value_on_the_record(
    map_fields: Map, field: Field, answer: str, label: str, predicate: str
) -> None:
    mapped = map_fields({label: replace(field, label=label)})
    assert missing(mapped) == {curie(predicate).value: answer}
    assert values(mapped, PROCESS_1, predicate) == set()
    node = next(iter(values(mapped, RECORD_1, "passo:hasMissingValue")))
    assert values(mapped, node, "passo:sourceField") == {label}


def test_a_sentinel_is_never_a_literal(map_fields: Map) -> None:
    mapped = map_fields({"Obiettivi": replace(SENTINEL, label="Obiettivi")})
    assert not any("Non indicato" in quad.object.value for quad in mapped.quads if isinstance(quad.object, Literal))


def test_a_property_with_a_value_of_another_field_is_not_missing(map_fields: Map) -> None:
    label = "Data inizio del processo"
    mapped = map_fields({label: replace(LOST, label=label), "Data inizio": "21/02/2020"})
    assert missing(mapped) == {}
    assert values(mapped, PROCESS_1, "passo:startYear") == {"2020"}


def test_a_field_that_the_page_lacks_is_no_missing_value(map_fields: Map) -> None:
    assert missing(map_fields({})) == {}


# --- Values that cannot be published -----------------------------------------------------------------------------------------


def test_a_conversion_error_is_a_violation(map_fields: Map) -> None:
    (result,) = results_with_code(map_fields({"Costo del processo": "dieci mila"}), "money")
    assert (result.severity, result.line, result.field, result.value) == (
        Severity.VIOLATION,
        3,
        "Costo del processo",
        "dieci mila",
    )
    assert result.texts["en"].expected == "an amount of money, as in 10.000,00 €"


@pytest.mark.parametrize(
    ("label", "text", "code", "predicate"),
    [
        ("Tecniche di Partecipazione", "Danza delle sedie", "unknown-concept", "passo:usesTechnique"),
        ("Territorio Interessato", "Paperopoli", "unknown-place", "passo:affectedTerritory"),
        ("Territorio Interessato", "Milano", "unknown-place", "passo:affectedTerritory"),
        ("Soggetti esterni", "???", "unknown-organisation", "passo:externalSubject"),
        ("Stato di avanzamento", "Sospeso", "unknown-concept", "passo:progressStatus"),
    ],
)
def test_an_unknown_name_is_reported_and_a_missing_value(
    map_fields: Map, label: str, text: str, code: str, predicate: str
) -> None:
    mapped = map_fields({label: text})
    (result,) = results_with_code(mapped, code)
    assert (result.severity, result.value, result.field, result.line) == (Severity.WARNING, text, label, 3)
    assert result.expected
    assert values(mapped, PROCESS_1, predicate) == set()
    assert missing(mapped)[curie(predicate).value] == "not-understood"
    node = f"{RECORD_1}#missing-{predicate.partition(':')[2]}"
    assert values(mapped, node, "passo:sourceText") == {text}


def test_a_list_of_parts_without_items_is_not_stated(map_fields: Map) -> None:
    mapped = map_fields({"01 - Scheda progetto": Field("01 - Scheda progetto", 3, (), FieldState.EMPTY)})
    assert set(missing(mapped).values()) == {"not-stated"}


def test_the_level_of_a_process_is_that_of_its_smallest_known_place(map_fields: Map) -> None:
    mapped = map_fields({"Territorio Interessato": "Provincia di Modena / Bomporto / Regione Emilia-Romagna"})
    assert values(mapped, PROCESS_1, "passo:placeLevel") == {CVL["place-level/municipality"].value}
    assert len(values(mapped, PROCESS_1, "passo:affectedTerritory")) == 3
    whole = map_fields({"Territorio Interessato": "Regione Emilia-Romagna"})
    assert values(whole, PROCESS_1, "passo:placeLevel") == {CVL["place-level/region"].value}
    assert values(whole, PROCESS_1, "passo:territoryDescription") == {"Regione Emilia-Romagna"}


def test_the_text_of_an_empty_field_is_not_stated(map_fields: Map) -> None:
    mapped = map_fields({"Obiettivi": Field("Obiettivi", 3, (), FieldState.EMPTY)})
    assert missing(mapped) == {PASSO.objectives.value: "not-stated"}


def test_a_name_that_is_withheld_is_a_missing_value_without_its_text(map_fields: Map) -> None:
    mapped = map_fields({"Processo segnalato da": "Anna Bianchi", "Proponente": "Luca Neri"})
    assert missing(mapped) == {PASSO.reportedBy.value: "withheld", PASSO.proposer.value: "withheld"}
    assert not any("Bianchi" in str(quad) or "Neri" in str(quad) for quad in mapped.quads)


def test_a_text_that_was_not_understood_is_kept_without_personal_data(map_fields: Map) -> None:
    mapped = map_fields({"Stato di avanzamento": "Sospeso, scrivere a anna.bianchi@example.org"})
    text = values(mapped, f"{RECORD_1}#missing-progressStatus", "passo:sourceText")
    assert len(text) == 1
    assert "Sospeso" in next(iter(text))
    assert "anna" not in next(iter(text))


def test_a_text_that_no_rule_could_use_is_kept(map_fields: Map) -> None:
    mapped = map_fields({"Legge di riferimento": "una legge inventata"})
    assert missing(mapped) == {PASSO.referenceLaw.value: "not-understood"}
    assert values(mapped, f"{RECORD_1}#missing-referenceLaw", "passo:sourceText") == {"una legge inventata"}


def test_the_known_names_of_a_list_are_published(map_fields: Map) -> None:
    mapped = map_fields({"Tecniche di Partecipazione": "Focus Group / Danza delle sedie / World Cafè / "})
    assert values(mapped, PROCESS_1, "passo:usesTechnique") == {
        CVL["technique/focus-group"].value,
        CVL["technique/world-cafe"].value,
    }
    assert [result.value for result in results_with_code(mapped, "unknown-concept")] == ["Danza delle sedie"]
    assert missing(mapped) == {PASSO.usesTechnique.value: "not-understood"}
    assert values(mapped, f"{RECORD_1}#missing-usesTechnique", "passo:sourceText") == {"Danza delle sedie"}


def test_the_nearest_concepts_are_named_in_the_language_of_the_reader(map_fields: Map) -> None:
    (result,) = results_with_code(
        map_fields({"Tecniche di Partecipazione": "Passeggiata nel quartiere"}), "unknown-concept"
    )
    assert "«Tecnica di partecipazione»" in result.texts["it"].message
    assert "“Participation technique”" in result.texts["en"].message
    italian, english = (result.texts[language].expected.partition(": ")[2].split("; ") for language in ("it", "en"))
    assert (italian[0], english[0]) == ("passeggiata di quartiere", "neighbourhood walk")
    assert len(set(italian)) == len(italian) == len(english) <= 3


def test_a_negative_amount_is_called_negative(map_fields: Map) -> None:
    (result,) = results_with_code(map_fields({"Costo del processo": "-500,00 €"}), "money")
    assert result.texts["it"].message == "Il valore non si può usare: l’importo è negativo."
    assert result.texts["en"].message == "The value cannot be used: the amount is negative."


def test_a_near_name_is_suggested(map_fields: Map) -> None:
    (result,) = results_with_code(map_fields({"Territorio Interessato": "Bonporto"}), "unknown-place")
    assert "Bomporto" in result.texts["en"].expected


def test_an_organisation_with_an_unknown_place_is_published_by_its_name_and_reported(map_fields: Map) -> None:
    mapped = map_fields({"Proponente": "Comune di Paperopoli"})
    assert values(mapped, PROCESS_1, "passo:proposer") == {VOCABULARY + "id/organisation/er-comune-di-paperopoli"}
    assert [result.severity for result in results_with_code(mapped, "unknown-place")] == [Severity.INFO]


def test_a_value_without_a_triple_is_reported(map_fields: Map) -> None:
    (result,) = results_with_code(map_fields({"Legge di riferimento": "una legge che non si capisce"}), "unused")
    assert (result.severity, result.field) == (Severity.WARNING, "Legge di riferimento")


def test_the_second_of_two_labels_for_one_property_is_reported(map_fields: Map) -> None:
    mapped = map_fields({"Data inizio": "21/02/2020", "Data inizio del processo": "22/02/2020"})
    assert values(mapped, PROCESS_1, "schema:startDate") == {"2020-02-21"}
    assert [result.field for result in results_with_code(mapped, "unused")] == ["Data inizio del processo"]


def test_the_label_with_a_value_is_used_of_two_for_one_property(map_fields: Map) -> None:
    mapped = map_fields({"Data inizio": replace(LOST, label="Data inizio"), "Data inizio del processo": "22/02/2020"})
    assert values(mapped, PROCESS_1, "schema:startDate") == {"2020-02-22"}


# --- The keys of a mapping ---------------------------------------------------------------------------------------------------


def test_a_text_that_names_no_concept_has_the_predicate_of_else(map_fields: Map) -> None:
    mapped = map_fields({"Premialità istanze": "Due istanze di cittadini.", "Bonus Accessibilità": "No"})
    assert values(mapped, PROCESS_1 + "/criterion/requests", "dct:description") == {"Due istanze di cittadini."}
    assert values(mapped, PROCESS_1 + "/criterion/requests", "passo:answer") == set()
    assert values(mapped, PROCESS_1 + "/criterion/accessibility", "passo:answer") == {CVL["answer/no"].value}


@pytest.mark.parametrize(
    ("badge", "agrees"), [("CertificatoFinanziato", True), ("Certificato", False)], ids=["agrees", "disagrees"]
)
def test_a_value_that_is_only_compared_is_reported_if_it_differs(map_fields: Map, badge: str, agrees: bool) -> None:
    mapped = map_fields({"@badge": badge, "Natura Processo": "Processo certificato e finanziato"})
    assert values(mapped, PROCESS_1, "passo:processNature") == {CVL["process-nature/certified-funded"].value}
    assert (results_with_code(mapped, "disagrees") == []) is agrees


def test_an_organisation_is_published_as_reporter_and_a_person_is_not(map_fields: Map) -> None:
    body, person = (map_fields({"Processo segnalato da": name}) for name in ("Comune di Imola", "Mario Inventato"))
    assert values(body, RECORD_1, "passo:reportedBy") == {"Comune di Imola"}
    assert values(person, RECORD_1, "passo:reportedBy") == set()
    (result,) = results_with_code(person, "withheld")
    assert result.value is None
    assert "Inventato" not in str(person.results) + str(person.quads)


def test_personal_data_in_a_text_is_masked_and_reported_without_repeating_it(map_fields: Map) -> None:
    mapped = map_fields({"Obiettivi": "Scrivere a mario.inventato@example.org."})
    assert values(mapped, PROCESS_1, "passo:objectives") == {"Scrivere a […]."}
    assert "inventato" not in str(mapped.results)


def test_personal_data_beside_the_name_of_an_organisation_is_masked_in_its_label_and_iri(map_fields: Map) -> None:
    mapped = map_fields({"Soggetti esterni": "Circolo (mario.inventato@example.org) / Dott. Mario Inventato"})
    assert "mario" not in (str(mapped.quads) + str(mapped.results)).casefold()
    assert values(mapped, PROCESS_1, "passo:externalSubject") == {VOCABULARY + "id/organisation/er-circolo"}
    assert len(results_with_code(mapped, "unknown-organisation")) == 1


def test_phases_are_items_of_the_text_in_their_order(map_fields: Map) -> None:
    text = "FASE 1: AVVIO (gennaio) Si comincia.\nSi continua. FASE 2: CHIUSURA (maggio) Si finisce."
    mapped = map_fields({"Fasi del percorso": text})
    first, second = (f"{PROCESS_1}/phase/{number}" for number in (1, 2))
    assert values(mapped, first, "dct:title") == {"AVVIO"}
    assert values(mapped, first, "dct:description") == {"Si comincia.\nSi continua."}
    assert values(mapped, second, "passo:plannedPeriod") == {"maggio"}
    assert values(mapped, second, "l0:positionInSequence") == {"2"}
    assert values(mapped, PROCESS_1, "passo:designDescription") == {text}


def test_a_text_without_phases_is_published(map_fields: Map) -> None:
    mapped = map_fields({"Fasi del percorso": "Tre incontri."})
    assert values(mapped, PROCESS_1, "passo:designDescription") == {"Tre incontri."}
    assert mapped.results == ()


DOCUMENTS = [
    ("01 - Scheda progetto", "scheda di prova.pdf /", "/document/project-sheet-1", "scheda di prova", None),
    ("03 - Relazioni intermedie e finali", "media/prima.pdf / media/seconda.doc", "/document/report-2", "seconda", "https://www.osservatoriopartecipazione.it/media/seconda.doc"),
    ("04 - Presa d'atto Ente Titolare della decisione", "Presa d'atto dell'Unione", "/document/decision-act-1", "Presa d'atto dell'Unione", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "text", "part", "title", "address"), DOCUMENTS, ids=[each[0][:5] for each in DOCUMENTS]
)
def test_documents_have_titles_and_known_addresses(
    map_fields: Map, label: str, text: str, part: str, title: str, address: str | None
) -> None:
    mapped = map_fields({label: text})
    assert values(mapped, PROCESS_1 + part, "dct:title") == {title}
    assert values(mapped, PROCESS_1 + part, "schema:contentUrl") == ({address} if address else set())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Via Per Modena, 7, 41030 Bomporto", ("Via Per Modena", "7", "41030", "Bomporto")),
        ("Piazza di Prova, n.7, 41030 Bomporto, MO, Italia", ("Piazza di Prova", "7", "41030", "Bomporto")),
        ("Via Prova, 1/D, 43036, Fidenza", ("Via Prova", "1/D", "43036", "Fidenza")),
        ("in municipio", ()),
    ],
)
def test_an_address_is_published_as_a_text_and_in_its_components_if_it_can_be_parsed(
    map_fields: Map, text: str, parts: tuple[str, ...]
) -> None:
    mapped = map_fields({"Indirizzo": text})
    address = PROCESS_1 + "/address"
    assert values(mapped, address, "locn:fullAddress") == {text}
    predicates = ("locn:thoroughfare", "locn:locatorDesignator", "locn:postCode", "locn:postName")
    found = [values(mapped, address, predicate) for predicate in predicates]
    assert found == ([{part} for part in parts] if parts else [set()] * 4)


def test_templates_percent_encode_their_values(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    """R2RML, 7.3: the values in an IRI are percent-encoded, so that no value can break out of it."""
    known = _known(source_pipeline, pipeline_context)
    labels = "\n".join(
        f"  {label!r}: x" for label in sorted(source_pipeline.source.layout.labels - {"Titolari della decisione"})
    )
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "mappings:\n  process:\n    s: id/process/er-$(id)\n    when: [Titolari della decisione]\n"
        "    po: [{p: rdf:type, o: passo:ParticipatoryProcess}, {p: passo:proposer, mapping: body}]\n  body:\n    each: {from: Titolari della decisione, split: ' / '}\n    s: id/body/$(item)\n"
        "    po: [{p: dct:title, value: $(item), convert: text}, {p: dct:source, o: 'https://example.org/$(item)?n=$(n)'}]\n"
        f"ignore:\n{labels}\n",
        encoding="utf-8",
    )
    mapper = replace(source_pipeline.mapper, mapping=parse_mapping(path, known))
    text = "Unione/Città #1 & <b>"
    record = Record(
        "s",
        "er-1",
        "1.txt",
        {"Titolari della decisione": Field("Titolari della decisione", 1, (SourceLine(2, text),))},
        {"id": "1"},
    )
    mapped = mapper.map(record)
    encoded = "Unione%2FCitt%C3%A0%20%231%20%26%20%3Cb%3E"
    assert {iri(quad.subject) for quad in mapped.quads} == {PROCESS_1, f"{VOCABULARY}id/body/{encoded}"}
    assert values(mapped, f"{VOCABULARY}id/body/{encoded}", "dct:source") == {f"https://example.org/{encoded}?n=1"}


def _known(source_pipeline: SourcePipeline, pipeline_context: PipelineContext) -> object:
    return KnownNames(
        source_pipeline.source.layout.labels,
        {*source_pipeline.mapper.converters, *LOOKUP_CONVERTERS},
        pipeline_context.schemes.codes,
        {},
    )


# --- Entailment -----------------------------------------------------------------------------------------------


def test_entailed_triples_are_published(seed: MappedRecord, source_pipeline: SourcePipeline) -> None:
    entailment = source_pipeline.mapper.entailment
    assert entailment.super_properties
    published = set(seed.quads)
    for quad in seed.quads:
        for predicate in entailment.super_properties.get(quad.predicate, ()):
            assert Quad(quad.subject, predicate, quad.object, quad.graph_name) in published
        if quad.predicate == RDF.type and isinstance(quad.object, NamedNode):
            for parent in entailment.super_classes.get(quad.object, ()):
                assert Quad(quad.subject, RDF.type, parent, quad.graph_name) in published


# --- Any text ---------------------------------------------------------------------------------------------------------

LABELS = [
    "Costo del processo", "Data inizio", "Durata (mesi)", "Percentuale Cofinanziamento", "Indice di partecipazione",
    "Anno Finanziamento", "Link", "Logo", "Mappa di Impatto", "01 - Scheda progetto", "Titolari della decisione",
    "Territorio Interessato", "Tecniche di Partecipazione", "Indirizzo", "Fasi del percorso", "Premialità istanze",
    "Sintesi della valutazione regionale", "Legge di riferimento", "Obiettivi", "@badge", "Processo segnalato da",
]  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(LABELS),
        st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("/ .,%€:()0123456789\n"), min_size=1, max_size=60)
        | st.from_regex(r"https?://[^\s]{0,20}|[0-9./,% €]{1,20}|FASE [0-9]: .{0,20}\(.{0,9}\)|Comune di \w{1,9}", fullmatch=True),
        max_size=6,
    )
)  # fmt: skip
def test_every_field_with_a_value_is_published_or_reported(map_fields: Map, fields: dict[str, str]) -> None:
    shown = {label: text.strip() for label, text in fields.items() if text.strip()}
    mapped = map_fields(shown)
    accounted = {origin.label for origin in mapped.origins.values()} | {result.field for result in mapped.results}
    silent = set(shown) - accounted - {"@badge"}
    assert silent == set()
    assert all(isinstance(quad.subject, NamedNode) and not isinstance(quad.object, str) for quad in mapped.quads)


def test_a_triple_leads_to_its_field_and_line(seed: MappedRecord) -> None:
    field = seed.field_for(PROCESS, curie("schema:startDate").value)
    assert field is not None
    assert (field.label, field.value_line) == ("Data inizio", 20)
    assert seed.field_for(PROCESS, "https://example.org/nothing") is None
    by_value = seed.field_for(PROCESS, "https://example.org/nothing", "7000.00")
    assert by_value is not None
    assert by_value.label == "Importo finanziato dal Bando"


def test_two_decision_holders_with_one_office_conform(outcome_of: Callable[..., RecordOutcome], good_page: str) -> None:
    outcome = outcome_of(good_page.replace("Comune di Imola", "Comune di Imola / Comune di Dozza"))
    assert outcome.published, outcome.results
