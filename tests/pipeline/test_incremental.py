"""What becomes of a record is worked out once, anywhere, and comes to the same bytes."""

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
from passo_lod.pipeline import processing as batches
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.incremental import IncrementalProcessor, ProcessedRecord, SourceProcessor, executor
from passo_lod.pipeline.publish import KEPT, publish
from passo_lod.records import Reading
from passo_lod.release.dump import nquads_sorter as lines
from passo_lod.sources.source import Source
from passo_lod.validation.report_writer import ReportPart
from tests.release.test_writer import file_size_limit
from tests.serving import free_port

ROOT = Path(__file__).resolve().parents[2]
SETTLED = st.builds(
    ProcessedRecord,
    st.text(),
    st.text(),
    names=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    withdrawn=st.none() | st.text(),
    published=st.booleans(),
    kinds=st.lists(st.tuples(st.text(), st.text(), st.none() | st.text(), st.integers(1)), max_size=3).map(tuple),
    lines=st.lists(st.binary(), max_size=3).map(tuple),
    shared=st.lists(st.binary(), max_size=3).map(tuple),
    rows=st.binary(),
    told=st.builds(ReportPart, st.binary(), st.binary(), st.binary()),
)


@pytest.fixture
def data(small_data: Callable[[str], Path]) -> Path:
    """A copy of a small source with the places of its region, which a test may change."""
    folder = small_data("settling")
    samples = "sources/emilia-romagna/samples"
    shutil.copytree(ROOT / "data" / samples, folder / samples, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def line(workshop: PipelineContext) -> SourcePipeline:
    return SourcePipeline.open(ROOT / "data/sources/emilia-romagna", workshop)


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The records that are settled and not found, as they are: which they were is asked of the bench."""
    names: list[str] = []
    settle = SourceProcessor.settle

    def noted(self: SourceProcessor, readings: Sequence[Reading]) -> list[ProcessedRecord]:
        names.extend(reading.id for reading in readings)
        return settle(self, readings)

    monkeypatch.setattr(SourceProcessor, "settle", noted)
    return names


def bytes_of(folder: Path) -> dict[str, str]:
    """The checksum of each file, but of those in which the time of the release stands."""
    timed = {"manifest.json", "SHA256SUMS", "feed"}
    files = (path for path in folder.rglob("*") if path.is_file() and not timed & set(path.relative_to(folder).parts))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@given(SETTLED)
def test_what_is_kept_comes_back_as_it_was(settled: ProcessedRecord) -> None:
    assert ProcessedRecord.from_bytes(settled.as_bytes()) == settled


def test_a_record_is_the_same_alone_and_among_others(line: SourcePipeline, workshop: PipelineContext) -> None:
    readings, bench = batches.readings(line.source), SourceProcessor(workshop, line)
    together = bench.settle(readings)
    alone = [settled for reading in readings for settled in bench.settle([reading])]
    assert alone == together
    assert bench.settle(readings[::-1]) == together[::-1]


def test_what_was_settled_is_not_settled_again(
    line: SourcePipeline, workshop: PipelineContext, tmp_path: Path, anew: list[str]
) -> None:
    settled, counts = [], []
    for _ in range(2):
        with ContentCache.open(tmp_path / "kept") as kept:
            settled.append(list(IncrementalProcessor(workshop, kept).settle(line)))
        counts.append(len(anew))
    assert counts == [11, 11]
    assert settled[0] == settled[1]


def test_only_what_changed_is_settled_again_and_a_change_of_the_rules_changes_all(
    data: Path, tmp_path: Path, anew: list[str]
) -> None:
    releases = tmp_path / "releases"

    def settled_anew() -> int:
        anew.clear()
        publish(Catalog.open(data), releases)
        return len(anew)

    source = data / "sources/emilia-romagna"
    assert settled_anew() == 11
    record = sorted((source / "samples").iterdir())[0]
    record.write_text(record.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    changed = settled_anew()
    assert changed <= 1
    mapping = source / "mapping.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8") + "\n# a note\n", encoding="utf-8")
    assert settled_anew() == 11
    assert settled_anew() == 0


def test_records_that_share_an_id_are_refused_also_where_one_of_them_was_settled_before(
    data: Path, workshop: PipelineContext, tmp_path: Path
) -> None:
    line = SourcePipeline.open(data / "sources/emilia-romagna", workshop)
    samples = data / "sources/emilia-romagna/samples"

    def published() -> set[str]:
        with ContentCache.open(tmp_path / "kept") as kept:
            settled = list(IncrementalProcessor(workshop, kept).settle(line))
        assert len(settled) == len(list(samples.iterdir()))
        return {each.id for each in settled if each.published}

    before = published()
    shutil.copy(samples / "2205.txt", samples / "007_2205.txt")
    assert published() == published() == before - {"er-2205"}
    (samples / "007_2205.txt").unlink()
    assert published() == before


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_file_that_is_no_memory_costs_nothing_but_time(
    content: bytes, line: SourcePipeline, workshop: PipelineContext, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_bytes(content)
    with ContentCache.open(tmp_path / "kept") as kept:
        assert len(list(IncrementalProcessor(workshop, kept).settle(line))) == 11


def test_an_entry_that_cannot_be_read_is_settled_again(
    line: SourcePipeline, workshop: PipelineContext, tmp_path: Path
) -> None:
    with ContentCache.open(tmp_path / "kept") as kept:
        before = list(IncrementalProcessor(workshop, kept).settle(line))
    with sqlite3.connect(tmp_path / "kept") as database:
        database.execute("UPDATE made SET value = substr(value, 1, 40)")
    database.close()
    with ContentCache.open(tmp_path / "kept") as kept:
        assert list(IncrementalProcessor(workshop, kept).settle(line)) == before


def test_what_nobody_asks_for_any_more_is_forgotten(
    line: SourcePipeline, workshop: PipelineContext, tmp_path: Path
) -> None:
    with ContentCache.open(tmp_path / "kept") as kept:
        list(IncrementalProcessor(workshop, kept).settle(line))
    for _ in range(4):
        with ContentCache.open(tmp_path / "kept"):
            pass
    with sqlite3.connect(tmp_path / "kept") as database:
        assert database.execute("SELECT COUNT(*) FROM made").fetchone() == (0,)
    database.close()


def test_a_disk_without_room_for_what_is_put_aside_is_told(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "ROOM", 0)
    publish(Catalog.open(data), tmp_path / "releases")
    current = (tmp_path / "releases/current").readlink()
    with file_size_limit(200), pytest.raises(ReleaseError, match=r"cannot be written .*; what was current still is"):
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


def test_one_process_two_processes_and_a_cluster_make_the_same_bytes(data: Path, tmp_path: Path) -> None:
    releases = {}
    publishing = [sys.executable, "-m", "passo_lod", "publish", "--data", str(data), "--anew"]
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


def test_a_cluster_that_is_not_there_is_named() -> None:
    with (
        pytest.raises(PassoError, match="no dask scheduler answers there"),
        executor(1, f"tcp://127.0.0.1:{free_port()}"),
    ):
        pass


def test_every_file_is_known_by_what_was_read_of_it(
    line: SourcePipeline, workshop: PipelineContext, tmp_path: Path
) -> None:
    with ContentCache.open(tmp_path / "kept") as kept:
        settler = IncrementalProcessor(workshop, kept)
        list(settler.settle(line))
    expected = {line.source.shown(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in line.source.paths()}
    assert settler.files == {line.source.name: expected}


def test_a_file_that_is_written_to_while_it_is_read_stops_the_release(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = batches.read

    def disturbed(source: Source, paths: Iterable[Path]) -> Iterator[Reading]:
        for path in paths:
            path.write_bytes(path.read_bytes() + b"\n")
            yield from read(source, [path])

    monkeypatch.setattr(batches, "read", disturbed)
    with pytest.raises(PassoError, match=r"\.txt: was changed while it was read; publish again"):
        publish(Catalog.open(data), tmp_path / "releases")
    assert not (tmp_path / "releases" / "current").exists()


@pytest.mark.parametrize("then", ["gone", "other"])
def test_a_file_that_is_another_when_it_is_read_again_stops_the_release(
    then: str, workshop: PipelineContext, data: Path, tmp_path: Path
) -> None:
    line = SourcePipeline.open(data / "sources/emilia-romagna", workshop)
    samples = data / "sources/emilia-romagna/samples"
    double = samples / "007_2205.txt"
    shutil.copy(samples / "2205.txt", double)
    with ContentCache.open(tmp_path / "kept") as kept:
        telling = IncrementalProcessor(workshop, kept).settle(line)
        if then == "gone":
            double.unlink()
        else:
            double.write_text("anything", encoding="utf-8")
        with pytest.raises(PassoError, match=r"\.txt: was changed while it was read; publish again"):
            list(telling)


def test_a_file_that_cannot_be_read_has_no_digest(data: Path, tmp_path: Path) -> None:
    samples = data / "sources/emilia-romagna/samples"
    (samples / "gone.txt").symlink_to(samples / "nowhere")
    published = publish(Catalog.open(data), tmp_path / "releases")
    (source,) = json.loads((published.folder / "manifest.json").read_bytes())["sources"]
    assert source["inputs"]["samples/gone.txt"] is None
    assert len(source["inputs"]["source.yaml"]) == 64


def test_what_is_kept_lies_beside_the_releases_and_is_no_release(data: Path, tmp_path: Path) -> None:
    publish(Catalog.open(data), tmp_path / "releases")
    assert (tmp_path / "releases" / KEPT).is_file()
