"""Whenever a publisher is killed, `current` is a complete release, and the next publisher succeeds.

`PASSO_KILLS=200` kills that many publishers; by default twenty-six are killed: one at every named step, the others at random moments.
"""

import contextlib
import gzip
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import pytest

from passo_lod.release.dump.nquads_sorter import QuadSorter, group_by_subject
from passo_lod.release.identity.id_registry import IdRegistry, ids_of_subjects
from passo_lod.release.repository import failpoints
from passo_lod.release.repository.failpoints import STEPS
from passo_lod.release.repository.releases import find_release, stored_releases, verify_release

ROOT = Path(__file__).resolve().parents[3]
BASE = "https://w3id.org/passo/"
SOURCE = "emilia-romagna"
KILLS = max(int(os.environ.get("PASSO_KILLS", "26")), len(STEPS) + 4)

Make = Callable[[str], Path]


@dataclass
class Publisher:
    """A process that publishes in child processes (`publisher.py`), and its folders."""

    data: Path
    releases: Path
    page: str
    process: "subprocess.Popen[str]"
    editions: int = 0
    ever: set[str] = field(default_factory=set)
    seconds: float = 0.5
    """The duration of one publishing."""

    def edit(self) -> None:
        """Add a record, and remove the oldest of four."""
        self.editions += 1
        samples = self.data / "sources" / SOURCE / "samples"
        page = self.page.replace("Percorso inventato numero due", f"Percorso {self.editions}")
        (samples / f"{self.editions}.txt").write_text(page, encoding="utf-8")
        (samples / f"{self.editions - 4}.txt").unlink(missing_ok=True)

    def start(self, failpoint: str = "") -> int:
        """Start to publish; return the process id."""
        assert self.process.stdin is not None
        print(failpoint, file=self.process.stdin, flush=True)
        return int(self._line())

    def ended(self) -> int:
        """Wait for the publisher; return its exit status, or the negative number of the signal."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    @property
    def registry(self) -> Path:
        return self.data / "registry.jsonl"


def wait_until_stopped(pid: int) -> None:
    """Wait until a process has been stopped by a signal."""
    until = time.monotonic() + 60
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < until, "the step was not reached"
        time.sleep(0.005)


def keep_towns(table: Path, names: set[str]) -> None:
    """Keep few places, so that publishing is quick."""
    header, *lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text(header + "".join(line for line in lines if names & set(line.split(","))), encoding="utf-8")


@pytest.fixture(scope="module")
def publisher(small_data: Make, good_page: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    data, releases = small_data("durable"), tmp_path_factory.mktemp("durable") / "releases"
    keep_towns(data / "places" / "municipalities.csv", {"Imola", "Bologna"})
    command = [sys.executable, str(Path(__file__).parents[1] / "publisher.py"), str(data), str(releases)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, start_new_session=True) as process:
        publisher = Publisher(data, releases, good_page, process)
        assert publisher._line() == "ready\n"
        for _ in range(3):
            publisher.edit()
            started = time.monotonic()
            publisher.start()
            assert publisher.ended() == 0
            publisher.seconds = time.monotonic() - started
        try:
            yield publisher
        finally:  # also its children, of which a failed test may have left one stopped
            os.killpg(process.pid, signal.SIGKILL)


def check_current(publisher: Publisher) -> str:
    """Check that `current` is complete and the registry has every id in it; return its name."""
    release, wrong = verify_release(publisher.releases)
    assert wrong == []
    dump = gzip.decompress((release.folder / "dump" / "passo.nq.gz").read_bytes())
    lines = QuadSorter(BASE, publisher.releases)
    cube = f"> <{BASE}dataset/cube> .\n".encode()  # its observations have no entry: they change with each release
    lines_of_sources = (line for line in dump.splitlines(keepends=True) if not line.endswith(cube))
    own = [line for line in lines_of_sources if f"> <{BASE}dataset/".encode() in line]
    published = set(ids_of_subjects(lines.add("all", group_by_subject(b"".join(own), BASE)), BASE))
    known = IdRegistry.open(publisher.registry).entries
    assert published
    assert published <= set(known), "the registry lacks a public id"
    assert publisher.ever <= published, "an id that was public is not published and has no tombstone"
    publisher.ever = published
    return release.id


def check_recovery(publisher: Publisher) -> None:
    """Check that the next publisher succeeds and leaves only complete releases."""
    before = find_release(publisher.releases).id
    publisher.start()
    assert publisher.ended() == 0
    now = check_current(publisher)
    assert now != before
    *older, _, _ = every = stored_releases(publisher.releases)
    kept = [each.id for each in every]
    assert kept[-2:] == [before, now]
    assert len(older) == len({each.version for each in every} - {each.version for each in every[-2:]}) <= 1
    assert {each.name for each in publisher.releases.iterdir()} == {".lock", ".cache", "current", *kept}
    living = {id_ for id_, entry in IdRegistry.open(publisher.registry).entries.items() if entry.status is None}
    processes = {id_ for id_ in living if id_.startswith("id/process/")}
    samples = (publisher.data / "sources" / SOURCE / "samples").glob("*.txt")
    assert processes == {f"id/process/er-{each.stem}" for each in samples}


def kill_at_random(publisher: Publisher, chance: random.Random) -> int:
    """Kill a publisher at a random moment, often while it writes; return its exit status."""
    is_writing = chance.random() < 0.6
    pid = publisher.start("building:SIGSTOP" if is_writing else "")
    if is_writing:
        wait_until_stopped(pid)
        os.kill(pid, signal.SIGCONT)
    time.sleep(chance.uniform(0, publisher.seconds * (0.5 if is_writing else 1)))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return publisher.ended()


def test_every_step_has_one_place_in_the_code() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "passo_lod" / "release").rglob("*.py"))
    assert sorted(re.findall(r'failpoint\("(\w+)"\)', code)) == sorted(STEPS)


def test_another_step_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, "renamed")
    failpoints.failpoint("linked")


@pytest.mark.parametrize("step", list(islice(cycle(STEPS), max(len(STEPS), KILLS // 2))))
def test_a_publisher_that_is_killed_at_a_named_step_leaves_a_complete_release(publisher: Publisher, step: str) -> None:
    before = check_current(publisher)
    publisher.edit()
    publisher.start(step)
    assert publisher.ended() == -signal.SIGKILL
    is_new = STEPS.index(step) >= STEPS.index("swapped")
    assert (check_current(publisher) != before) == is_new
    check_recovery(publisher)


@pytest.mark.parametrize("seed", range(KILLS - max(len(STEPS), KILLS // 2)))
def test_a_publisher_that_is_killed_at_any_moment_leaves_a_complete_release(publisher: Publisher, seed: int) -> None:
    chance = random.Random(seed)
    check_current(publisher)
    publisher.edit()
    for _ in range(50):
        if kill_at_random(publisher, chance) == -signal.SIGKILL:
            break
        check_current(publisher)
    else:
        pytest.fail("no publisher was killed before it had ended")
    check_current(publisher)
    check_recovery(publisher)


# --- The command line ------------------------------------------------------------------------------------------


def command(publisher: Publisher, **environment: str) -> "subprocess.Popen[str]":
    words = ["publish", "--data", str(publisher.data), "--releases", str(publisher.releases), "--keep", "2"]
    return subprocess.Popen(
        [sys.executable, "-m", "passo_lod", *words, "--accept", "shrink"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def tree(folder: Path) -> dict[str, bytes | str]:
    """Every file with its bytes and every link with its target, except the lock and the caches."""
    return {
        each.relative_to(folder).as_posix(): str(each.readlink()) if each.is_symlink() else each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if (each.is_symlink() or each.is_file())
        and each.name not in (".lock", "answers.sqlite", "chunks.sqlite", "records.sqlite")
    }


@pytest.mark.parametrize("step", ["file", "renamed", "swapped"])
def test_the_command_can_be_killed_too(publisher: Publisher, step: str) -> None:
    before = check_current(publisher)
    publisher.edit()
    with command(publisher, PASSO_FAILPOINT=step) as killed:
        killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert (check_current(publisher) != before) == (step == "swapped")
    check_recovery(publisher)


@pytest.mark.parametrize(
    ("step", "number"),
    [*(("files", number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)), ("renamed", signal.SIGTERM)],
)
def test_a_publisher_that_gets_a_signal_to_end_leaves_nothing(
    publisher: Publisher, step: str, number: signal.Signals
) -> None:
    before = tree(publisher.releases)
    with command(publisher, PASSO_FAILPOINT=f"{step}:SIGSTOP") as ended:
        wait_until_stopped(ended.pid)
        ended.send_signal(number)
        ended.send_signal(signal.SIGCONT)
        _, errors = ended.communicate(timeout=120)
    assert ended.returncode == 128 + number if number != signal.SIGINT else 130
    assert "Traceback" not in errors
    assert tree(publisher.releases) == before
    check_recovery(publisher)


def test_of_two_publishers_the_second_names_the_first(publisher: Publisher) -> None:
    first = publisher.start("file:SIGSTOP")
    wait_until_stopped(first)
    before = tree(publisher.releases)
    with command(publisher) as second:
        _, errors = second.communicate(timeout=120)
    assert second.returncode == 75
    assert f"another publisher (process {first}) is at work here; wait until it has ended" in errors.splitlines()[-1]
    assert tree(publisher.releases) == before
    os.kill(first, signal.SIGCONT)
    assert publisher.ended() == 0
    check_current(publisher)
    check_recovery(publisher)


# --- Full disks -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 MiB, which only root can create."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(
            f"no file system can be mounted here ({mounted.stderr.strip()}); test_writer.py limits files instead"
        )
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path, *, leave: int) -> None:
    """Fill the disk, except so many bytes."""
    (disk / "ballast").write_bytes(bytes(max(0, shutil.disk_usage(disk).free - leave)))


@pytest.fixture
def on_small_disk(publisher: Publisher, small_disk: Path, tmp_path: Path) -> Publisher:
    """The same data and registry, with one release on a small disk."""
    shutil.copytree(publisher.data, tmp_path / "data")
    moved = Publisher(tmp_path / "data", small_disk / "releases", publisher.page, publisher.process)
    with command(moved) as first:
        _, errors = first.communicate(timeout=120)
    assert first.returncode == 0, errors
    return moved


def test_a_full_disk_is_reported_and_the_old_release_is_complete(on_small_disk: Publisher, small_disk: Path) -> None:
    before = tree(on_small_disk.releases)
    with command(on_small_disk, PASSO_FAILPOINT="file:SIGSTOP") as ended:
        wait_until_stopped(ended.pid)
        fill(small_disk, leave=20_000)
        ended.send_signal(signal.SIGCONT)
        _, errors = ended.communicate(timeout=120)
    assert ended.returncode == 2
    expected = f"passo-lod: {on_small_disk.releases}: the release cannot be written (No space left on device); the current release is unchanged"
    assert errors.splitlines()[-1] == expected
    assert tree(on_small_disk.releases) == before
    assert verify_release(on_small_disk.releases)[1] == []
    (small_disk / "ballast").unlink()
    with command(on_small_disk) as again:
        again.communicate(timeout=120)
    assert again.returncode == 0
    assert verify_release(on_small_disk.releases)[1] == []


def test_without_enough_free_space_nothing_is_started(on_small_disk: Publisher, small_disk: Path) -> None:
    before = tree(on_small_disk.releases)
    registry = on_small_disk.registry.read_bytes()
    fill(small_disk, leave=50_000)
    with command(on_small_disk) as ended:
        _, errors = ended.communicate(timeout=120)
    assert ended.returncode == 2
    assert re.search(r"kB are free on this disk, and [\d.]+ MB should be \(3 times the current release\)", errors)
    assert (tree(on_small_disk.releases), on_small_disk.registry.read_bytes()) == (before, registry)
