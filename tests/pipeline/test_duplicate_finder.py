"""Records that describe one case are found by their facts, on shipped and on invented data, without comparing all with all."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
import pytest

from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.duplicate_finder import DuplicateFinder, LikelyPair, RecordRef, _blocks
from passo_lod.pipeline.processing import readings
from passo_lod.pipeline.record_facts import Fact
from passo_lod.pipeline.source_processor import SourceProcessor

ROOT = Path(__file__).resolve().parents[2]
PARTICIPEDIA = ROOT / "data" / "sources" / "participedia"

# Read in the source files by a person, who compared place, days, number of participants and subjects.
ENTERED_TWICE = (
    "105 595 2373",
    "106 558",
    "107 557",
    "113 549",
    "426 1949",
    "468 587",
    "505 588",
    "4673 4674",
    "69 2218",
)
ALIKE = ("123 588", "4670 4673", "4670 4674")


def pairs_of(groups: tuple[str, ...]) -> set[frozenset[str]]:
    listed = [group.split() for group in groups]
    return {frozenset({f"pp-{one}", f"pp-{other}"}) for ids in listed for one in ids for other in ids if one < other}


@pytest.fixture(scope="module")
def finder(pipeline_context: PipelineContext, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuplicateFinder]:
    """With the facts of the shipped cases of Participedia, before a person decided on any."""
    folder = tmp_path_factory.mktemp("undecided") / "participedia"
    shutil.copytree(PARTICIPEDIA, folder, ignore=shutil.ignore_patterns("duplicates.yaml", "expected", "cases"))
    pipeline = SourcePipeline.open(folder, pipeline_context)
    finder = DuplicateFinder(folder)
    for record in SourceProcessor(pipeline_context, pipeline).process(readings(pipeline.source)):
        if record.published:
            finder.add(RecordRef(record.id, "participedia", record.path), record.facts)
    yield finder
    finder.close()


def test_all_cases_that_were_entered_twice_are_found_and_little_else(finder: DuplicateFinder) -> None:
    pairs = finder.likely_pairs()
    assert {frozenset({pair.first.id, pair.second.id}) for pair in pairs} == pairs_of(ENTERED_TWICE) | pairs_of(ALIKE)
    assert [pair.similarity for pair in pairs] == sorted((pair.similarity for pair in pairs), reverse=True)


def test_a_pair_states_what_is_equal_and_what_differs(finder: DuplicateFinder) -> None:
    (pair,) = (each for each in finder.likely_pairs() if {each.first.id, each.second.id} == {"pp-505", "pp-588"})
    ((_, evidence),) = finder.evidence([pair])
    assert evidence.equal[0] == Fact("schema:startDate", "2005-03-23")
    assert evidence.different["schema:endDate"] == (("2005-06-23",), ("2007-06-23",))


def test_the_shipped_file_decides_on_every_pair_that_is_found(
    finder: DuplicateFinder, pipeline_context: PipelineContext
) -> None:
    decisions = SourcePipeline.open(PARTICIPEDIA, pipeline_context).source.duplicates
    duplicates = {frozenset({id_, each.survivor}) for id_, each in decisions.same.items()}
    assert duplicates >= {pair for pair in pairs_of(ENTERED_TWICE) if pair & set(decisions.survivors)}
    published = finder.ids - decisions.same.keys()
    undecided = [
        (pair.first.id, pair.second.id)
        for pair in finder.likely_pairs()
        if {pair.first.id, pair.second.id} <= published and not decisions.are_different(pair.first.id, pair.second.id)
    ]
    assert undecided == []


# --- Invented records ----------------------------------------------------------------------------------------------


def found(folder: Path, records: Mapping[str, dict[str, str]]) -> list[LikelyPair]:
    finder = DuplicateFinder(folder)
    for id_, facts in records.items():
        finder.add(RecordRef(id_, "invented", "1.csv"), orjson.dumps(sorted(facts.items())))
    pairs = finder.likely_pairs()
    finder.close()
    return pairs


def facts(number: int, **others: str) -> dict[str, str]:
    """Ten facts of an invented process; only its title is that of no other."""
    plain = {f"passo:property{each}": f"{number % (each + 3)}" for each in range(10)}
    return {"dct:title": f"process {number}", **plain, **others}


def test_two_records_of_a_source_that_has_no_others_are_found(tmp_path: Path) -> None:
    (pair,) = found(tmp_path, {"a": facts(1), "b": facts(1)})
    assert (pair.first.id, pair.second.id, pair.similarity) == ("a", "b", 1.0)


def test_records_that_share_no_identifying_value_are_no_pair(tmp_path: Path) -> None:
    assert found(tmp_path, {"a": facts(1), "b": facts(1) | {"dct:title": "another"}}) == []


def test_a_year_is_no_identifying_value_and_a_day_is(tmp_path: Path) -> None:
    one, other = facts(1), facts(1) | {"dct:title": "another"}
    assert found(tmp_path, {"a": one | {"schema:startDate": "2020"}, "b": other | {"schema:startDate": "2020"}}) == []
    day = {"schema:startDate": "2020-03-02"}
    assert len(found(tmp_path, {"a": one | day, "b": other | day})) == 1


def test_prose_that_was_written_anew_does_not_hide_a_duplicate(tmp_path: Path) -> None:
    one = {f"passo:text{each}": f"first {each} " + "x" * 90 for each in range(30)}
    other = {f"passo:text{each}": f"second {each} " + "y" * 90 for each in range(30)}
    (pair,) = found(tmp_path, {"a": facts(1) | one, "b": facts(1) | other})
    assert pair.similarity == 1.0


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_the_number_of_comparisons_grows_with_the_records_and_not_with_their_square(count: int) -> None:
    """All records share the start, many an amount, and some the number of participants too."""
    shared: dict[int, list[int]] = {}
    for number in range(count):
        for value in ("2024-01-01", f"amount {number % 50}", f"{number // 2 % 70} participants"):
            shared.setdefault(hash(value), []).append(number)
    comparisons = sum(len(block) * (len(block) - 1) // 2 for block in _blocks(shared))
    assert comparisons <= 40 * count


def test_records_whose_identifying_values_are_all_common_are_not_compared() -> None:
    assert list(_blocks({1: list(range(21))})) == []


def test_a_pair_is_found_though_each_of_its_identifying_values_is_frequent(tmp_path: Path) -> None:
    start, end = {"schema:startDate": "2024-01-01"}, {"schema:endDate": "2024-06-30"}
    others = {f"s{each}": facts(each, **start) for each in range(25)} | {
        f"e{each}": facts(each + 100, **end) for each in range(25)
    }
    rare = {f"passo:rare{each}": "same" for each in range(8)}
    twice = {"a": facts(1000) | start | end | rare, "b": facts(2000) | start | end | rare}
    pairs = found(tmp_path, others | twice)
    assert ("a", "b") in {(pair.first.id, pair.second.id) for pair in pairs}
