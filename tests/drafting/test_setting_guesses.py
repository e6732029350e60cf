"""What gives the records of a new source their ids, and which tables list no processes."""

from pathlib import Path

import pytest

from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import Draft, draft_source
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.errors import SourceError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process


def drafted(folder: Path, known: KnownValues, table: str, *ids: str) -> Draft:
    path = folder / "table.csv"
    path.write_text(table, encoding="utf-8")
    return draft_source("prova", [path], known, DraftOptions(region="08", id_from=ids), ())


TABLES = {
    "a column of codes": ("Titolo;Sigla\nIl parco grande;Łódź-1\nIl parco;b-2\n", ("Sigla",)),
    "two columns together": (
        "Comune;Anno;Titolo\nBologna;2019;A B\nBologna;2020;A B\nModena;2019;A B\n",
        ("Comune", "Anno"),
    ),
    "three columns together": (
        "Comune;Anno;Tema;Titolo\nRoma;2019;a;A B\nRoma;2019;b;A B\nRoma;2020;a;A B\nPisa;2019;a;A B\n",
        ("Comune", "Anno", "Tema"),
    ),
    "the number of the line": ("Titolo;Stato\nIl parco;Concluso\nIl parco;Concluso\n", ("@line",)),
    "not what people edit": ("Titolo;Stato;Costo\nIl parco;Concluso;10\nIl parco;In corso;20\n", ("@line",)),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_draft_proposes_an_id_and_its_records_have_it(
    kind: str, known: KnownValues, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    table, labels = TABLES[kind]
    draft = drafted(tmp_path, known, table)
    assert draft.record_ids is not None
    assert draft.record_ids.labels == labels
    folder = draft.write(tmp_path / "sources", lambda written: SourcePipeline.open(written, pipeline_context))
    outcomes = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
    ids = [outcome.reading.id for outcome in outcomes]
    assert len(set(ids)) == len(outcomes) == len(table.splitlines()) - 1
    assert all(outcome.published for outcome in outcomes)


def test_the_number_of_a_line_as_an_id_is_a_question_with_its_danger(known: KnownValues, tmp_path: Path) -> None:
    source = drafted(tmp_path, known, TABLES["the number of the line"][0]).texts["source.yaml"]
    assert "id-from: '@line'    # to be decided: nothing differs in every record" in source
    assert "it changes if a row is inserted, deleted or sorted" in source


def test_a_person_may_name_several_columns(known: KnownValues, tmp_path: Path) -> None:
    draft = drafted(tmp_path, known, "A;B;Titolo\n1;x;La piazza\n2;x;Il parco\n", "A", "B")
    assert "id-from: [A, B]" in draft.texts["source.yaml"]


CROSS_TABLES = {
    "years": "Comune;2019;2020;2021;Totale\nBologna;1;2;3;6\nModena;4;5;;9\n",
    "years of a school": "Scuola;2019/2020;2020/2021;2021/22\nA;1;2;3\nB;4;5;6\n",
    "places": "Anno;Emilia-Romagna;Toscana;Umbria\n2019;1;2;3\n2020;4;5;6\n",
    "categories": "Anno;Ambiente;Trasporti;Cultura;Salute\n2019;1;2;3;4\n2020;4;5;6;7\n",
}


@pytest.mark.parametrize("kind", CROSS_TABLES)
def test_a_cross_table_is_refused_with_what_would_be_right(known: KnownValues, tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=rf"is a cross table: its columns are {kind.split()[0]} .*one in a row"):
        drafted(tmp_path, known, CROSS_TABLES[kind])


def test_a_list_of_processes_with_some_columns_of_years_is_none(known: KnownValues, tmp_path: Path) -> None:
    table = (
        "id;Titolo;Comune;Stato;2019;2020;2021\n1;Il parco;Bologna;Concluso;1;2;3\n2;La piazza;Modena;Concluso;4;5;6\n"
    )
    assert drafted(tmp_path, known, table).facts.id_from == ("id",)
