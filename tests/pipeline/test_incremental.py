"""A record is processed once, by any worker, with the same bytes; changed inputs are processed again."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.cache import ContentCache
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError, ReleaseError
from passo_lod.pipeline import processing
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.executors import open_executor
from passo_lod.pipeline.incremental import IncrementalProcessor
from passo_lod.pipeline.processed_record import ProcessedRecord
from passo_lod.pipeline.publish import RECORD_CACHE, publish
from passo_lod.pipeline.source_processor import SourceProcessor
from passo_lod.records import Reading
from passo_lod.release.dump import nquads_sorter
from passo_lod.sources.source import Source
from passo_lod.validation.report_writer import FORMS
from tests.release.test_writer import file_size_limit
from tests.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
PROCESSED_RECORDS = st.builds(
    ProcessedRecord,
    st.text(),
    st.text(),
    names=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    withdrawn=st.none() | st.text(),
    published=st.booleans(),
    result_counts=st.lists(st.tuples(st.text(), st.text(), st.none() | st.text(), st.integers(1)), max_size=3).map(
        tuple
    ),
    lines=st.lists(st.binary(), max_size=3).map(tuple),
    shared=st.lists(st.binary(), max_size=3).map(tuple),
    rows=st.binary(),
    report=st.tuples(*(st.binary() for _ in FORMS)),
)


@pytest.fixture
def data(small_data: Callable[[str], Path]) -> Path:
    """A copy of a small source with the places of its region, which a test may change."""
    folder = small_data("incremental")
    samples = "sources/emilia-romagna/samples"
    shutil.copytree(ROOT / "data" / samples, folder / samples, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def source_pipeline(pipeline_context: PipelineContext) -> SourcePipeline:
    return SourcePipeline.open(ROOT / "data/sources/emilia-romagna", pipeline_context)


@pytest.fixture
def processed_ids(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the records that were processed rather than taken from the cache, appended as it happens."""
    ids: list[str] = []
    process = SourceProcessor.process

    def noting(self: SourceProcessor, readings: Sequence[Reading]) -> list[ProcessedRecord]:
        ids.extend(reading.id for reading in readings)
        return process(self, readings)

    monkeypatch.setattr(SourceProcessor, "process", noting)
    return ids


def bytes_of(folder: Path) -> dict[str, str]:
    """The checksum of each file, except of those that contain the time of the release."""
    timed = {"manifest.json", "SHA256SUMS", "feed"}
    files = (path for path in folder.rglob("*") if path.is_file() and not timed & set(path.relative_to(folder).parts))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@given(PROCESSED_RECORDS)
def test_a_processed_record_survives_serialisation(record: ProcessedRecord) -> None:
    assert ProcessedRecord.from_bytes(record.as_bytes()) == record


def test_a_record_has_the_same_result_alone_and_in_a_batch(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    readings, processor = (
        processing.readings(source_pipeline.source),
        SourceProcessor(pipeline_context, source_pipeline),
    )
    in_a_batch = processor.process(readings)
    alone = [record for reading in readings for record in processor.process([reading])]
    assert alone == in_a_batch
    assert processor.process(readings[::-1]) == in_a_batch[::-1]


def test_an_unchanged_record_is_not_processed_again(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path, processed_ids: list[str]
) -> None:
    records, counts = [], []
    for _ in range(2):
        with ContentCache.open(tmp_path / "cache") as cache:
            records.append(list(IncrementalProcessor(pipeline_context, cache).process_source(source_pipeline)))
        counts.append(len(processed_ids))
    assert counts == [11, 11]
    assert records[0] == records[1]


def test_a_changed_record_is_processed_again_and_a_changed_mapping_processes_all_again(
    data: Path, tmp_path: Path, processed_ids: list[str]
) -> None:
    releases = tmp_path / "releases"

    def count_processed() -> int:
        processed_ids.clear()
        publish(Catalog.open(data), releases)
        return len(processed_ids)

    source = data / "sources/emilia-romagna"
    assert count_processed() == 11
    record = sorted((source / "samples").iterdir())[0]
    record.write_text(record.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = count_processed()
    assert changed <= 1
    mapping = source / "mapping.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8") + "\n# a note\n", encoding="utf-8")
    assert count_processed() == 11
    assert count_processed() == 0


def test_records_that_share_an_id_are_quarantined_even_if_the_cache_has_one_of_them(
    data: Path, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    pipeline = SourcePipeline.open(data / "sources/emilia-romagna", pipeline_context)
    samples = data / "sources/emilia-romagna/samples"

    def published() -> set[str]:
        with ContentCache.open(tmp_path / "cache") as cache:
            records = list(IncrementalProcessor(pipeline_context, cache).process_source(pipeline))
        assert len(records) == len(list(samples.iterdir()))
        return {record.id for record in records if record.published}

    before = published()
    shutil.copy(samples / "2205.txt", samples / "007_2205.txt")
    assert published() == published() == before - {"er-2205"}
    (samples / "007_2205.txt").unlink()
    assert published() == before


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_damaged_cache_file_is_replaced(
    content: bytes, source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_bytes(content)
    with ContentCache.open(tmp_path / "cache") as cache:
        assert len(list(IncrementalProcessor(pipeline_context, cache).process_source(source_pipeline))) == 11


def test_a_record_whose_cached_value_is_damaged_is_processed_again(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    with ContentCache.open(tmp_path / "cache") as cache:
        before = list(IncrementalProcessor(pipeline_context, cache).process_source(source_pipeline))
    with sqlite3.connect(tmp_path / "cache") as database:
        database.execute("UPDATE entries SET value = substr(value, 1, 40)")
    database.close()
    with ContentCache.open(tmp_path / "cache") as cache:
        assert list(IncrementalProcessor(pipeline_context, cache).process_source(source_pipeline)) == before


def test_values_that_are_no_longer_used_are_deleted(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    with ContentCache.open(tmp_path / "cache") as cache:
        list(IncrementalProcessor(pipeline_context, cache).process_source(source_pipeline))
    for _ in range(4):
        with ContentCache.open(tmp_path / "cache"):
            pass
    with sqlite3.connect(tmp_path / "cache") as database:
        assert database.execute("SELECT COUNT(*) FROM entries").fetchone() == (0,)
    database.close()


def test_a_full_disk_for_temporary_files_is_a_release_error(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nquads_sorter, "MAX_IN_MEMORY", 0)
    publish(Catalog.open(data), tmp_path / "releases")
    current = (tmp_path / "releases/current").readlink()
    with (
        file_size_limit(200),
        pytest.raises(ReleaseError, match=r"cannot be written .*; the current release is unchanged"),
    ):
        publish(Catalog.open(data), tmp_path / "releases")
    assert (tmp_path / "releases/current").readlink() == current


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


def test_one_process_two_processes_and_a_cluster_write_the_same_bytes(data: Path, tmp_path: Path) -> None:
    releases = {}
    publishing = [sys.executable, "-m", "passo_lod", "publish", "--data", str(data), "--no-cache"]
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as cluster:
        assert cluster.stdin is not None
        assert cluster.stdout is not None
        address = cluster.stdout.readline().strip()
        for name, options in {"one": [], "two": ["--workers", "2"], "cluster": ["--cluster", address]}.items():
            subprocess.run([*publishing, "--releases", str(tmp_path / name), *options], check=True, capture_output=True)
            releases[name] = bytes_of((tmp_path / name / "current").resolve())
        cluster.stdin.close()
    assert releases["one"] == releases["two"] == releases["cluster"]
    assert len(releases["one"]) > 10


def test_a_cluster_that_does_not_answer_is_a_clear_error() -> None:
    with (
        pytest.raises(PassoError, match="no dask scheduler answers there"),
        open_executor(1, f"tcp://127.0.0.1:{free_port()}"),
    ):
        pass


def test_each_file_has_the_digest_of_the_bytes_that_were_read(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    with ContentCache.open(tmp_path / "cache") as cache:
        processor = IncrementalProcessor(pipeline_context, cache)
        list(processor.process_source(source_pipeline))
    expected = {
        source_pipeline.source.display_path(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in source_pipeline.source.paths()
    }
    assert processor.file_digests == {source_pipeline.source.name: expected}


def test_a_file_that_changes_while_it_is_read_stops_the_release(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = processing.read

    def change_and_read(source: Source, paths: Iterable[Path]) -> Iterator[Reading]:
        for path in paths:
            path.write_bytes(path.read_bytes() + b"\n")
            yield from read(source, [path])

    monkeypatch.setattr(processing, "read", change_and_read)
    with pytest.raises(PassoError, match=r"\.txt: was changed while it was read; publish again"):
        publish(Catalog.open(data), tmp_path / "releases")
    assert not (tmp_path / "releases" / "current").exists()


@pytest.mark.parametrize("change", ["deleted", "overwritten"])
def test_a_file_that_changes_before_it_is_read_again_stops_the_release(
    change: str, pipeline_context: PipelineContext, data: Path, tmp_path: Path
) -> None:
    pipeline = SourcePipeline.open(data / "sources/emilia-romagna", pipeline_context)
    samples = data / "sources/emilia-romagna/samples"
    duplicate = samples / "007_2205.txt"
    shutil.copy(samples / "2205.txt", duplicate)
    with ContentCache.open(tmp_path / "cache") as cache:
        records = IncrementalProcessor(pipeline_context, cache).process_source(pipeline)
        if change == "deleted":
            duplicate.unlink()
        else:
            duplicate.write_text("anything", encoding="utf-8")
        with pytest.raises(PassoError, match=r"\.txt: was changed while it was read; publish again"):
            list(records)


def test_an_unreadable_file_has_no_digest(data: Path, tmp_path: Path) -> None:
    samples = data / "sources/emilia-romagna/samples"
    (samples / "gone.txt").symlink_to(samples / "nowhere")
    published = publish(Catalog.open(data), tmp_path / "releases")
    (source,) = json.loads((published.folder / "manifest.json").read_bytes())["sources"]
    assert source["inputs"]["samples/gone.txt"] is None
    assert len(source["inputs"]["source.yaml"]) == 64


def test_the_cache_is_beside_the_releases_and_is_no_release(data: Path, tmp_path: Path) -> None:
    publish(Catalog.open(data), tmp_path / "releases")
    assert (tmp_path / "releases" / RECORD_CACHE).is_file()
