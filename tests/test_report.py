"""A result names the place, what is wrong and what would be right; the accounting counts every record once."""

import itertools
import json
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.messages.localised_text import LanguageMap
from passo_lod.report import Accounting, Severity, ValidationReport, ValidationResult, shortened

COUNTS = st.integers(min_value=0, max_value=1000)
TEXTS = st.sampled_from(["", "a", "b"])
LOCALISED = TEXTS.map(lambda text: LanguageMap.of({"en": text}))
RESULTS = st.builds(
    ValidationResult,
    severity=st.sampled_from(Severity),
    message=LOCALISED,
    source=TEXTS,
    record=TEXTS,
    path=TEXTS,
    line=st.none() | st.integers(min_value=1, max_value=3),
    field=st.none() | TEXTS,
    value=st.none() | TEXTS,
    expected=st.none() | LOCALISED,
    code=TEXTS,
    focus_node=st.none() | TEXTS,
    result_path=st.none() | TEXTS,
)


def test_the_text_of_a_result_has_place_severity_field_message_value_and_remedy() -> None:
    result = ValidationResult(
        Severity.VIOLATION,
        LanguageMap.of({"en": "There is no such day.", "it": "Quel giorno non esiste."}),
        path="samples/1.txt",
        line=7,
        field="Data fine",
        value="31/02/2020",
        expected=LanguageMap.of({"en": "a day, as in 21/02/2020", "it": "una data, ad esempio 21/02/2020"}),
    )
    assert str(result) == result.text("en")
    assert result.text("en") == (
        "samples/1.txt:7: Violation: 'Data fine': There is no such day. Found: '31/02/2020'."
        " Right would be: a day, as in 21/02/2020"
    )
    assert result.text("it") == (
        "samples/1.txt:7: Errore: «Data fine»: Quel giorno non esiste. Trovato: «31/02/2020»."
        " Come dovrebbe essere: una data, ad esempio 21/02/2020"
    )


def test_the_text_of_a_result_without_line_and_field() -> None:
    result = ValidationResult(Severity.INFO, LanguageMap.of({"en": "All is well."}), path="a.txt")
    assert (result.text("en"), result.text("it")) == ("a.txt: Info: All is well.", "a.txt: Nota: All is well.")


def test_a_result_of_the_catalogue_has_what_is_wrong_and_what_would_be_right() -> None:
    result = ValidationResult.of(Severity.VIOLATION, "id-twice", "publish.id-twice", {"id": "er-1", "others": "2.txt"})
    assert result.texts["it"] == (
        "L’identificativo er-1 è anche quello di 2.txt.",
        "una sola scheda della fonte per ogni identificativo",
    )


def test_a_result_is_read_back_from_json_with_its_texts_in_every_language() -> None:
    result = ValidationResult.of(Severity.INFO, "one-body", "publish.one-body", {"count": 1234}, path="mapping.yaml")
    document = json.loads(json.dumps(result.as_json()))
    assert document["message"]["it"] == "1.234 modi di scrivere sono stati presi per nomi di un solo ente."
    assert ValidationResult.from_json(document).texts == result.texts


def test_a_result_can_be_sent_to_another_process() -> None:
    result = ValidationResult.of(Severity.INFO, "one-body", "publish.one-body", {"count": 2})
    assert pickle.loads(pickle.dumps(result)) == result


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("abcd", "abcd"), ("abcde", "abc…")])
def test_a_long_text_is_truncated(text: str, expected: str) -> None:
    assert shortened(text, 4) == expected


@given(st.lists(RESULTS, max_size=30), st.randoms())
def test_a_report_does_not_depend_on_the_order_of_its_results(
    results: list[ValidationResult], order: random.Random
) -> None:
    shuffled = results + results[:3]
    order.shuffle(shuffled)
    assert ValidationReport.of(results) == ValidationReport.of(shuffled)


@given(RESULTS, RESULTS)
def test_two_different_results_have_different_sort_keys(one: ValidationResult, other: ValidationResult) -> None:
    assert (one.sort_key == other.sort_key) == (one == other)


@pytest.mark.parametrize(
    ("severities", "conforms"),
    [((), True), ((Severity.INFO, Severity.WARNING), True), ((Severity.INFO, Severity.VIOLATION), False)],
)
def test_a_report_conforms_unless_it_has_a_violation(severities: tuple[Severity, ...], conforms: bool) -> None:
    report = ValidationReport.of(ValidationResult(severity, LanguageMap.of({"en": "x"})) for severity in severities)
    assert report.conforms is conforms
    assert sum(report.summary.counts.values()) == len(severities)


def test_counts_contain_every_severity_the_gravest_first() -> None:
    assert ValidationReport().summary.counts == {"Violation": 0, "Warning": 0, "Info": 0}
    assert list(ValidationReport().summary.counts) == ["Violation", "Warning", "Info"]


@given(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS))
def test_records_in_are_published_quarantined_withdrawn_or_merged(counts: tuple[int, int, int, int]) -> None:
    accounting = Accounting(sum(counts), *counts)
    assert accounting + Accounting() == accounting
    assert (accounting + accounting).records_in == 2 * accounting.records_in
    assert list(accounting.as_json().values()) == [accounting.records_in, *counts]


@pytest.mark.parametrize(
    "counts", [counts for counts in itertools.product((0, 1), repeat=5) if counts[0] != sum(counts[1:])]
)
def test_an_accounting_that_does_not_add_up_is_an_error(counts: tuple[int, int, int, int, int]) -> None:
    with pytest.raises(AssertionError, match="do not add up"):
        Accounting(*counts)
