"""A release is complete or does not exist, and `current` always points to a complete one."""

import contextlib
import fcntl
import gzip
import hashlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad
from pyoxigraph import parse as ox_parse

from passo_lod.errors import ReleaseError, VocabularyError
from passo_lod.media_types import GRAPHS, N_QUADS
from passo_lod.release.content import Content
from passo_lod.release.dataset import Dataset
from passo_lod.release.dump.nquads_sorter import QuadSorter
from passo_lod.release.tables.record_rows import RecordRows
from passo_lod.release.writer import write_release
from passo_lod.report import Accounting, Summary
from passo_lod.serialise import parse

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).resolve().parents[2]
NODE = NamedNode("https://example.org/a")
QUADS = [
    Quad(NODE, NamedNode("http://purl.org/dc/terms/title"), Literal(f"Orto {n}", language="it"), NODE)
    for n in range(40)
]

UNPACK = {None: bytes, "gzip": gzip.decompress, "zstd": zstd.decompress}


def quiet(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


class NoTables:
    """No rows for tables."""

    def rows(self, dataset: Dataset) -> list[RecordRows]:
        return []

    def shared(self) -> list[Quad]:
        return []


def sorter(folder: Path, quads: list[Quad]) -> QuadSorter:
    quad_sorter = QuadSorter("https://example.org/", folder)
    quad_sorter.add_quads("vocabulary", quads)
    return quad_sorter


@pytest.fixture
def content(tmp_path: Path) -> Content:
    dataset = Dataset(
        name="prova",
        iri="https://example.org/dataset/prova",
        title={"it": "Prova"},
        description={},
        licence="https://example.org/licence",
        attribution="Noi",
        accounting=Accounting(3, 1, 1, 1),
        quarantined=(("2.txt", "pr-2"),),
        withdrawn=(("pr-3", "doppione"),),
        inputs={"1.txt": "00ff", "gone.txt": None},
    )
    return Content(
        base="https://example.org/",
        title={"it": "Prova"},
        description={},
        publisher={},
        licence="https://example.org/licence",
        languages=("it",),
        datasets=(dataset,),
        quads=sorter(tmp_path, QUADS),
        table_inputs=NoTables(),
        summary=Summary(),
        reports={
            "report.json": lambda: [b"{}", b"\n"],
            "report.ttl": list,
            "report.en.html": lambda: [b"<html></html>"],
        },
        context=ROOT / "ontology" / "context.jsonld",
        shapes=ROOT / "shapes",
        inputs={"shapes": ROOT / "shapes"},
    )


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def manifest(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def tree(folder: Path) -> dict[str, bytes | str]:
    """Every file with its bytes and every link with its target, except the lock and the cache."""
    return {
        each.relative_to(folder).as_posix(): str(each.readlink()) if each.is_symlink() else each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if (each.is_symlink() or each.is_file()) and each.name not in (".lock", "chunks.sqlite")
    }


# --- Files of a release ---------------------------------------------------------------------------------------------------------


def test_the_manifest_lists_every_file_with_its_size_and_hash(content: Content, releases: Path) -> None:
    folder = write_release(content, releases, quiet)
    listed = manifest(folder)["files"]
    assert isinstance(listed, list)
    there = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert {file["path"] for file in listed} == there - {"manifest.json", "SHA256SUMS"}
    for file in listed:
        data = (folder / file["path"]).read_bytes()
        plain = UNPACK[file["encoding"]](data)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        assert len(plain) == file["content_bytes"]
        assert file.get("content_sha256") in (None, hashlib.sha256(plain).hexdigest())


def test_every_dump_contains_all_quads(content: Content, releases: Path) -> None:
    folder = write_release(content, releases, quiet)
    quads = list(ox_parse(gzip.decompress((folder / "dump" / "passo.nq.gz").read_bytes()), format=N_QUADS.rdf))
    assert set(quads) == set(QUADS)
    for media_type in GRAPHS:
        data = gzip.decompress((folder / "dump" / f"passo.{media_type.extension}.gz").read_bytes())
        assert {(each.subject, each.predicate, each.object) for each in parse(data, media_type)} == {
            (quad.subject, quad.predicate, quad.object) for quad in QUADS
        }


def test_the_shapes_of_a_release_are_one_valid_document(content: Content, releases: Path) -> None:
    assert len(rdflib.Graph().parse(write_release(content, releases, quiet) / "shapes.ttl")) > 100


def test_the_manifest_accounts_for_every_record(content: Content, releases: Path) -> None:
    document = manifest(write_release(content, releases, quiet))
    assert document["accounting"] == {"in": 3, "published": 1, "quarantined": 1, "withdrawn": 1, "merged": 0}
    (source,) = document["sources"]  # type: ignore[misc]
    assert source["quarantined_records"] == [{"path": "2.txt", "record": "pr-2"}]
    assert source["withdrawn_records"] == [{"record": "pr-3", "reason": "doppione"}]
    assert source["inputs"] == {"1.txt": "00ff", "gone.txt": None}


def test_current_is_a_relative_link_to_the_release(content: Content, releases: Path) -> None:
    folder = write_release(content, releases, quiet)
    assert (releases / "current").readlink() == Path(folder.name)
    moved = releases.rename(releases.parent / "moved")
    assert (moved / "current" / "manifest.json").is_file()


def test_the_same_content_gives_the_same_files_whenever_it_is_published(content: Content, releases: Path) -> None:
    first, second = (
        write_release(replace(content, quads=sorter(releases.parent, quads)), releases, quiet)
        for quads in (QUADS, QUADS[::-1] + QUADS[:5])
    )
    assert first != second
    assert (releases / "current").readlink() == Path(second.name)
    one, other = tree(first), tree(second)
    for name in ("manifest.json", "SHA256SUMS"):  # which contain the time
        one.pop(name)
        other.pop(name)
    assert one == other
    documents = [manifest(folder) for folder in (first, second)]
    for document in documents:
        del document["id"], document["created"]
    assert documents[0] == documents[1]


def test_the_id_in_the_manifest_is_the_name_of_the_folder(content: Content, releases: Path) -> None:
    """Also if several with the same content are written within one second."""
    folders = [write_release(content, releases, quiet) for _ in range(3)]
    assert len(set(folders)) == 3
    assert [manifest(folder)["id"] for folder in folders] == [folder.name for folder in folders]


def test_progress_goes_from_zero_to_the_total(content: Content, releases: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    write_release(content, releases, lambda *each: calls.append(each))
    assert [done for _, done, _ in calls] == list(range(len(calls)))
    assert calls[-1][1] == calls[-1][2]


# --- Failures ---------------------------------------------------------------------------------------------------------


class FailingReports(dict[str, bytes]):
    """Reports of which the second raises an error, when most of the release is written."""

    def items(self) -> Iterator[tuple[str, bytes]]:  # type: ignore[override]
        yield "report.json", b"{}"
        yield "report.ttl", None  # type: ignore[misc]


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Simulate a full disk: a file cannot grow beyond a size (setrlimit(2), RLIMIT_FSIZE)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def interrupted(stage: str, done: int, total: int) -> None:
    if done == 4:
        raise KeyboardInterrupt


Failure = Callable[[Content, Path], Path]


def with_failing_report(content: Content, releases: Path) -> Path:
    return write_release(replace(content, reports=FailingReports()), releases, quiet)


def on_full_disk(content: Content, releases: Path) -> Path:
    with file_size_limit(20_000):
        return write_release(content, releases, quiet)


def on_interrupt(content: Content, releases: Path) -> Path:
    return write_release(content, releases, interrupted)


def without_context(content: Content, releases: Path) -> Path:
    return write_release(replace(content, context=releases / "nowhere.jsonld"), releases, quiet)


def without_input(content: Content, releases: Path) -> Path:
    return write_release(replace(content, inputs={"gone": releases / "nowhere"}), releases, quiet)


FAILURES = [
    (with_failing_report, (TypeError, AttributeError)),
    (on_full_disk, ReleaseError),
    (on_interrupt, KeyboardInterrupt),
    (without_context, VocabularyError),
    (without_input, ReleaseError),
]


@pytest.mark.parametrize(("fail", "error"), FAILURES, ids=[fail.__name__ for fail, _ in FAILURES])
def test_a_failure_leaves_no_files_and_the_current_release_stays(
    content: Content, releases: Path, fail: Failure, error: type[BaseException]
) -> None:
    write_release(content, releases, quiet)
    before = tree(releases)
    with pytest.raises(error):
        fail(content, releases)
    assert tree(releases) == before
    assert not list(releases.glob(".tmp-*"))
    assert write_release(content, releases, quiet).is_dir()


def test_a_full_disk_is_reported_and_nothing_changes(content: Content, releases: Path) -> None:
    with pytest.raises(ReleaseError, match=r"cannot be written \(.*\); the current release is unchanged"):
        on_full_disk(content, releases)


def test_a_file_in_place_of_the_folder_is_reported(content: Content, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ReleaseError, match="cannot be written"):
        write_release(content, tmp_path / "taken", quiet)


def test_a_folder_in_place_of_current_is_reported_and_stays(content: Content, releases: Path) -> None:
    (releases / "current").mkdir(parents=True)
    (releases / "current" / "precious.txt").write_text("mine")
    with pytest.raises(ReleaseError, match="cannot be written"):
        write_release(content, releases, quiet)
    assert (releases / "current" / "precious.txt").read_text() == "mine"


def test_a_second_publisher_fails_while_the_first_has_the_lock(content: Content, releases: Path) -> None:
    write_release(content, releases, quiet)
    before = tree(releases)
    with (releases / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ReleaseError, match="another publisher is at work here; wait until it has ended"):
            write_release(content, releases, quiet)
    assert tree(releases) == before
    assert write_release(content, releases, quiet).is_dir()


HOLD_LOCK = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"


def test_the_lock_ends_with_a_killed_publisher(content: Content, releases: Path) -> None:
    releases.mkdir()
    (releases / ".tmp-12345" / "dump").mkdir(parents=True)
    (releases / ".tmp-12345" / "dump" / "half.gz").write_bytes(b"half")
    with subprocess.Popen([sys.executable, "-c", HOLD_LOCK, str(releases / ".lock")], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with pytest.raises(ReleaseError, match="another publisher"):
            write_release(content, releases, quiet)
        owner.kill()
        owner.wait()
    folder = write_release(content, releases, quiet)
    assert {each.name for each in releases.iterdir()} == {".cache", ".lock", "current", folder.name}


def test_a_reader_always_finds_a_complete_release_while_others_are_written(content: Content, releases: Path) -> None:
    small = replace(content, quads=sorter(releases.parent, QUADS[:2]))
    write_release(small, releases, quiet)
    script = (
        "import json, sys, time; from pathlib import Path; current = Path(sys.argv[1]) / 'current'; print('reading', flush=True)\n"
        "for _ in range(3000):\n"
        "    folder = current.resolve()\n"
        "    files = json.loads((folder / 'manifest.json').read_text())['files']\n"
        "    assert all((folder / file['path']).stat().st_size == file['bytes'] for file in files)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(releases)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        until = time.monotonic() + 20
        while reader.poll() is None and time.monotonic() < until:
            write_release(small, releases, quiet)
        _, errors = reader.communicate(timeout=30)
        assert reader.returncode == 0, errors.decode()
