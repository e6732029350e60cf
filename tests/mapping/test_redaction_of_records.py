"""Persons stay out of the triples of a record, and the report says what was masked, where, without repeating it."""

from collections.abc import Callable

import pytest

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.messages.localised_text import CatalogueText
from passo_lod.pipeline.context import SourcePipeline
from passo_lod.records import Field, Record, SourceLine

Map = Callable[..., MappedRecord]

NAMES = ["Luca Neri", "Xhevahire Bardhoku", "NERI LUCA", "L. Montanari"]


@pytest.fixture
def map_lines(source_pipeline: SourcePipeline) -> Map:
    """Maps a record with one field, whose lines have the numbers from 11."""

    def map_lines(label: str, *lines: str) -> MappedRecord:
        values = tuple(SourceLine(number, line) for number, line in enumerate(lines, start=11))
        fields = {"@title": Field("@title", 1, (SourceLine(1, "Orto"),)), label: Field(label, 10, values)}
        record = Record("emilia-romagna", "er-1", "samples/1.txt", fields, {"id": "1"})
        return source_pipeline.mapper.map(record)

    return map_lines


def objects(mapped: MappedRecord, name: str) -> list[str]:
    """The values of the properties whose IRIs end with a name."""
    return [quad.object.value for quad in mapped.quads if quad.predicate.value.endswith(name)]  # type: ignore[union-attr]


def everything(mapped: MappedRecord) -> str:
    return (str(mapped.quads) + str(mapped.results) + str(mapped.organisation_names)).casefold()


def has_any_word(text: str, words: str) -> bool:
    return any(word.casefold() in text for word in words.split() if len(word) > 2)


@pytest.mark.parametrize("name", NAMES)
def test_of_who_reported_a_process_only_the_body_is_published(map_lines: Map, name: str) -> None:
    mapped = map_lines("Processo segnalato da", f"{name}, Comune di Bomporto")
    assert objects(mapped, "reportedBy") == ["[…], Comune di Bomporto"]
    assert not has_any_word(everything(mapped), name)


@pytest.mark.parametrize(
    "text", ["Xhevahire Bardhoku del Comune di Bomporto", "Comune di Bomporto (Xhevahire Bardhoku)"]
)
def test_a_person_beside_the_body_that_reported_a_process_is_masked(map_lines: Map, text: str) -> None:
    mapped = map_lines("Processo segnalato da", text)
    assert "Comune di Bomporto" in objects(mapped, "reportedBy")[0]
    assert "xhevahire" not in everything(mapped)


def test_the_name_of_a_body_that_reported_a_process_stays_whole(map_lines: Map) -> None:
    for body in ("Comune di San Giovanni in Persiceto", "Ufficio Partecipazione della Regione Emilia-Romagna"):
        assert objects(map_lines("Processo segnalato da", body), "reportedBy") == [body]


@pytest.mark.parametrize("name", ["Luca Neri", "Neri Luca", "Luca Neri (consulente)", "Anna Bianchi e figli"])
@pytest.mark.parametrize("label", ["Soggetti esterni", "Proponente", "Titolari della decisione"])
def test_a_person_gets_no_iri_as_a_body(map_lines: Map, name: str, label: str) -> None:
    mapped = map_lines(label, f"{name} / Circolo ARCI")
    assert objects(mapped, "prefLabel") == ["Circolo ARCI"]
    assert not has_any_word(
        str(mapped.quads).casefold() + str(mapped.organisation_names).casefold(), f"{name} consulente"
    )
    assert not has_any_word(str(mapped.results).casefold(), "Luca Neri Anna Bianchi")
    assert "unknown-organisation" in {each.code for each in mapped.results}


def asked(mapped: MappedRecord) -> list[tuple[str, int | None, str | None]]:
    """Field, line and value of the results about what may be a person."""
    return [(each.field, each.line, each.value) for each in mapped.results if each.code == "possible-person"]  # type: ignore[misc]


@pytest.mark.parametrize("name", ["Alba Bardhoku", "Bardhoku, Alba", "ALBA BARDHOKU"])
def test_a_name_with_one_listed_word_is_asked_and_no_body(map_lines: Map, name: str) -> None:
    mapped = map_lines("Soggetti esterni", "Circolo ARCI", name)
    assert objects(mapped, "prefLabel") == ["Circolo ARCI"]
    assert asked(mapped) == [("Soggetti esterni", 11, "[…]")]
    assert not has_any_word(everything(mapped), "Alba Bardhoku")
    (result,) = [each for each in mapped.results if each.code == "possible-person"]
    assert result.expected == CatalogueText("map.possible-person.expected")


def test_a_body_that_is_written_as_an_unknown_person_is_published_and_asked(map_lines: Map) -> None:
    mapped = map_lines("Soggetti esterni", "Xhemile Bardhoku")
    assert objects(mapped, "prefLabel") == ["Xhemile Bardhoku"]
    assert asked(mapped) == [("Soggetti esterni", 11, "Xhemile Bardhoku")]


@pytest.mark.parametrize(
    "name",
    [
        "Slow Food",
        "Acer Modena",
        "Croce Rossa",
        "Studio Arteas",
        "Unione Rosa",
        "Legambiente",
        "Circolo Alba",
        "CNA Reno",
    ],
)
def test_a_body_that_says_so_is_not_asked(map_lines: Map, name: str) -> None:
    mapped = map_lines("Soggetti esterni", name)
    assert len(objects(mapped, "prefLabel")) == 1
    assert asked(mapped) == []


def test_a_body_that_is_named_after_a_person_is_published(map_lines: Map) -> None:
    mapped = map_lines("Soggetti esterni", "Scuola primaria Gianni Rodari / Fondazione Luca Neri")
    assert {"Scuola primaria Gianni Rodari", "Fondazione Luca Neri"} <= set(objects(mapped, "prefLabel"))


@pytest.mark.parametrize(
    "path",
    [
        "media/CV_Luca_Neri.pdf",
        "media/cv_luca_neri.pdf",
        "media/Relazione%20Luca%20Neri.pdf",
        "media/tel_3330000000_relazione.pdf",
    ],
)
def test_a_file_whose_name_contains_personal_data_is_published_without_them_and_without_its_address(
    map_lines: Map, path: str
) -> None:
    mapped = map_lines("01 - Scheda progetto", path)
    assert [title for title in objects(mapped, "title") if "[…]" in title] != []
    assert objects(mapped, "contentUrl") == []
    assert not has_any_word(everything(mapped), "neri 3330000000")
    assert {"redacted", "withheld"} <= {result.code for result in mapped.results}


def test_a_file_without_personal_data_is_published_with_its_address(map_lines: Map) -> None:
    mapped = map_lines("01 - Scheda progetto", "media/Scuola_Gianni_Rodari_2019-03-12.pdf")
    assert objects(mapped, "contentUrl") == [
        "https://www.osservatoriopartecipazione.it/media/Scuola_Gianni_Rodari_2019-03-12.pdf"
    ]
    assert "Scuola_Gianni_Rodari_2019-03-12" in objects(mapped, "title")


@pytest.mark.parametrize(
    "address", ["https://www.facebook.com/luca.neri.0", "https://example.org/?da=luca.neri%40example.org"]
)
def test_a_web_address_with_personal_data_is_withheld(map_lines: Map, address: str) -> None:
    mapped = map_lines("Link", address)
    assert objects(mapped, "homepage") == []
    assert "neri" not in everything(mapped)
    assert "withheld" in {result.code for result in mapped.results}


def test_the_report_names_the_line_of_each_masked_place(map_lines: Map) -> None:
    mapped = map_lines(
        "Obiettivi",
        "Più verde.",
        "Il sindaco Luca Neri risponde.",
        "Scrivere a luca.neri@example.org o ad Anna Bianchi.",
    )
    told = sorted((result.line, result.texts["en"].message) for result in mapped.results if result.code == "redacted")
    assert told == [
        (12, "Personal data was masked before publishing: name of a person (1)."),
        (13, "Personal data was masked before publishing: e-mail address (1)."),
        (13, "Personal data was masked before publishing: name of a person (1)."),
    ]
    assert objects(mapped, "objectives") == ["Più verde.\nIl sindaco […] risponde.\nScrivere a […] o ad […]."]
    assert not has_any_word(everything(mapped), "Luca Anna Bianchi")
