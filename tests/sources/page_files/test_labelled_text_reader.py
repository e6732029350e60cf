"""The grammar of record pages (docs/sources/labelled-text.md): every line gets a role, and a missing value its reason."""

import os
import random
import time
import tracemalloc
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passo_lod.pipeline.context import SourcePipeline
from passo_lod.records import Field, FieldState, LineRole, Reading, Record
from passo_lod.report import Severity, ValidationResult
from passo_lod.sources.page_files.labelled_text_reader import MAX_BYTES, MAX_LINES
from passo_lod.sources.page_files.page_layout import BADGE, TITLE

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "emilia-romagna"
GOOD = sorted(PAGES.glob("good-*.txt"))
SAMPLES = sorted((PAGES.parents[2] / "data" / "sources" / "emilia-romagna" / "samples").glob("*.txt"))
ANCHOR = "Hai gestito, partecipato o hai info su questo processo? Integra le informazioni"

Read = Callable[[str | bytes], Reading]


@pytest.fixture
def read(source_pipeline: SourcePipeline, tmp_path: Path) -> Read:
    """Reads a page that is given as text."""
    return lambda text: reading(source_pipeline, tmp_path / "4711.txt", text)


def reading(source_pipeline: SourcePipeline, path: Path, text: str | bytes) -> Reading:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (only,) = source_pipeline.source.readings([path])
    return only


def record(found: Reading) -> Record:
    assert found.record is not None, found.results
    return found.record


def page(*lines: str, title: str = "Orto inventato") -> str:
    return "\n".join((title, ANCHOR, *lines))


def field(found: Reading, label: str) -> Field:
    return record(found).fields[label]


def codes(found: Reading) -> list[tuple[str, int | None]]:
    return [(result.code, result.line) for result in found.results]


def refusal(found: Reading) -> ValidationResult:
    assert found.record is None
    (result,) = found.results
    assert result.severity is Severity.VIOLATION
    assert result.expected
    return result


# --- The four layouts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*GOOD, *SAMPLES], ids=lambda path: path.stem)
def test_no_line_of_a_good_page_is_unknown_or_lost(source_pipeline: SourcePipeline, path: Path) -> None:
    (found,) = source_pipeline.source.readings([path])
    roles = record(found).roles
    numbers = [number for number, text in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if text.strip()]
    assert [number for number, _ in roles] == numbers
    assert LineRole.UNKNOWN not in dict(roles).values()
    assert found.results == ()


def test_the_three_layouts_give_the_same_field_under_their_own_labels(source_pipeline: SourcePipeline) -> None:
    starts = ("Data inizio", "Data inizio del processo", "Data inizio del processo")
    for path, label in zip(GOOD, starts, strict=True):
        (found,) = source_pipeline.source.readings([path])
        assert field(found, label).state is FieldState.VALUE


def test_a_page_with_a_broken_template_is_rejected_with_the_line_that_shows_it(source_pipeline: SourcePipeline) -> None:
    (found,) = source_pipeline.source.readings([PAGES / "lx.txt"])
    result = refusal(found)
    assert (result.code, result.line) == ("broken-layout", 12)
    assert "the site's own field descriptors" in result.texts["en"].message


# --- The grammar, rule by rule --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [("Regione Emilia-Romagna",), ()], ids=["with region", "without"])
@pytest.mark.parametrize(
    "badge", [("CertificatoFinanziato",), ("Certificato",), ()], ids=["funded", "certified", "none"]
)
def test_the_title_stands_before_the_anchor_and_the_badge_after(
    read: Read, first: tuple[str, ...], badge: tuple[str, ...]
) -> None:
    lines = (*first, "Orto inventato", ANCHOR, *badge, "Processo", "Stato di avanzamento", "Concluso")
    found = read("\n".join(lines))
    assert field(found, TITLE).text == "Orto inventato"
    assert (BADGE in record(found).fields) == bool(badge)
    assert Counter(dict(record(found).roles).values())[LineRole.BOILERPLATE] == len(first) + 1 + len(badge)
    assert not found.results


def test_rule_1_labels_are_matched_as_whole_lines(read: Read) -> None:
    """«Cofinanziamento» is a prefix of «Cofinanziamento altri soggetti»; a value may hold a label's word."""
    found = read(page("Processo", "Cofinanziamento altri soggetti", "Si", "Stato di avanzamento", "Progetto"))
    assert field(found, "Cofinanziamento altri soggetti").text == "Si"
    assert "Cofinanziamento" not in record(found).fields
    assert field(found, "Stato di avanzamento").text == "Progetto"


@pytest.mark.parametrize(
    "label",
    [
        "04 - Presa d'atto Ente Titolare della decisione",
        "04 - Presa d’atto Ente Titolare della decisione",
        "04 - Presa d‘atto  Ente\u00a0Titolare della decisione  ",
    ],
    ids=["straight", "curly", "spaces"],
)
def test_rule_1_apostrophes_and_spaces_are_equal(read: Read, label: str) -> None:
    found = read(page("Allegati", label, "atto.pdf /"))
    assert field(found, "04 - Presa d'atto Ente Titolare della decisione").text == "atto.pdf /"


def test_rule_1_decomposed_letters_are_equal(read: Read) -> None:
    text = page("Requisiti per la Certificazione di Qualità", "Modalità di inclusione", "Così è")
    found = read(unicodedata.normalize("NFD", text))
    assert field(found, "Modalità di inclusione").text == "Così è"


def test_rule_2_a_label_ends_a_value(read: Read) -> None:
    found = read(page("Processo", "Data inizio", "Data fine", "15/11/2020"))
    assert field(found, "Data inizio").state is FieldState.LOST
    assert field(found, "Data fine").text == "15/11/2020"


@pytest.mark.parametrize(
    ("word", "why"),
    [("Partecipanti", "belongs to another section"), ("Obiettivi", "belongs to an earlier place of this section")],
    ids=["elsewhere", "earlier"],
)
def test_rule_2_a_line_of_prose_that_equals_an_impossible_label_stays_prose(read: Read, word: str, why: str) -> None:
    lines = ("Obiettivi e Risultati", "Obiettivi", "Prima.", "Risultati Attesi", "Ascoltare.", word, "e decidere.")
    found = read(page(*lines))
    assert codes(found) == [("label-in-prose", 8)]
    assert why in found.results[0].texts["en"].message
    assert field(found, "Risultati Attesi").text == f"Ascoltare.\n{word}\ne decidere."


def test_rule_2_a_label_that_follows_a_prose_label_at_once_is_a_label(read: Read) -> None:
    found = read(page("Obiettivi e Risultati", "Obiettivi", "Partecipanti", "Singoli cittadini"))
    assert field(found, "Obiettivi").state is FieldState.LOST
    assert field(found, "Partecipanti").text == "Singoli cittadini"


def test_rule_2_a_label_under_a_section_that_does_not_list_it_is_still_a_label(read: Read) -> None:
    """A free text under a strange section, then a label of that section again: it is a duplicate label, not prose."""
    lines = ("Processo", "Stato di avanzamento", "Concluso", "Obiettivi", "prova", "Stato di avanzamento", "In corso")
    found = read(page(*lines))
    assert codes(found) == [("label-twice", 8)]
    assert field(found, "Obiettivi").text == "prova"
    assert field(found, "Stato di avanzamento").text == "Concluso"


def test_rule_3_blank_lines_are_skipped(read: Read, good_page: str) -> None:
    with_blanks, without = read(good_page), read("\n".join(filter(None, good_page.split("\n"))))
    texts = [{label: each.text for label, each in record(found).fields.items()} for found in (with_blanks, without)]
    assert texts[0] == texts[1]


def test_rule_3_further_lines_are_joined_with_a_warning(read: Read) -> None:
    found = read(page("Gestione di Processo", "Soggetti esterni", "Uno / due /", "e poi tre."))
    assert field(found, "Soggetti esterni").text == "Uno / due /\ne poi tre."
    assert codes(found) == [("further-line", 6)]
    assert found.results[0].severity is Severity.WARNING


def test_rule_3_prose_may_go_on_without_a_warning(read: Read) -> None:
    found = read(page("Obiettivi e Risultati", "Obiettivi", "- uno;", "- due;", "e TRE.", "TUTTO MAIUSCOLO"))
    assert field(found, "Obiettivi").text == "- uno;\n- due;\ne TRE.\nTUTTO MAIUSCOLO"
    assert not found.results


def test_rule_3_the_list_below_the_map_is_the_territory(read: Read) -> None:
    found = read(page("Territorio Interessato", "Mappa", "archive/a b.jpg", "Imola / Dozza", "Caratteristiche"))
    assert field(found, "Mappa").text == "archive/a b.jpg"
    assert field(found, "Territorio Interessato").text == "Imola / Dozza"
    assert field(found, "Territorio Interessato").value_line == 6


def test_rule_3_a_map_without_a_picture_still_gives_the_territory(read: Read) -> None:
    found = read(page("Territorio Interessato", "Mappa", "Imola / Dozza"))
    assert field(found, "Mappa").state is FieldState.LOST
    assert field(found, "Territorio Interessato").text == "Imola / Dozza"


def test_rule_4_territory_is_a_heading_if_the_map_follows_and_otherwise_a_label(read: Read) -> None:
    section = read(page("Caratteristiche", "Territorio Interessato", "Mappa", "a.jpg", "Imola"))
    label = read(page("Caratteristiche", "Territorio Interessato", "Imola"))
    assert dict(record(section).roles)[4] is LineRole.HEADING
    assert dict(record(label).roles)[4] is LineRole.LABEL
    assert field(section, "Territorio Interessato").text == field(label, "Territorio Interessato").text == "Imola"


@pytest.mark.parametrize(
    "section", ["Gestione di Processo", "Caratteristiche", "Requisiti per la Certificazione di Qualità"]
)
@pytest.mark.parametrize(
    "label", ["Struttura responsabile del processo", "Indirizzo", "Tavolo di Negoziazione", "Anno Finanziamento"]
)
def test_rule_4_a_label_is_known_under_every_section(read: Read, section: str, label: str) -> None:
    assert field(read(page(section, label, "valore")), label).text == "valore"


def test_rule_5_a_value_may_be_part_of_a_label(read: Read) -> None:
    lines = (
        "Descrizione Documenti",
        "Documento di proposta partecipata",
        "Allegati",
        "02 - Documento di proposta partecipata",
        "a.pdf",
    )
    found = read(page("Obiettivi e Risultati", *lines))
    assert field(found, "Descrizione Documenti").text == "Documento di proposta partecipata"
    assert field(found, "02 - Documento di proposta partecipata").text == "a.pdf"


def test_rule_5_a_title_may_be_a_heading_or_a_label(read: Read) -> None:
    for title in ("Processo", "Obiettivi"):
        assert field(read(page("Processo", "Stato di avanzamento", "Concluso", title=title)), TITLE).text == title


def test_rule_6_an_unknown_label_is_reported_and_is_part_of_no_value(source_pipeline: SourcePipeline) -> None:
    (found,) = source_pipeline.source.readings([PAGES / "unknown-label.txt"])
    assert codes(found) == [("unknown-label", 53), ("unknown-label", 55)]
    label, value = found.results
    assert (label.severity, label.value) == (Severity.WARNING, "Colore preferito")
    assert label.expected is not None
    assert "source.yaml" in label.texts["en"].expected
    assert "the unknown label of line 53" in value.texts["en"].message
    assert not any("Verde" in each.text for each in record(found).fields.values())


def test_the_report_leaves_out_the_text_under_an_unknown_label_because_it_may_name_a_person(
    source_pipeline: SourcePipeline,
) -> None:
    (found,) = source_pipeline.source.readings([PAGES / "unknown-label.txt"])
    assert found.results[1].value is None
    assert "Verde" not in str(found.results[1])


def test_a_known_label_after_an_unknown_one_is_read_again(read: Read) -> None:
    found = read(
        page("Processo", "Stato di avanzamento", "Concluso", "Colore preferito", "Verde", "Data inizio", "01/02/2020")
    )
    assert field(found, "Data inizio").text == "01/02/2020"
    assert field(found, "Stato di avanzamento").text == "Concluso"


def test_unknown_lines_before_the_title_are_reported(read: Read) -> None:
    found = read("Menu di navigazione\n" + page("Testo sconosciuto", "Processo"))
    assert field(found, TITLE).text == "Orto inventato"
    assert codes(found) == [("unknown-label", 1), ("unknown-label", 4)]
    assert "no label or heading that source.yaml lists" in found.results[1].texts["en"].message


def test_a_duplicate_label_is_a_violation_and_its_values_are_not_joined(source_pipeline: SourcePipeline) -> None:
    (found,) = source_pipeline.source.readings([PAGES / "label-twice.txt"])
    (result,) = found.results
    assert (result.severity, result.code, result.line, result.field) == (
        Severity.VIOLATION,
        "label-twice",
        21,
        "Data inizio",
    )
    assert "first on line 17" in result.texts["en"].message
    assert field(found, "Data inizio").text == "10/01/2022"


# --- The five states ----------------------------------------------------------------------------------------------------

STATES = [
    (("Codecisione", "No"), FieldState.VALUE, None, ""),
    (("Codecisione",), FieldState.CHECKBOX, None, "not-captured"),
    (("Ambito di intervento",), FieldState.LOST, None, "not-captured"),
    (("Codecisione", "Non indicato o dato non disponibile nelle fonti consultate"), FieldState.SENTINEL, "not-stated", "not-stated"),
    (("Codecisione", "Non prevista come premialità nel bando di riferimento"), FieldState.SENTINEL, "not-applicable", "not-applicable"),
    (("Codecisione", "Non previsto come premialità  nel bando di riferimento "), FieldState.SENTINEL, "not-applicable", "not-applicable"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "state", "reason", "answer"), STATES, ids=["value", "tick", "lost", "not stated", "n/a", "n/a spaced"]
)
def test_a_field_has_the_reason_why_it_has_no_value(
    read: Read, lines: tuple[str, ...], state: FieldState, reason: str | None, answer: str
) -> None:
    found = field(read(page("Caratteristiche", *lines)), lines[0])
    assert (found.state, found.reason, found.absence_reason) == (state, reason, answer)
    assert found.line == 4
    assert found.value_line == 3 + len(lines)


def test_a_missing_label_gives_no_field(read: Read) -> None:
    assert "Codecisione" not in record(read(page("Caratteristiche"))).fields


# --- The date of change --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("Data ultima modifica: 21/12/2022",),
        ("Data ultima modifica:", "21/12/2022"),
        ("Data ultima modifica", "21/12/2022"),
    ],
    ids=["on the line", "after a colon", "on the next"],
)
def test_the_date_of_change_is_read_from_its_line_or_the_next(read: Read, lines: tuple[str, ...]) -> None:
    found = read(page("Obiettivi e Risultati", "Obiettivi", "Un testo.", *lines))
    assert field(found, "Data ultima modifica").text == "21/12/2022"
    assert field(found, "Obiettivi").text == "Un testo."
    assert not found.results


def test_the_date_of_change_without_a_date_is_a_label_alone(read: Read) -> None:
    assert field(read(page("Crediti", "Data ultima modifica:")), "Data ultima modifica").state is FieldState.LOST


def test_lines_after_the_date_of_change_are_reported(read: Read) -> None:
    found = read(page("Crediti", "Data ultima modifica: 21/12/2022", "Piè di pagina"))
    assert codes(found) == [("unknown-label", 5)]


def test_two_dates_of_change_are_a_duplicate_label(read: Read) -> None:
    found = read(page("Crediti", "Data ultima modifica: 21/12/2022", "Data ultima modifica: 22/12/2022"))
    assert codes(found) == [("label-twice", 5)]
    assert field(found, "Data ultima modifica").text == "21/12/2022"


# --- The file -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encode", [lambda text: b"\xef\xbb\xbf" + text.encode(), lambda text: text.replace("\n", "\r\n").encode(),
                                    lambda text: text.replace("\n", "\r").encode(), lambda text: unicodedata.normalize("NFD", text).encode(),
                                    lambda text: text.replace(" ", "\u00a0").encode(), lambda text: text.encode() + b"\n\n \t\n"],
                         ids=["BOM", "CRLF", "CR", "NFD", "no-break spaces", "blank end"])  # fmt: skip
def test_encodings_and_line_ends_make_no_difference(read: Read, good_page: str, encode: Callable[[str], bytes]) -> None:
    plain, other = read(good_page), read(encode(good_page))
    assert {label: (each.state, each.line) for label, each in record(plain).fields.items()} == {
        label: (each.state, each.line) for label, each in record(other).fields.items()
    }
    assert other.results == ()


REFUSED = [
    ("empty", b"", None, "empty"),
    ("blank", b" \n\t\n\r\n", None, "empty"),
    ("binary", b"PK\x03\x04\x00\x00", None, "a workbook"),
    ("UTF-16", "Regione".encode("utf-16"), None, "UTF-16"),
    ("latin-1", "Regione\nCitt\xe0\n".encode("latin-1"), 2, "not UTF-8 text (byte 13)"),
    ("cut", "Regione\n\nCittà".encode()[:-1], 3, "not UTF-8"),
    ("no anchor", b"Processo\nStato di avanzamento\nConcluso\n", None, "no line begins with"),
    ("no title", f"Regione Emilia-Romagna\n\n{ANCHOR}\nProcesso\n".encode(), 3, "the page has no title"),
    ("too many lines", page(*["riga"] * MAX_LINES).encode(), None, "5,002 lines of text"),
    ("piled accents", page("Processo", "e" + "\u0301\u0316" * 20).encode(), 4, "more than 30 accents"),
    ("broken, CR", page("Processo", "VISIBLE=True;UPDATABLE=").replace("\n", "\r").encode(), 4, "field descriptors"),
]


@pytest.mark.parametrize(
    ("data", "number", "message"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_a_page_that_cannot_be_read_is_reported_with_reason_and_line(
    read: Read, data: bytes, number: int | None, message: str
) -> None:
    result = refusal(read(data))
    assert message in result.texts["en"].message
    assert result.line == number
    assert (result.source, result.record) == ("emilia-romagna", "er-4711")


def test_fifty_megabytes_on_one_line_are_rejected_without_being_read_to_memory(
    source_pipeline: SourcePipeline, tmp_path: Path
) -> None:
    path = tmp_path / "4711.txt"
    with path.open("wb") as file:
        for _ in range(50):
            file.write(b"a" * 1_000_000)
    tracemalloc.start()
    started = time.process_time()
    (found,) = source_pipeline.source.readings([path])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "it has 50,000,000 bytes" in refusal(found).texts["en"].message
    assert time.process_time() - started < 1
    assert peak < 4 * MAX_BYTES


@pytest.mark.parametrize(
    "filler", ["a", "A ", "é", "Dott. ", "a@", "0", "FASE 1: ", "(", ".", " / ", "e\u0301", "\u4e00", "deliber"]
)
def test_a_page_of_the_largest_size_is_read_within_seconds(read: Read, filler: str) -> None:
    room = MAX_BYTES - 1000
    text = page("Obiettivi e Risultati", "Obiettivi", filler * (room // len(filler.encode())))
    started = time.process_time()
    assert record(read(text))
    assert time.process_time() - started < 3


def test_a_missing_file_is_reported(source_pipeline: SourcePipeline, tmp_path: Path) -> None:
    (found,) = source_pipeline.source.readings([tmp_path / "4711.txt"])
    assert refusal(found).code == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_read_permission_is_reported(
    source_pipeline: SourcePipeline, tmp_path: Path, good_page: str
) -> None:
    path = tmp_path / "4711.txt"
    path.write_text(good_page)
    path.chmod(0)
    (found,) = source_pipeline.source.readings([path])
    assert refusal(found).code == "unreadable"


def test_characters_that_rdf_xml_does_not_allow_become_spaces(read: Read) -> None:
    found = read(page("Obiettivi e Risultati", "Obiettivi", "uno\x01due\x0btre\x1fquattro\ufffe"))
    assert field(found, "Obiettivi").text == "uno due tre quattro"


def test_separators_of_other_kinds_do_not_cut_a_line(read: Read) -> None:
    found = read(page("Obiettivi e Risultati", "Obiettivi", "uno\u2028due\x85tre"))
    assert field(found, "Obiettivi").text == "uno\u2028due…tre"  # the second is an ellipsis of windows-1252


# --- No line is ever lost -------------------------------------------------------------------------------------------------

REAL = [path.read_text(encoding="utf-8").split("\n") for path in (*GOOD, *SAMPLES)]
STRANGE = ["Processo", "Obiettivi", "Territorio Interessato", "Mappa", "Partecipanti", ANCHOR, "Colore preferito", "Data ultima modifica:", "x", "Certificato", "\u2028", "Non indicato o dato non disponibile nelle fonti consultate"]  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.sampled_from(REAL),
    order=st.randoms(use_true_random=False),
    changes=st.lists(
        st.tuples(st.sampled_from(["swap", "drop", "double", "insert"]), st.sampled_from(STRANGE)), max_size=12
    ),
    shuffle=st.booleans(),
)
def test_every_line_that_is_not_blank_has_exactly_one_role(
    source_pipeline: SourcePipeline,
    tmp_path: Path,
    lines: list[str],
    order: random.Random,
    changes: list[tuple[str, str]],
    shuffle: bool,
) -> None:
    mutated = mutate(lines, order, changes, shuffle)
    found = reading(source_pipeline, tmp_path / "4711.txt", "\n".join(mutated))
    if found.record is None:
        assert refusal(found)
        return
    numbers = [number for number, text in enumerate(mutated, 1) if text.strip()]
    assert [number for number, _ in found.record.roles] == numbers
    reported = {result.line for result in found.results if result.code == "unknown-label"}
    assert reported == {number for number, role in found.record.roles if role is LineRole.UNKNOWN}
    values = [each.number for field_ in found.record.fields.values() for each in field_.values]
    assert len(values) == len(set(values))
    if not any(result.severity is Severity.VIOLATION for result in found.results):
        assert {number for number, role in found.record.roles if role is LineRole.VALUE} <= set(values)


def mutate(lines: list[str], order: random.Random, changes: list[tuple[str, str]], shuffle: bool) -> list[str]:
    mutated = list(lines)
    if shuffle:
        order.shuffle(mutated)
    for kind, text in changes:
        at, other = order.randrange(len(mutated)), order.randrange(len(mutated))
        if kind == "swap":
            mutated[at], mutated[other] = mutated[other], mutated[at]
        elif kind == "drop" and len(mutated) > 1:
            del mutated[at]
        else:
            mutated.insert(at, mutated[other] if kind == "double" else text)
    return mutated


# --- The saved pages ------------------------------------------------------------------------------------------------------


def test_every_line_of_the_seed_page_is_accounted_for(source_pipeline: SourcePipeline, shared: Path) -> None:
    (found,) = source_pipeline.source.readings([shared / "seeds" / "000_9c01f1f444d477c3.txt"])
    roles = Counter(dict(record(found).roles).values())
    assert sum(roles.values()) == 157
    assert roles[LineRole.UNKNOWN] == 0
    assert found.results == ()
    assert found.id == "er-9c01f1f444d477c3"


def test_every_saved_page_is_read_except_the_broken_one(source_pipeline: SourcePipeline, shared: Path) -> None:
    pages = sorted((shared / "records" / "emilia-romagna").glob("*.txt"))
    readings = {Path(found.path).stem: found for found in source_pipeline.source.readings(pages)}
    assert [name for name, found in readings.items() if found.record is None] == ["noid-piacenza"]
    assert refusal(readings["noid-piacenza"]).code == "broken-layout"
    unknown = {name: codes(found) for name, found in readings.items() if found.record and found.results}
    assert unknown == {}
