"""Whenever a publisher dies, `current` is a whole release, and the next publisher finds nothing in its way.

`PASSO_KILLS=200` lets that many be killed; an ordinary run kills some thirty: one at every named step, the others at random moments.
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
KILLS = max(int(os.environ.get("PASSO_KILLS", "30")), len(STEPS) + 4)

Make = Callable[[str], Path]


@dataclass
class Publisher:
    """A process that publishes in children of its own, and the folders it works on."""

    data: Path
    releases: Path
    page: str
    process: "subprocess.Popen[str]"
    editions: int = 0
    ever: set[str] = field(default_factory=set)
    seconds: float = 0.5
    """What a whole publishing takes."""

    def edit(self) -> None:
        """Add a record, and take away the oldest of four."""
        self.editions += 1
        samples = self.data / "sources" / SOURCE / "samples"
        page = self.page.replace("Percorso inventato numero due", f"Percorso {self.editions}")
        (samples / f"{self.editions}.txt").write_text(page, encoding="utf-8")
        (samples / f"{self.editions - 4}.txt").unlink(missing_ok=True)

    def start(self, failpoint: str = "") -> int:
        """Begin to publish; the process id."""
        assert self.process.stdin is not None
        print(failpoint, file=self.process.stdin, flush=True)
        return int(self._line())

    def ended(self) -> int:
        """How the publisher ended: its exit status, or the number of the signal with a minus."""
        return int(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    @property
    def registry(self) -> Path:
        return self.data / "registry.jsonl"


def stopped(pid: int) -> None:
    """Wait until a process has been stopped by a signal."""
    until = time.monotonic() + 60
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < until, "the step was not reached"
        time.sleep(0.005)


def keep_towns(table: Path, names: set[str]) -> None:
    """Few places, so that publishing is quick."""
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
        finally:  # with its children, of which a test that failed may have left one stopped
            os.killpg(process.pid, signal.SIGKILL)


def check_current(publisher: Publisher) -> str:
    """`current` is a whole release, and the registry knows every id in it; its name."""
    release, wrong = verify_release(publisher.releases)
    assert wrong == []
    dump = gzip.decompress((release.folder / "dump" / "passo.nq.gz").read_bytes())
    lines = QuadSorter(BASE, publisher.releases)
    own = [line for line in dump.splitlines(keepends=True) if f"> <{BASE}dataset/".encode() in line]
    published = set(ids_of_subjects(lines.add("all", group_by_subject(b"".join(own), BASE)), BASE))
    known = IdRegistry.open(publisher.registry).entries
    assert published
    assert published <= set(known), "an id is public that the registry does not hold"
    assert publisher.ever <= published, "an id that was public is neither published nor has a tombstone"
    publisher.ever = published
    return release.id


def check_mended(publisher: Publisher) -> None:
    """The next publisher succeeds, and leaves nothing but whole releases."""
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
    living = {thing for thing, entry in IdRegistry.open(publisher.registry).entries.items() if entry.status is None}
    processes = {thing for thing in living if thing.startswith("id/process/")}
    samples = (publisher.data / "sources" / SOURCE / "samples").glob("*.txt")
    assert processes == {f"id/process/er-{each.stem}" for each in samples}


def kill_at_random(publisher: Publisher, chance: random.Random) -> int:
    """Kill a publisher at any moment of its work, or of its writing; how it ended."""
    is_writing = chance.random() < 0.6
    pid = publisher.start("building:SIGSTOP" if is_writing else "")
    if is_writing:
        stopped(pid)
        os.kill(pid, signal.SIGCONT)
    time.sleep(chance.uniform(0, publisher.seconds * (0.5 if is_writing else 1)))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return publisher.ended()


def test_every_step_has_one_place_in_the_code() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "passo_lod" / "release").rglob("*.py"))
    assert sorted(re.findall(r'failpoint\("(\w+)"\)', code)) == sorted(STEPS)


def test_a_step_that_nobody_asked_for_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(failpoints.VARIABLE, "renamed")
    failpoints.failpoint("linked")


@pytest.mark.parametrize("step", list(islice(cycle(STEPS), max(len(STEPS), KILLS // 2))))
def test_a_publisher_that_is_killed_at_a_named_step_leaves_a_whole_release(publisher: Publisher, step: str) -> None:
    before = check_current(publisher)
    publisher.edit()
    publisher.start(step)
    assert publisher.ended() == -signal.SIGKILL
    is_new = STEPS.index(step) >= STEPS.index("swapped")
    assert (check_current(publisher) != before) == is_new
    check_mended(publisher)


@pytest.mark.parametrize("seed", range(KILLS - max(len(STEPS), KILLS // 2)))
def test_a_publisher_that_is_killed_at_any_moment_leaves_a_whole_release(publisher: Publisher, seed: int) -> None:
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
    check_mended(publisher)


# --- By the commands that people type ------------------------------------------------------------------------------------------


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
    """Every file with its bytes, every link with its target; but for the lock, which says who was last at work, and what is only remembered."""
    return {
        each.relative_to(folder).as_posix(): str(each.readlink()) if each.is_symlink() else each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if (each.is_symlink() or each.is_file()) and each.name not in (".lock", "chunks.sqlite", "records.sqlite")
    }


@pytest.mark.parametrize("step", ["file", "renamed", "swapped"])
def test_the_command_can_be_killed_too(publisher: Publisher, step: str) -> None:
    before = check_current(publisher)
    publisher.edit()
    with command(publisher, PASSO_FAILPOINT=step) as killed:
        killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert (check_current(publisher) != before) == (step == "swapped")
    check_mended(publisher)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("step", ["files", "renamed"])
def test_a_publisher_that_is_told_to_end_leaves_nothing(
    publisher: Publisher, step: str, number: signal.Signals
) -> None:
    before = tree(publisher.releases)
    with command(publisher, PASSO_FAILPOINT=f"{step}:SIGSTOP") as ended:
        stopped(ended.pid)
        ended.send_signal(number)
        ended.send_signal(signal.SIGCONT)
        _, told = ended.communicate(timeout=120)
    assert ended.returncode == 128 + number if number != signal.SIGINT else 130
    assert "Traceback" not in told
    assert tree(publisher.releases) == before
    check_mended(publisher)


def test_of_two_publishers_the_second_is_told_who_is_at_work(publisher: Publisher) -> None:
    first = publisher.start("file:SIGSTOP")
    stopped(first)
    before = tree(publisher.releases)
    with command(publisher) as second:
        _, told = second.communicate(timeout=120)
    assert second.returncode == 75
    assert f"another publisher (process {first}) is at work here; wait until it has ended" in told.splitlines()[-1]
    assert tree(publisher.releases) == before
    os.kill(first, signal.SIGCONT)
    assert publisher.ended() == 0
    check_current(publisher)
    check_mended(publisher)


# --- A disk that is full -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MiB, which only root can make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(disk)], capture_output=True, text=True, check=False
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
    """Leave only so many bytes free."""
    (disk / "ballast").write_bytes(bytes(max(0, shutil.disk_usage(disk).free - leave)))


@pytest.fixture
def on_small_disk(publisher: Publisher, small_disk: Path, tmp_path: Path) -> Publisher:
    """The same data, with its registry, and releases on a small disk, of which there is one."""
    shutil.copytree(publisher.data, tmp_path / "data")
    moved = Publisher(tmp_path / "data", small_disk / "releases", publisher.page, publisher.process)
    with command(moved) as first:
        _, told = first.communicate(timeout=120)
    assert first.returncode == 0, told
    return moved


def test_a_disk_that_becomes_full_is_told_and_the_old_release_is_whole(
    on_small_disk: Publisher, small_disk: Path
) -> None:
    before = tree(on_small_disk.releases)
    with command(on_small_disk, PASSO_FAILPOINT="file:SIGSTOP") as ended:
        stopped(ended.pid)
        fill(small_disk, leave=20_000)
        ended.send_signal(signal.SIGCONT)
        _, told = ended.communicate(timeout=120)
    assert ended.returncode == 2
    expected = f"passo-lod: {on_small_disk.releases}: the release cannot be written (No space left on device); what was current still is"
    assert told.splitlines()[-1] == expected
    assert tree(on_small_disk.releases) == before
    assert verify_release(on_small_disk.releases)[1] == []
    (small_disk / "ballast").unlink()
    with command(on_small_disk) as again:
        again.communicate(timeout=120)
    assert again.returncode == 0
    assert verify_release(on_small_disk.releases)[1] == []


def test_where_there_is_too_little_room_nothing_is_begun(on_small_disk: Publisher, small_disk: Path) -> None:
    before = tree(on_small_disk.releases)
    registry = on_small_disk.registry.read_bytes()
    fill(small_disk, leave=50_000)
    with command(on_small_disk) as ended:
        _, told = ended.communicate(timeout=120)
    assert ended.returncode == 2
    assert re.search(r"kB are free on this disk, and [\d.]+ MB should be \(3 times the current release\)", told)
    assert (tree(on_small_disk.releases), on_small_disk.registry.read_bytes()) == (before, registry)
