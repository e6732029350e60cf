"""Every folder of data/sources/ is a test: its samples become the triples in `expected/`, and all labels are mapped or ignored.

`make accept SOURCE=<name>` rewrites the expected files, for a reading line by line.
"""

from pathlib import Path

import pytest
from pyoxigraph import Triple

from passo_lod.media_types import TURTLE
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.serialise import parse, serialise

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted(path.parent for path in (ROOT / "data" / "sources").glob("*/source.yaml"))


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def processed(
    request: pytest.FixtureRequest, pipeline_context: PipelineContext
) -> tuple[SourcePipeline, list[RecordOutcome]]:
    line = SourcePipeline.open(request.param, pipeline_context)
    outcomes = process(line, pipeline_context, sorted((request.param / "samples").iterdir()))
    if request.config.getoption("--accept") == request.param.name:
        accept(line, outcomes)
    return line, outcomes


def accept(source_pipeline: SourcePipeline, outcomes: list[RecordOutcome]) -> None:
    folder = source_pipeline.source.folder / "expected"
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    for path, each in by_file(outcomes).items():
        expected(source_pipeline, path).write_bytes(turtle(each))
    (folder / "results.txt").write_text(results(outcomes), encoding="utf-8")


def by_file(outcomes: list[RecordOutcome]) -> dict[str, list[RecordOutcome]]:
    files: dict[str, list[RecordOutcome]] = {}
    for outcome in outcomes:
        files.setdefault(outcome.reading.path, []).append(outcome)
    return files


def expected(source_pipeline: SourcePipeline, path: str) -> Path:
    return source_pipeline.source.folder / "expected" / f"{Path(path).stem}.ttl"


def turtle(outcomes: list[RecordOutcome]) -> bytes:
    return serialise((quad for each in outcomes if each.mapped for quad in each.mapped.quads), TURTLE)


def results(outcomes: list[RecordOutcome]) -> str:
    return "".join(f"{result}\n" for outcome in outcomes for result in outcome.results)


def test_every_sample_becomes_the_accepted_triples(processed: tuple[SourcePipeline, list[RecordOutcome]]) -> None:
    line, outcomes = processed
    for path, each in by_file(outcomes).items():
        found = set(parse(turtle(each), TURTLE))
        accepted = set(parse(expected(line, path).read_bytes(), TURTLE))
        assert not difference(found, accepted), f"{path}\n" + "\n".join(difference(found, accepted))


def difference(found: set[Triple], accepted: set[Triple]) -> list[str]:
    missing = [f"missing: {triple}" for triple in accepted - found]
    extra = [f"extra:   {triple}" for triple in found - accepted]
    return sorted(missing) + sorted(extra)


def test_every_result_about_a_sample_was_accepted(
    processed: tuple[SourcePipeline, list[RecordOutcome]],
) -> None:
    line, outcomes = processed
    accepted = (line.source.folder / "expected" / "results.txt").read_text(encoding="utf-8")
    assert results(outcomes).splitlines() == accepted.splitlines()


def test_every_expected_file_belongs_to_a_sample(processed: tuple[SourcePipeline, list[RecordOutcome]]) -> None:
    line, outcomes = processed
    belonging = {expected(line, path) for path in by_file(outcomes)}
    assert set((line.source.folder / "expected").glob("*.ttl")) == belonging


def test_a_sample_is_quarantined_only_if_its_violation_was_accepted(
    processed: tuple[SourcePipeline, list[RecordOutcome]],
) -> None:
    line, outcomes = processed
    accepted = (line.source.folder / "expected" / "results.txt").read_text(encoding="utf-8")
    quarantined = [outcome for outcome in outcomes if outcome.quarantined]
    assert len(quarantined) == accepted.count(": Violation: ")


def test_every_label_of_the_source_is_mapped_or_ignored_with_a_reason(
    processed: tuple[SourcePipeline, list[RecordOutcome]],
) -> None:
    line, _ = processed
    mapping = line.mapper.mapping
    assert line.source.labels == mapping.mapped_labels | set(mapping.ignored_labels)
    assert all(mapping.ignored_labels.values())


def test_no_statement_about_a_sample_has_a_blank_node(processed: tuple[SourcePipeline, list[RecordOutcome]]) -> None:
    _, outcomes = processed
    assert b"_:" not in turtle(outcomes)
