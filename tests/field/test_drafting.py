"""Files as people have them, given to `new-source`: what the draft publishes, and what it leaves to a person."""

import shutil
from pathlib import Path

import pytest

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import Draft, draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.hints import Hints
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process


@pytest.fixture(scope="module")
def known(pipeline_context: PipelineContext) -> KnownValues:
    table = converters("it", "https://example.org/")
    hints = Hints.open(pipeline_context.vocabulary_quads)
    return KnownValues(table, pipeline_context.schemes, pipeline_context.places, hints)


def drafted(known: KnownValues, *files: Path, region: str | None = None) -> Draft:
    return draft_source("prova", list(files), known, DraftOptions(region=region), ())


def published(draft: Draft, context: PipelineContext, folder: Path) -> list[RecordOutcome]:
    draft.write(folder, lambda written: SourcePipeline.open(written, context))
    return process(SourcePipeline.open(folder / "prova", context), context)


def objects(outcome: RecordOutcome, predicate: str) -> list[str]:
    assert outcome.mapped is not None
    return [quad.object.value for quad in outcome.mapped.quads if quad.predicate.value.endswith(predicate)]  # type: ignore[union-attr]


def test_pages_with_a_heading_and_a_list_of_labels_are_read_by_their_markup(
    shared: Path, known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    pages = sorted((shared / "field" / "18-html-anchor").glob("*.html"))
    outcomes = published(drafted(known, *pages), pipeline_context, tmp_path)
    assert [objects(each, "affectedTerritory")[0].rpartition("-")[2] for each in outcomes] == [
        "037006",
        "036023",
        "034027",
    ]
    assert [objects(each, "/title") for each in outcomes] == [["Piazza è nuova"], ["Parco’s"], ["Scuola"]]
    assert [objects(each, "/value") for each in outcomes] == [["10000"], ["15000"], ["12500.5"]]
    assert objects(outcomes[0], "objectives") == ["Uno\ndue\ntre"]
    assert not any(result.code == "unknown-label" for each in outcomes for result in each.results)


def test_one_such_page_is_enough(shared: Path, known: KnownValues) -> None:
    draft = drafted(known, shared / "field" / "18-html-anchor" / "101.html")
    assert "Comune" in {match.column.name for match in draft.matches.mapped}


def test_a_column_of_staff_is_left_out_and_a_body_with_the_name_of_a_person_is_asked(
    shared: Path, known: KnownValues
) -> None:
    draft = drafted(known, next((shared / "field" / "13-person-column-guessed").glob("*.csv")))
    mapped = {label for match in draft.matches.mapped for label in match.labels}
    assert not {"Administrator", "Author"} & mapped
    assert "Administrator" in draft.texts["mapping.yaml"].partition("\nignore:")[2]


PEOPLE = [
    "administrator",
    "valuator",
    "author",
    "referente",
    "responsabile",
    "contact",
    "autore",
    "redattore",
    "ansprechpartner",
    "auteur",
    "autor",
    "responsable",
    "técnico",
    "kontakt",
    "user",
    "valutatore",
    "sachbearbeiterin",
    "administrateur",
    "coordinador",
]


@pytest.mark.parametrize(
    "name", [*PEOPLE, "created by", "Utente creazione", "User name", "Responsabile del procedimento"]
)
def test_a_column_called_after_staff_or_authors_is_left_out_with_the_reason(
    known: KnownValues, tmp_path: Path, name: str
) -> None:
    table = tmp_path / "people.csv"
    table.write_text(f"id;title;{name}\n1;Il parco;Ufficio di piano\n2;La piazza;Comune di Bologna\n", encoding="utf-8")
    draft = drafted(known, table)
    reason, _ = draft.matches.left[name]
    assert reason.startswith("it may name a person")


@pytest.mark.parametrize("name", ["Ente", "Proponente", "Bénéficiaire", "Ufficio responsabile"])
def test_a_body_that_looks_like_a_person_is_asked_and_not_published(
    known: KnownValues, tmp_path: Path, name: str
) -> None:
    table = tmp_path / "bodies.csv"
    table.write_text(f"id;title;{name}\n1;Il parco;Luca Bianchi\n2;La piazza;Maria Rossi\n", encoding="utf-8")
    reason, _ = drafted(known, table).matches.left[name]
    assert "look like names of persons" in reason


def test_bodies_are_not_taken_for_persons(known: KnownValues, tmp_path: Path) -> None:
    table = tmp_path / "bodies.csv"
    table.write_text(
        "id;title;Ente\n1;Il parco;Comune di Bologna\n2;La piazza;Unione Terre d'Argine\n3;C;Fondazione Mario Del Monte\n",
        encoding="utf-8",
    )
    assert "Ente" in {match.column.name for match in drafted(known, table).matches.mapped}


def test_the_advice_about_files_of_several_kinds_works(shared: Path, known: KnownValues, tmp_path: Path) -> None:
    for page in (shared / "field" / "18-html-anchor").glob("*.html"):
        shutil.copy(page, tmp_path)
    assert drafted(known, *sorted(tmp_path.glob("*.html"))).facts.reader == "labelled-html"
