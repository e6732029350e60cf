"""What the text of a record page contains becomes parts and links: phases with their months, laws, calls; what we infer is marked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.mapping.yarrrml.mapping_parser import parse_mapping
from passo_lod.mapping.yarrrml.mapping_terms import KnownNames
from passo_lod.namespaces import RDF, VOCABULARY, XSD, curie
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.records import Field, FieldState, Record, SourceLine
from passo_lod.report import Severity

PROCESS = VOCABULARY + "id/process/er-1"
RECORD = VOCABULARY + "doc/process/er-1"
LAW = VOCABULARY + "id/legal-resource/er-"
DATES = {"Data inizio": "21/02/2020", "Data fine": "15/11/2020"}
PHASES = "Fasi del percorso"
ASSESSMENT = "Sintesi della valutazione regionale"

Map = Callable[..., MappedRecord]
Statement = tuple[str, str, str]


@pytest.fixture
def map_fields(source_pipeline: SourcePipeline) -> Map:
    """Maps a record with a title and the given fields; a field without a text is a label that stands alone."""

    def map_fields(fields: dict[str, str | None], pipeline: SourcePipeline = source_pipeline) -> MappedRecord:
        listed = {"@title": "Orto inventato", **fields}
        record = Record(
            "emilia-romagna",
            "er-1",
            "samples/1.txt",
            {label: field(label, text, at) for at, (label, text) in enumerate(listed.items(), start=1)},
            {"id": "1"},
        )
        return pipeline.mapper.map(record)

    return map_fields


def field(label: str, text: str | None, at: int) -> Field:
    if text is None:
        return Field(label, at, state=FieldState.LOST)
    return Field(label, at, tuple(SourceLine(at + n, line) for n, line in enumerate(text.split("\n"), start=1)))


def values(mapped: MappedRecord, subject: str, predicate: str) -> set[str]:
    wanted = (NamedNode(subject), curie(predicate))
    return {quad.object.value for quad in mapped.quads if (quad.subject, quad.predicate) == wanted}  # type: ignore[union-attr]


def phases(mapped: MappedRecord, predicate: str) -> dict[str, str]:
    """The value of a property of each phase, by the end of its IRI."""
    found = {iri: values(mapped, iri, predicate) for iri in values(mapped, PROCESS, "passo:hasPhase")}
    return {iri.rpartition("/")[2]: " | ".join(sorted(each)) for iri, each in sorted(found.items()) if each}


def inferred(mapped: MappedRecord) -> dict[Statement, set[str]]:
    """The inferred statements, each with the labels of its fields."""
    nodes = values(mapped, RECORD, "passo:hasInferredStatement")
    return {
        tuple(values(mapped, node, f"rdf:{part}").pop() for part in ("subject", "predicate", "object")): values(  # type: ignore[misc]
            mapped, node, "passo:sourceField"
        )
        for node in nodes
    }


def missing(mapped: MappedRecord) -> dict[str, tuple[str, set[str]]]:
    """Reason and source fields of each missing value, by property."""
    return {
        values(mapped, node, "passo:missingProperty").pop().removeprefix(VOCABULARY + "onto/"): (
            values(mapped, node, "passo:answer").pop().rpartition("/")[2],
            values(mapped, node, "passo:sourceField"),
        )
        for node in values(mapped, RECORD, "passo:hasMissingValue")
    }


# --- Phases -------------------------------------------------------------------------------------------------------------------

HEADINGS = [
    ("FASE 1: ASCOLTO (marzo) Si va.", "ASCOLTO", "marzo", "Si va."),
    ("Fase 1 - Ascolto (marzo)\nSi va.", "Ascolto", "marzo", "Si va."),
    ("Fase 1 – Ascolto\nSi va.", "Ascolto", None, "Si va."),
    ("Fase 1 — Ascolto. Si va.", "Ascolto", None, "Si va."),
    ("FASE 1. ASCOLTO (marzo): Si va.", "ASCOLTO", "marzo", "Si va."),
    ("Fase n. 1: Ascolto\nSi va.", "Ascolto", None, "Si va."),
    ("1ª fase: Ascolto\nSi va.", "Ascolto", None, "Si va."),
    ("1a FASE – Ascolto (marzo 2020)\nSi va.", "Ascolto", "marzo 2020", "Si va."),
    ("FASE 1 ASCOLTO (due mesi) Si va.", "ASCOLTO", "due mesi", "Si va."),
    ("• Fase 1) Ascolto\nSi va.", "Ascolto", None, "Si va."),
    ("Fase 1\nSi va.", None, None, "Si va."),
    ("Si parte. Fase 1: Tavolo di negoziazione (TdN) (marzo) Si va.", "Tavolo di negoziazione (TdN)", "marzo", "Si va."),
    ("Si parte subito FASE 1: ASCOLTO (marzo) Si va.", "ASCOLTO", "marzo", "Si va."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "title", "period", "description"), HEADINGS, ids=[each[0][:18] for each in HEADINGS])
def test_a_heading_in_any_usual_notation_begins_a_phase(
    map_fields: Map, text: str, title: str | None, period: str | None, description: str
) -> None:
    mapped = map_fields({PHASES: text})
    assert phases(mapped, "l0:positionInSequence") == {"1": "1"}
    assert phases(mapped, "dct:title").get("1") == title
    assert phases(mapped, "passo:plannedPeriod").get("1") == period
    assert phases(mapped, "dct:description") == {"1": description}
    assert values(mapped, PROCESS, "passo:designDescription") == {text}


@pytest.mark.parametrize(
    "text",
    ["Come nella fase 2 - quella lunga - si discute.", "Si parte. Fase 2 prevede altro.", "Dopo le 3 fasi, basta."],
)
def test_a_phase_that_prose_mentions_is_no_heading(map_fields: Map, text: str) -> None:
    assert phases(map_fields({PHASES: text}), "l0:positionInSequence") == {}


SECTIONS = [
    ("Si va. Obiettivi: capire. Risultati attesi: un elenco.", "Si va.", "capire.", "un elenco."),
    ("Si va.\nOBIETTIVI\ncapire\nRisultati attesi\nun elenco", "Si va.", "capire", "un elenco"),
    ("Si va. obiettivi - capire risultati attesi Un elenco.", "Si va.", "capire", "Un elenco."),
    ("Si va. Risultati attesi: un elenco. Obiettivo della fase: capire.", "Si va.", "capire.", "un elenco."),
    ("Con gli obiettivi strategici - si va.", "Con gli obiettivi strategici - si va.", None, None),
    ("Si presentano i risultati attesi Dal Comune.", "Si presentano i risultati attesi Dal Comune.", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "description", "objectives", "results"), SECTIONS)
def test_a_phase_has_objectives_and_expected_results_of_its_own(
    map_fields: Map, text: str, description: str, objectives: str | None, results: str | None
) -> None:
    mapped = map_fields({PHASES: f"FASE 1: ASCOLTO (marzo) {text} FASE 2: SCELTA (aprile) Si vota."})
    assert phases(mapped, "dct:description") == {"1": description, "2": "Si vota."}
    assert phases(mapped, "passo:objectives").get("1") == objectives
    assert phases(mapped, "passo:expectedResults").get("1") == results
    assert values(mapped, PROCESS, "passo:objectives") == values(mapped, PROCESS, "passo:expectedResults") == set()


def test_the_year_of_a_phase_is_inferred_from_the_dates_of_the_process(map_fields: Map) -> None:
    mapped = map_fields({**DATES, PHASES: "FASE 1: ASCOLTO (marzo-maggio) Si va."})
    phase = f"{PROCESS}/phase/1"
    months = {quad.object for quad in mapped.quads if quad.predicate == curie("passo:plannedStart")}
    assert months == {Literal("2020-03", datatype=XSD.gYearMonth)}
    assert phases(mapped, "passo:plannedEnd") == {"1": "2020-05"}
    marked = inferred(mapped)
    assert marked[phase, curie("passo:plannedStart").value, "2020-03"] == {PHASES, "Data inizio", "Data fine"}
    assert marked[phase, curie("passo:plannedEnd").value, "2020-05"] == {PHASES, "Data inizio", "Data fine"}


@pytest.mark.parametrize(
    "period", ["gennaio-febbraio", "entro maggio", "da marzo", "primavera", "marzo '21", "mesi 3-5"]
)
def test_a_year_is_never_invented(map_fields: Map, period: str) -> None:
    mapped = map_fields({**DATES, PHASES: f"FASE 1: ASCOLTO ({period}) Si va."})
    assert phases(mapped, "passo:plannedStart") == phases(mapped, "passo:plannedEnd") == {}
    assert phases(mapped, "l0:positionInSequence") == {"1": "1"}


def test_months_of_two_possible_years_get_none(map_fields: Map) -> None:
    dates = {"Data inizio": "01/02/2019", "Data fine": "30/04/2020"}
    mapped = map_fields(
        {**dates, PHASES: "FASE 1: ASCOLTO (marzo) a FASE 2: SCELTA (settembre) b FASE 3: ATTO (dicembre-gennaio) c"}
    )
    assert phases(mapped, "passo:plannedStart") == {"2": "2019-09", "3": "2019-12"}
    assert phases(mapped, "passo:plannedEnd") == {"2": "2019-09", "3": "2020-01"}


def test_a_year_in_the_text_is_no_inference(map_fields: Map) -> None:
    mapped = map_fields({**DATES, PHASES: "FASE 1: ASCOLTO (novembre 2019 - gennaio 2020) Si va."})
    assert phases(mapped, "passo:plannedStart") == {"1": "2019-11"}
    assert phases(mapped, "passo:plannedEnd") == {"1": "2020-01"}
    assert {predicate for _, predicate, _ in inferred(mapped)} == {curie("passo:startYear").value}


def test_the_phases_of_the_seed_page_have_what_its_text_says(source_pipeline: SourcePipeline, shared: Path) -> None:
    """Read off the page by a person; the first phase was planned to begin before the process did."""
    seed = next((shared / "seeds").glob("*.txt"))
    (reading,) = source_pipeline.source.readings([seed])
    assert reading.record is not None
    mapped = source_pipeline.mapper.map(replace(reading.record, id="er-1", variables={"id": "1"}))
    objectives, results = phases(mapped, "passo:objectives"), phases(mapped, "passo:expectedResults")
    assert objectives["1"].startswith("Coinvolgere chi ha mostrato interesse")
    assert objectives["1"].endswith("dell'iniziativa e dei risultati.")
    assert results["1"].startswith("Suscitare l'autocandidatura")
    assert results["1"].endswith("al Tavolo di negoziazione.")
    assert objectives["2"].startswith("stimolare l'interesse")
    assert objectives["2"].endswith("oggetto del percorso")
    assert results["2"].startswith("Favorire la continuità")
    assert results["2"].endswith("workshop tematici.")
    assert objectives.keys() == results.keys() == {"1", "2"}
    assert phases(mapped, "passo:plannedPeriod") == {
        "1": "gennaio- febbraio",
        "2": "marzo-aprile-maggio",
        "3": "fine giugno-luglio",
    }
    assert phases(mapped, "passo:plannedStart") == {"2": "2020-03", "3": "2020-06"}
    assert phases(mapped, "passo:plannedEnd") == {"2": "2020-05", "3": "2020-07"}


def test_the_parts_of_the_seed_page_lose_no_word_of_its_text(source_pipeline: SourcePipeline, shared: Path) -> None:
    seed = next((shared / "seeds").glob("*.txt"))
    (reading,) = source_pipeline.source.readings([seed])
    assert reading.record is not None
    mapped = source_pipeline.mapper.map(replace(reading.record, id="er-1", variables={"id": "1"}))
    predicates = ("dct:title", "passo:plannedPeriod", "dct:description", "passo:objectives", "passo:expectedResults")
    kept = " ".join(text for predicate in predicates for text in phases(mapped, predicate).values())
    assert kept.split() != []
    headings = {"FASE", "1:", "2:", "3:", "Obiettivi:", "Risultati", "attesi:", "obiettivi", "risultati", "attesi", "-"}
    words = [word.strip("()") for word in reading.record.fields[PHASES].text.split() if word not in headings]
    assert [word for word in words if word not in kept] == []


@pytest.mark.parametrize(
    "heading", ["Seconda fase, la scelta: si vota.", "Fase II: scelta.", "Fase 2 prevede il voto."]
)
def test_a_heading_of_which_no_phase_is_made_is_a_warning(
    tmp_path: Path, source_pipeline: SourcePipeline, pipeline_context: PipelineContext, heading: str
) -> None:
    page = source_pipeline.source.folder / "samples" / "9c01f1f444d477c3.txt"
    text = page.read_text(encoding="utf-8")
    begin, end = text.index("FASE 1: "), text.index("\n\nImpatto emergenza")
    file = tmp_path / "1.txt"
    file.write_text(f"{text[:begin]}Fase 1: Ascolto. Si va. {heading}{text[end:]}", encoding="utf-8")
    (outcome,) = process(source_pipeline, pipeline_context, [file])
    (result,) = [each for each in outcome.results if "everyHeadingIsAPhase" in each.code]
    assert (result.severity, result.field) == (Severity.WARNING, PHASES)
    assert result.line == text[:begin].count("\n") + 1


# --- Laws, calls and what is inferred -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "laws"),
    [
        ("Lr 20/2000; Lr 6/2005", {"lr-2000-20", "lr-2005-6"}),
        ("L.R. n. 15/2018", {"lr-2018-15"}),
        ("L. R. 15/2018, LR 3/2010", {"lr-2018-15", "lr-2010-3"}),
        ("Legge regionale n. 15 del 22 ottobre 2018", {"lr-2018-15"}),
        ("legge regionale 3/2010 e L.R. 15 del 22/10/2018", {"lr-2018-15", "lr-2010-3"}),
    ],
)
def test_each_law_that_a_field_names_is_one_of_the_described_ones(map_fields: Map, text: str, laws: set[str]) -> None:
    mapped = map_fields({"Legge di riferimento": text})
    assert values(mapped, PROCESS, "passo:referenceLaw") == {LAW + law for law in laws}
    assert mapped.results == ()


def test_a_law_that_reference_ttl_does_not_describe_is_asked_and_not_minted(map_fields: Map) -> None:
    mapped = map_fields({"Legge di riferimento": "L.R. 15/2018; Lr 99/2031"})
    assert values(mapped, PROCESS, "passo:referenceLaw") == {LAW + "lr-2018-15"}
    assert not any("2031-99" in str(quad) for quad in mapped.quads)
    (result,) = mapped.results
    assert (result.severity, result.code, result.value) == (Severity.WARNING, "not-described", "Lr 99/2031")
    for text in result.texts.values():
        assert "emilia-romagna/reference.ttl" in text.message
        assert "id/legal-resource/er-lr-2031-99" in text.message + text.expected
    assert missing(mapped)["referenceLaw"] == ("not-understood", {"Legge di riferimento"})


def test_what_is_no_law_beside_a_law_is_reported(map_fields: Map) -> None:
    mapped = map_fields({"Legge di riferimento": "L.R. 15/2018 e Statuto comunale"})
    (result,) = mapped.results
    assert (result.code, result.value) == ("unused", "e Statuto comunale")


def test_a_resolution_has_its_date_and_belongs_to_its_call(map_fields: Map, source_pipeline: SourcePipeline) -> None:
    text = "Conforme all’art. 17 della L.R. n. 15/2018 e alla Deliberazione di Giunta regionale n. 1247 del 22/07/2019"
    mapped = map_fields({ASSESSMENT: text, "Anno Finanziamento": "2019"})
    resolution, call = LAW + "dgr-2019-1247", VOCABULARY + "id/call/er-dgr-2019-1247"
    certification = values(mapped, PROCESS, "passo:hasCertification").pop()
    assert values(mapped, certification, "passo:legalBasis") == {resolution, LAW + "lr-2018-15"}
    award = values(mapped, PROCESS, "passo:hasFunding").pop()
    assert values(mapped, award, "passo:underCall") == {call}
    assert inferred(mapped)[award, curie("passo:underCall").value, call] == {ASSESSMENT}
    described = {(quad.subject.value, quad.predicate, quad.object) for quad in source_pipeline.reference}  # type: ignore[union-attr]
    assert (resolution, curie("eli:date_document"), Literal("2019-07-22", datatype=XSD.date)) in described
    assert (call, curie("passo:legalBasis"), NamedNode(resolution)) in described


def test_a_year_alone_gives_no_call(map_fields: Map) -> None:
    """In 2019 the region opened two: by the resolutions 108 and 1247."""
    mapped = map_fields({"Anno Finanziamento": "2019"})
    award = values(mapped, PROCESS, "passo:hasFunding").pop()
    assert values(mapped, award, "passo:fundingYear") == {"2019"}
    assert values(mapped, award, "passo:underCall") == set()
    assert not any("/call/" in str(quad) for quad in mapped.quads)


def test_a_process_without_a_grant_is_under_no_call(map_fields: Map) -> None:
    text = "Conforme alla Deliberazione di Giunta regionale n. 1247 del 22/07/2019"
    mapped = map_fields({ASSESSMENT: text, "Natura Processo": "Processo certificato non finanziato"})
    assert not any("/call/" in str(quad) for quad in mapped.quads)


def test_a_derived_start_year_says_that_it_was_derived(map_fields: Map) -> None:
    mapped = map_fields({**DATES, "Anno di avvio": None})
    assert inferred(mapped) == {(PROCESS, curie("passo:startYear").value, "2020"): {"Data inizio"}}
    assert missing(mapped)["startYear"] == ("not-captured", {"Anno di avvio"})


def test_a_stated_start_year_is_not_inferred(map_fields: Map) -> None:
    mapped = map_fields({**DATES, "Anno di avvio": "2019"})
    assert values(mapped, PROCESS, "passo:startYear") == {"2019"}
    assert inferred(mapped) == {}


def test_an_inferred_statement_is_of_the_class_and_of_rdf_statements(map_fields: Map) -> None:
    mapped = map_fields(DATES)
    assert values(mapped, f"{RECORD}#inferred-startYear", "rdf:type") == {
        curie("passo:InferredStatement").value,
        RDF.Statement.value,
    }


def test_what_the_page_does_not_say_is_not_published(map_fields: Map) -> None:
    holders = "Comune di Bomporto / Comune di Ravarino"
    office = {"Struttura responsabile del processo": "SUAP", "Titolari della decisione": holders}
    mapped = map_fields({**office, "Indice di partecipazione": "28 / 30"})
    assert values(mapped, f"{PROCESS}/responsible-unit", "skos:prefLabel") == {"SUAP"}
    assert not any(quad.predicate in (curie("org:unitOf"), curie("schema:worstRating")) for quad in mapped.quads)


def test_an_upload_that_the_page_does_not_show_has_its_reason(map_fields: Map) -> None:
    mapped = map_fields(
        {"02 - Documento di proposta partecipata": "media/docpp.pdf", "Upload Documento finale condiviso": None}
    )
    assert values(mapped, PROCESS, "passo:hasProposalDocument") == {f"{PROCESS}/document/proposal"}
    assert missing(mapped)["hasProposalDocument"] == ("not-captured", {"Upload Documento finale condiviso"})


OFFICES = [
    ("Servizio Ambiente del Comune di Bomporto", "comune-036002"),
    ("Comune di Bomporto - Servizio Ambiente", "comune-036002"),
    ("Settore Cultura, Comune di Ravarino", "comune-036034"),
    ("Ufficio di Piano dell'Unione Terre d'Argine", "er-unione-terre-d-argine"),
    ("Staff del Sindaco", None),
    ("Ufficio comune di statistica", None),
]


@pytest.mark.parametrize(("office", "body"), OFFICES)
def test_an_office_is_that_of_a_body_only_if_its_name_says_so(map_fields: Map, office: str, body: str | None) -> None:
    mapped = map_fields({"Struttura responsabile del processo": office, "Titolari della decisione": "Comune di Imola"})
    assert values(mapped, f"{PROCESS}/responsible-unit", "skos:prefLabel") == {office}
    bodies = values(mapped, f"{PROCESS}/responsible-unit", "org:unitOf")
    assert bodies == ({f"{VOCABULARY}id/organisation/{body}"} if body else set())


ADDRESSES = [
    ("Mazzini, 1a, 42016 Guastalla", ("Mazzini", "1a", "42016", "Guastalla")),
    ("Via 4 Novembre 12, 40100 Bologna", ("Via 4 Novembre", "12", "40100", "Bologna")),
    ("Via Roma n. 12 - 40100 Bologna (BO)", ("Via Roma", "12", "40100", "Bologna")),
    ("Via Emilia, s.n.c., 40026 Imola BO", ("Via Emilia", "s.n.c.", "40026", "Imola")),
    ("Piazza Martiri, 34/36, 41058 Vignola, MO, Italia", ("Piazza Martiri", "34/36", "41058", "Vignola")),
    ("Via Po, 12-14, 42022 Boretto sul Po", ("Via Po", "12-14", "42022", "Boretto sul Po")),
    ("Piazza del Municipio, 1 bis, 40026 Imola", ("Piazza del Municipio", "1 bis", "40026", "Imola")),
    ("Corso della Repubblica 1, 47121 - Forlì", ("Corso della Repubblica", "1", "47121", "Forlì")),
    ("Piazza Maggiore 6\n40124 Bologna", ("Piazza Maggiore", "6", "40124", "Bologna")),
    ("Via Roma, 1 Guastalla", None),
    ("Sede municipale", None),
]


@pytest.mark.parametrize(("text", "parts"), ADDRESSES)
def test_an_address_has_its_parts_in_any_usual_notation(
    map_fields: Map, text: str, parts: tuple[str, ...] | None
) -> None:
    address = f"{PROCESS}/address"
    mapped = map_fields({"Indirizzo": text})
    names = ("thoroughfare", "locatorDesignator", "postCode", "postName")
    assert [values(mapped, address, f"locn:{name}") for name in names] == [{each} for each in parts or ()] or (
        parts is None and not any(values(mapped, address, f"locn:{name}") for name in names)
    )
    assert values(mapped, address, "locn:fullAddress") == {text}


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Partecipazione volontaria", "voluntary"),
        ("Partecipazione regolata da norme di settore", "sector-law"),
        ("Partecipazione regolata da Statuto o atti deliberativi", "statute"),
    ],
)
def test_each_type_of_participation_on_a_page_is_a_concept(map_fields: Map, text: str, concept: str) -> None:
    mapped = map_fields({"Tipo di partecipazione": text})
    assert values(mapped, PROCESS, "passo:participationType") == {
        f"{VOCABULARY}controlled-vocabulary/participation-type/{concept}"
    }
    assert mapped.results == ()


UNKNOWN = [
    ("Tipo di partecipazione", "Partecipazione immaginaria", "participationType"),
    ("Legge di riferimento", "una legge inventata", "referenceLaw"),
    ("Stato di avanzamento", "a metà", "progressStatus"),
    ("Territorio Interessato", "Paperopoli", "affectedTerritory"),
    ("Tecniche di Partecipazione", "magia", "usesTechnique"),
]


@pytest.mark.parametrize(("label", "text", "name"), UNKNOWN)
def test_a_value_that_was_not_understood_has_that_reason_its_text_and_a_warning(
    map_fields: Map, label: str, text: str, name: str
) -> None:
    mapped = map_fields({label: text})
    assert missing(mapped)[name] == ("not-understood", {label})
    assert values(mapped, f"{RECORD}#missing-{name}", "passo:sourceText") == {text}
    assert Severity.WARNING in {result.severity for result in mapped.results if result.field == label}


# --- The keys of mapping.yaml -------------------------------------------------------------------------------------------------

MAPPING = """\
missing-values: record
mappings:
  record:
    s: doc/process/er-$(id)
    po:
      - {p: dct:title, from: Titolo, convert: text}
      - {p: dct:description, mapping: part}
  part:
    each: {from: Testo, headings: '(?m)^# (?P<name>\\w+)\\n', sections: {aims: 'Why:'}}
    variables: {place: [Luogo, Comune]}
    s: id/process/er-$(id)/$(name)
    po:
      - {p: dct:title, value: "$(name), $(place)", convert: text}
      - {p: dct:description, value: $(text), convert: text}
      - {p: passo:objectives, value: $(aims), convert: text}
"""
LABELS = ("Titolo", "Testo", "Luogo", "Comune")


@pytest.fixture
def pipeline_of(tmp_path: Path, source_pipeline: SourcePipeline) -> Callable[[str], SourcePipeline]:
    """The pipeline of the source with another mapping.yaml."""

    def pipeline_of(text: str) -> SourcePipeline:
        (tmp_path / "mapping.yaml").write_text(text, encoding="utf-8")
        mapper = source_pipeline.mapper
        known = KnownNames(LABELS, mapper.converters, (), {})
        return replace(source_pipeline, mapper=replace(mapper, mapping=parse_mapping(tmp_path / "mapping.yaml", known)))

    return pipeline_of


def test_headings_sections_and_variables_work_for_any_map(
    map_fields: Map, pipeline_of: Callable[[str], SourcePipeline]
) -> None:
    fields = {"Titolo": "Prova", "Testo": "prima\n# uno\nsi va Why: capire\n# due\nsi vota", "Comune": "Bomporto"}
    mapped = map_fields(fields, pipeline_of(MAPPING))
    assert values(mapped, f"{PROCESS}/uno", "dct:title") == {"uno, Bomporto"}
    assert values(mapped, f"{PROCESS}/uno", "dct:description") == {"si va"}
    assert values(mapped, f"{PROCESS}/uno", "passo:objectives") == {"capire"}
    assert values(mapped, f"{PROCESS}/due", "dct:description") == {"si vota"}
    assert values(mapped, f"{PROCESS}/due", "passo:objectives") == set()


def test_personal_data_in_a_variable_is_masked(map_fields: Map, pipeline_of: Callable[[str], SourcePipeline]) -> None:
    text = MAPPING.replace(
        "    each: {from: Testo, headings: '(?m)^# (?P<name>\\w+)\\n', sections: {aims: 'Why:'}}\n", ""
    )
    text = (
        text.replace("$(name), ", "")
        .replace("/$(name)", "")
        .replace("$(text)", "$(place)")
        .replace("$(aims)", "$(place)")
    )
    text += "ignore: {Testo: not in this test}\n"
    mapped = map_fields(
        {"Titolo": "Prova", "Testo": "x", "Luogo": "scrivere a anna.bianchi@example.org"}, pipeline_of(text)
    )
    assert values(mapped, PROCESS, "dct:title") != set()
    assert "anna.bianchi" not in str(mapped.quads)
