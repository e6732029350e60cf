"""What becomes of a record is worked out once, anywhere, and comes to the same bytes."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod import batches
from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.pipeline import KEPT, publish
from passo_lod.report import Severity, ValidationResult
from passo_lod.settling import Kept, Settled, Settler, executor
from passo_lod.workshop import Line, Workshop
from tests.serving import free_port

ROOT = Path(__file__).resolve().parents[1]
RESULTS = st.builds(
    ValidationResult, st.sampled_from(Severity), st.text(), line=st.none() | st.integers(0), field=st.text()
)
SETTLED = st.builds(
    Settled,
    st.text(),
    st.text(),
    names=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    results=st.lists(RESULTS, max_size=3).map(tuple),
    withdrawn=st.none() | st.text(),
    published=st.booleans(),
)


@pytest.fixture
def data(small_data: Callable[[str], Path]) -> Path:
    """A copy of a small source with the places of its region, which a test may change."""
    folder = small_data("settling")
    samples = "sources/emilia-romagna/samples"
    shutil.copytree(ROOT / "data" / samples, folder / samples, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def line(workshop: Workshop) -> Line:
    return Line.open(ROOT / "data/sources/emilia-romagna", workshop)


class Counting:
    """How many records were settled anew, as the progress tells."""

    def __init__(self) -> None:
        self.first: dict[str, int] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.first.setdefault(stage, total - done)


def bytes_of(folder: Path) -> dict[str, str]:
    """The checksum of each file, but of those in which the time of the release stands."""
    timed = {"manifest.json", "SHA256SUMS", "feed"}
    files = (path for path in folder.rglob("*") if path.is_file() and not timed & set(path.relative_to(folder).parts))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@given(SETTLED)
def test_what_is_kept_comes_back_as_it_was(settled: Settled) -> None:
    assert Settled.from_json(settled.as_json()) == settled


def test_a_record_is_the_same_alone_and_among_others(line: Line, workshop: Workshop) -> None:
    readings = batches.readings(line.source)
    together = [Settled.of(each) for each in batches.process_batch(readings, line, workshop)]
    alone = [Settled.of(each) for reading in readings for each in batches.process_batch([reading], line, workshop)]
    assert alone == together
    assert [Settled.of(each) for each in batches.process_batch(readings[::-1], line, workshop)] == together[::-1]


def test_what_was_settled_is_not_settled_again(line: Line, workshop: Workshop, tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        with Kept.open(tmp_path / "kept") as kept:
            count = Counting()
            settled = Settler(workshop, kept).settle(line, count)
            counts.append((count.first["emilia-romagna"], settled))
    assert [number for number, _ in counts] == [11, 0]
    assert counts[0][1] == counts[1][1]


def test_only_what_changed_is_settled_again_and_a_change_of_the_rules_changes_all(data: Path, tmp_path: Path) -> None:
    releases = tmp_path / "releases"

    def settled_anew() -> int:
        count = Counting()
        publish(Catalog.open(data), releases, count)
        return count.first["emilia-romagna"]

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


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_file_that_is_no_memory_costs_nothing_but_time(
    content: bytes, line: Line, workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_bytes(content)
    with Kept.open(tmp_path / "kept") as kept:
        assert len(Settler(workshop, kept).settle(line)) == 11


def test_an_entry_that_cannot_be_read_is_settled_again(line: Line, workshop: Workshop, tmp_path: Path) -> None:
    with Kept.open(tmp_path / "kept") as kept:
        before = Settler(workshop, kept).settle(line)
    with sqlite3.connect(tmp_path / "kept") as database:
        database.execute("UPDATE settled SET value = substr(value, 1, 40)")
    database.close()
    with Kept.open(tmp_path / "kept") as kept:
        assert Settler(workshop, kept).settle(line) == before


def test_what_nobody_asks_for_any_more_is_forgotten(line: Line, workshop: Workshop, tmp_path: Path) -> None:
    with Kept.open(tmp_path / "kept") as kept:
        Settler(workshop, kept).settle(line)
    for _ in range(4):
        with Kept.open(tmp_path / "kept"):
            pass
    with sqlite3.connect(tmp_path / "kept") as database:
        assert database.execute("SELECT COUNT(*) FROM settled").fetchone() == (0,)
    database.close()


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


def test_what_is_kept_lies_beside_the_releases_and_is_no_release(data: Path, tmp_path: Path) -> None:
    publish(Catalog.open(data), tmp_path / "releases")
    assert (tmp_path / "releases" / KEPT).is_file()
