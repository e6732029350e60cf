"""A case that was entered twice is counted once: publishing asks a person, and takes the answer from duplicates.yaml."""

import json

import pytest

from passo_lod.errors import SourceError
from passo_lod.namespaces import DCT, OWL, PASSO, RDF, SKOS
from passo_lod.pipeline.publish import Published
from passo_lod.report import Severity, ValidationResult
from tests.release.identity.test_id_registry import BASE, Observatory, observatory
from tests.reports import results

__all__ = ["observatory"]

SAME = """\
same:
  - keep: "11"
    duplicates: ["12"]
    why: both describe the park; segnalato da anna.bianchi@example.org
"""


def decide(observatory: Observatory, text: str) -> None:
    (observatory.source / "duplicates.yaml").write_text(text, encoding="utf-8")


def results_of(published: Published, code: str) -> list[ValidationResult]:
    return [result for result in results(published.folder) if result.code == code]


@pytest.fixture
def twice(observatory: Observatory) -> Observatory:
    """One case entered as 11 and as 12, which has another cost and other prose, and an unrelated record 13."""
    observatory.add("11")
    page = observatory.records["11"].replace("8.000,00", "9.500,00")
    observatory.records["12"] = page.replace("Scegliere il colore di una fontana", "Trovare un colore alla fontana")
    observatory.spoil("14")
    return observatory


def test_two_likely_records_are_published_with_a_warning_that_gives_the_evidence(twice: Observatory) -> None:
    published = twice.publish()
    assert published.accounting.published == 2
    assert published.likely_duplicates == 1
    (result,) = results_of(published, "likely-duplicate")
    assert (result.severity, result.record, result.path) == (Severity.WARNING, "er-11", "samples/11.txt")
    assert "er-11 and er-12 may describe one case" in result.texts["en"].message
    assert "start date 2022-09-15" in result.texts["en"].message
    assert "total cost: value 8000 in er-11, 9500 in er-12" in result.texts["en"].message
    assert '{keep: "er-11", duplicates: ["er-12"], why: …}' in result.texts["en"].expected
    assert '{records: ["er-11", "er-12"], why: …}' in result.texts["en"].expected


def test_records_that_a_person_calls_different_are_not_asked_about_again(twice: Observatory) -> None:
    decide(twice, 'different:\n  - {records: ["11", "12"], why: two parks}\n')
    published = twice.publish()
    assert results_of(published, "likely-duplicate") == []
    assert published.accounting.published == 2


def test_of_records_that_a_person_calls_the_same_one_is_published_and_every_count_follows(twice: Observatory) -> None:
    twice.publish()
    decide(twice, SAME)
    published = twice.publish()
    assert str(published.accounting) == "3 in = 1 published + 1 quarantined + 0 withdrawn + 1 merged"
    assert results_of(published, "likely-duplicate") == []
    processes = {quad.subject.value for quad in twice.quads() if quad.object == PASSO.ParticipatoryProcess}
    assert processes == {f"{BASE}id/process/er-11"}
    assert not [quad for quad in twice.quads() if quad.subject.value.startswith(f"{BASE}id/process/er-12/")]
    for name in ("manifest.json", "report.json"):
        (source,) = json.loads((published.folder / name).read_text(encoding="utf-8"))["sources"]
        assert (source["in"], source["published"], source["quarantined"], source["merged"]) == (3, 1, 1, 1)
        (merged,) = source["merged_records"]
        assert (merged["record"], merged["survivor"]) == ("er-12", "er-11")
        assert merged["reason"].startswith("both describe the park")
        assert "anna.bianchi" not in merged["reason"]
    page = (published.folder / "report.en.html").read_text(encoding="utf-8")
    assert "<code>er-12</code> describes the same case as <code>er-11</code>, which is published instead" in page


def test_a_merged_record_answers_308_to_its_survivor(twice: Observatory) -> None:
    twice.publish()
    decide(twice, SAME)
    twice.publish()
    assert twice.status("/id/process/er-12") == (308, "/id/process/er-11")
    assert twice.status("/doc/process/er-12")[0] == 308
    assert twice.status("/id/process/er-12/cost")[0] == 308
    assert twice.lines("id/process/er-12")[-1]["event"] == "merged"
    values = twice.values_of("id/process/er-12")
    assert values[DCT.isReplacedBy.value] == {f"{BASE}id/process/er-11"}
    assert values[OWL.deprecated.value] == {"true"}
    assert any(note.startswith("both describe the park") for note in values[SKOS.changeNote.value])
    assert RDF.type.value not in values
    assert f"{BASE}id/process/er-12" in twice.values_of("id/process/er-11")[DCT.replaces.value]


def test_facts_that_only_the_merged_record_has_are_reported(twice: Observatory) -> None:
    decide(twice, SAME)
    (result,) = results_of(twice.publish(), "merged-with-other-facts")
    assert (result.severity, result.record, result.path) == (Severity.INFO, "er-12", "samples/12.txt")
    assert "total cost: value 9500 in er-12, 8000 in er-11" in result.texts["en"].message
    assert "fontana" in result.texts["en"].message, "prose that the survivor lacks is named too"


def test_a_record_without_facts_of_its_own_is_merged_without_a_result(twice: Observatory) -> None:
    twice.records["12"] = twice.records["11"]
    decide(twice, SAME)
    published = twice.publish()
    assert published.accounting.merged == 1
    assert [result for result in results(published.folder) if result.record == "er-12"] == []


def test_a_survivor_that_is_quarantined_is_a_warning_with_the_line_of_the_decision(twice: Observatory) -> None:
    decide(twice, SAME.replace('"11"', '"14"'))
    published = twice.publish()
    assert str(published.accounting) == "3 in = 1 published + 1 quarantined + 0 withdrawn + 1 merged"
    (result,) = results_of(published, "survivor-quarantined")
    assert (result.severity, result.path, result.line) == (Severity.WARNING, "duplicates.yaml", 2)
    assert "er-12 is not published, because er-14 stands for it" in result.texts["en"].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SAME.replace('"11"', '"99"'), r":2: keep: no record of emilia-romagna has the id er-99"),
        (SAME.replace('"12"', '"99"'), r":3: no record of emilia-romagna has the id er-99, nor had one formerly"),
        ('different:\n  - {records: ["11", "99"], why: x}\n', r":2: no record of emilia-romagna has the id er-99"),
    ],
)
def test_an_unknown_id_stops_the_publishing_and_names_the_line(twice: Observatory, text: str, message: str) -> None:
    decide(twice, text)
    with pytest.raises(SourceError, match=rf"duplicates\.yaml{message}"):
        twice.publish()
    assert not (twice.releases / "current").exists()
    assert not twice.registry.exists()


def test_a_decision_stays_valid_when_the_source_removes_the_duplicate(twice: Observatory) -> None:
    decide(twice, SAME)
    twice.publish()
    del twice.records["12"]
    assert twice.publish().accounting.merged == 0
    assert twice.status("/id/process/er-12") == (308, "/id/process/er-11")


def test_a_decision_that_is_taken_back_publishes_the_record_again(twice: Observatory) -> None:
    twice.publish()
    decide(twice, SAME)
    twice.publish()
    (twice.source / "duplicates.yaml").unlink()
    assert twice.publish().accounting.published == 2
    assert twice.lines("id/process/er-12")[-1]["event"] == "back"
    assert twice.status("/doc/process/er-12") == (200, None)


def test_the_manifest_has_the_digest_of_the_decisions(twice: Observatory) -> None:
    decide(twice, SAME)
    (source,) = json.loads((twice.publish().folder / "manifest.json").read_text(encoding="utf-8"))["sources"]
    assert len(source["inputs"]["duplicates.yaml"]) == 64


def test_the_pages_of_catalogue_and_dataset_count_the_merged_records(twice: Observatory) -> None:
    decide(twice, SAME)
    twice.publish()
    home, dataset = twice.ask("/", "/dataset/emilia-romagna", headers={"Accept": "text/html", "Accept-Language": "it"})
    assert "Uniti a un altro" in home.text
    assert "<dt>Uniti a un altro</dt><dd>1</dd>" in dataset.text
