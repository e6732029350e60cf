"""Stored releases can be listed, verified, made current and pruned, and a release that is being read stays."""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from passo_lod.errors import ReleaseError
from passo_lod.release import writer
from passo_lod.release.content import Content
from passo_lod.release.publish_policy import OPEN
from passo_lod.release.repository.pruning import prune
from passo_lod.release.repository.releases import find_release, rollback, stored_releases, verify_release
from passo_lod.release.writer import write_release
from passo_lod.store.release import Release
from tests.release.test_writer import content, quiet, releases

__all__ = ["content", "releases"]

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def three(content: Content, releases: Path) -> list[Path]:
    """Three releases, the last of which is current."""
    return [write_release(content, releases, quiet) for _ in range(3)]


def ids(releases: Path) -> list[str]:
    return [each.id for each in stored_releases(releases)]


def passo(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    ended = subprocess.run(
        [sys.executable, "-m", "passo_lod", "releases", *map(str, words)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    return ended


# --- list, show, find ----------------------------------------------------------------------------------------------------------


def test_releases_are_listed_from_the_oldest_and_the_current_one_is_marked(three: list[Path], releases: Path) -> None:
    (releases / "notes").mkdir()
    listed = stored_releases(releases)
    assert [each.folder for each in listed] == three
    assert [each.is_current for each in listed] == [False, False, True]
    assert (listed[0].manifest and listed[0].manifest.accounting.quarantined) == 1


def test_a_release_that_is_published_after_the_clock_was_set_back_is_the_newest(
    content: Content, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise `rollback` would go to the wrong release, and `prune` would remove the newest."""

    def published_at(hour: int) -> Path:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Clock":
                return cls(2026, 5, 1, hour, tzinfo=tz)

        monkeypatch.setattr(writer, "datetime", Clock)
        return write_release(content, releases, quiet)

    first, second, third = (published_at(hour) for hour in (12, 9, 12))
    assert ids(releases) == [first.name, second.name, third.name]
    assert second.name.startswith("2026-05-01T120001Z-")
    assert (second / "manifest.json").is_file()
    rollback(releases)
    assert find_release(releases).folder == second


def test_a_release_is_found_by_the_beginning_of_its_name(three: list[Path], releases: Path) -> None:
    shutil.copytree(three[0], releases / "2001-01-01T000000Z-abcdef")
    assert find_release(releases, "2001").id == "2001-01-01T000000Z-abcdef"
    assert find_release(releases).folder == find_release(releases, "current").folder == three[-1]
    with pytest.raises(ReleaseError, match="more than one release 2; there are 2001-01-01T000000Z-abcdef, "):
        find_release(releases, "2")
    with pytest.raises(ReleaseError, match="no release 1999; there are"):
        find_release(releases, "1999")


def test_the_commands_print_the_stored_releases(three: list[Path], releases: Path) -> None:
    listed = passo("list", "--releases", releases).stdout.splitlines()
    assert listed[0].split() == [
        "release",
        "time",
        "(UTC)",
        "published",
        "quarantined",
        "withdrawn",
        "merged",
        "quads",
        "size",
    ]
    assert [line.startswith("*") for line in listed[1:]] == [True, False, False]
    shown = passo("show", "--releases", releases).stdout
    assert f"release:   {three[-1].name} (current)" in shown
    assert "prova    3          1            1          1       0" in shown
    assert "dump/passo.nq.gz" in shown
    assert passo("verify", "--releases", releases).stdout.startswith(f"{three[-1].name}: whole, ")
    assert passo("rollback", "--releases", releases).stdout.startswith(f"current:  {three[1].name}\n")
    assert passo("prune", "--keep", "1", "--releases", releases).stdout == "kept:     3 releases\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("list",), "no such folder; --releases names one that `passo-lod publish` has written to"),
        (("show", "2030"), "no such folder"),
        (("rollback",), "the release cannot be written (No such file or directory)"),
        (("prune",), "the release cannot be written (No such file or directory)"),
    ],
)
def test_a_missing_folder_is_reported_and_not_created(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    ended = passo(*words, "--releases", tmp_path / "nowhere")
    assert ended.returncode == 2
    assert message in ended.stderr
    assert not (tmp_path / "nowhere").exists()


# --- verify --------------------------------------------------------------------------------------------------------------------


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def update_sums(folder: Path, *names: str) -> None:
    """Write the checksums of the changed files into SHA256SUMS."""
    sums = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    sums |= {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))


def overwrite(folder: Path) -> None:
    path = folder / "report.json"
    path.write_bytes(b"{]\n")


def lengthen(folder: Path) -> None:
    with (folder / "shapes.ttl").open("ab") as file:
        file.write(b"#")


def repack(folder: Path) -> None:
    """Compress other content, and correct size and checksum of the file."""
    path = folder / "dump" / "passo.nt.gz"
    path.write_bytes(gzip.compress(b"other", mtime=0))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    new = {"bytes": path.stat().st_size, "sha256": digest}
    edit(folder / "manifest.json", lambda said: [file.update(new) for file in said["files"] if file["path"] == "dump/passo.nt.gz"])  # type: ignore[attr-defined]  # fmt: skip
    update_sums(folder, "manifest.json", "dump/passo.nt.gz")


def outside(folder: Path) -> None:
    edit(
        folder / "manifest.json",
        lambda said: said["files"].append(
            {"path": "../../secret", "media_type": "text/csv", "bytes": 1, "sha256": "00"}
        ),
    )  # type: ignore[attr-defined]
    update_sums(folder, "manifest.json")


def link(folder: Path) -> None:
    (folder / "report.en.html").rename(folder.parent / "elsewhere.html")
    (folder / "report.en.html").symlink_to("../elsewhere.html")


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "other bytes": (overwrite, "report.json: has the sha256 "),
    "longer": (lengthen, "shapes.ttl: has "),
    "missing": (lambda folder: (folder / "shapes.ttl").unlink(), "shapes.ttl: is missing"),
    "extra": (lambda folder: (folder / "more").write_text(""), "more: is extra: the manifest does not list it"),
    "other content": (repack, "dump/passo.nt.gz: holds other content than the manifest says"),
    "outside": (outside, "../../secret: is missing"),
    "a link": (link, "report.en.html: is no ordinary file"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json: is missing"),
    "half a manifest": (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json: cannot be read"),
    "another id": (lambda folder: edit(folder / "manifest.json", lambda said: said.update(id="x")), "manifest.json: says that this is the release x"),
    "no sums": (lambda folder: (folder / "SHA256SUMS").unlink(), "SHA256SUMS: is missing"),
    "no such sums": (lambda folder: (folder / "SHA256SUMS").write_text("hello\n"), "SHA256SUMS: cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_verify_names_damaged_files(three: list[Path], releases: Path, name: str) -> None:
    assert verify_release(releases)[1] == []
    damage, message = WRONG[name]
    damage(three[-1])
    found = [str(each) for each in verify_release(releases)[1]]
    assert [each for each in found if each.startswith(message)], found
    paths = [each.path for each in verify_release(releases)[1]]
    assert len(paths) <= 2 or "manifest" in name
    assert verify_release(releases, three[0].name)[1] == []


def test_verify_ends_with_1_if_a_file_is_damaged(three: list[Path], releases: Path) -> None:
    lengthen(three[-1])
    ended = passo("verify", "--releases", releases)
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1] == f"{three[-1].name}: 1 file is not as published"


def test_the_checksums_can_be_checked_without_passo_lod(three: list[Path]) -> None:
    if not shutil.which("sha256sum"):
        pytest.skip("sha256sum is not here")
    assert subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=three[-1]).returncode == 0
    lengthen(three[-1])
    assert subprocess.run(["sha256sum", "--check", "--status", "SHA256SUMS"], cwd=three[-1]).returncode == 1


# --- rollback ----------------------------------------------------------------------------------------------------------------------


def test_rollback_makes_the_release_before_or_a_named_one_current(three: list[Path], releases: Path) -> None:
    assert rollback(releases)[1].folder == three[1]
    assert rollback(releases)[1].folder == three[0]
    with pytest.raises(ReleaseError, match="no release stands before the current one"):
        rollback(releases)
    before, now = rollback(releases, three[2].name)
    assert (before and before.folder, now.folder) == (three[0], three[2])
    assert (releases / "current").readlink() == Path(three[2].name)


def test_an_incomplete_release_is_not_made_current(three: list[Path], releases: Path) -> None:
    (three[1] / "shapes.ttl").unlink()
    with pytest.raises(ReleaseError, match=r"is not whole, and was not made current: shapes\.ttl: is missing"):
        rollback(releases)
    assert (releases / "current").readlink() == Path(three[2].name)


# --- prune -------------------------------------------------------------------------------------------------------------------------


def test_publishing_keeps_the_last_n(content: Content, releases: Path) -> None:
    written = [write_release(content, releases, quiet, replace(OPEN, keep=3)).name for _ in range(5)]
    assert ids(releases) == written[-3:]
    assert {each.name for each in releases.iterdir()} == {".cache", ".lock", "current", *written[-3:]}


def test_the_current_release_and_the_one_before_always_stay(three: list[Path], releases: Path) -> None:
    rollback(releases, three[1].name)
    assert prune(releases, 1) == []
    rollback(releases, three[2].name)
    assert prune(releases, 1) == [three[0]]
    assert ids(releases) == [each.name for each in three[1:]]


def test_the_release_that_was_current_stays_when_publishing_after_a_rollback(content: Content, releases: Path) -> None:
    written = [write_release(content, releases, quiet).name for _ in range(5)]
    rollback(releases, written[0])
    last = write_release(content, releases, quiet, replace(OPEN, keep=2)).name
    assert ids(releases) == [written[0], written[-1], last]


def test_nothing_is_removed_if_no_release_is_current(three: list[Path], releases: Path) -> None:
    (releases / "current").unlink()
    assert prune(releases, 1) == []


def test_a_release_that_is_being_read_stays_until_the_reader_closes_it(three: list[Path], releases: Path) -> None:
    reader = Release.open(three[0])
    assert prune(releases, 1) == []
    assert reader.file("shapes.ttl").read_bytes()
    del reader
    assert prune(releases, 1) == [three[0]]
    assert not three[0].exists()


def test_other_files_in_the_folder_stay(three: list[Path], releases: Path) -> None:
    (releases / "2001-my-notes").mkdir()
    prune(releases, 1)
    assert (releases / "2001-my-notes").is_dir()
