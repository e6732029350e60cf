"""The server follows `current` whatever a release contains, says so where it cannot, and gives the memory of replaced releases back."""

import asyncio
import contextlib
import fcntl
import gzip
import os
import shutil
import subprocess
import sys

import httpx
import pytest

from passo_lod.store.workers import worker_process
from passo_lod.web import release_watcher
from passo_lod.web.release_watcher import ReleaseWatcher
from tests.processes import children, command_of
from tests.web.conftest import serving


def can_be_locked(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def swap(folder, name):
    """Point `current` at a release, as the publisher does."""
    (folder / "next").symlink_to(name)
    (folder / "next").replace(folder / "current")


@pytest.fixture
def releases(tmp_path, write_release):
    """Three releases, of which the first is current."""
    for name in ("one", "two", "three"):
        write_release(tmp_path / name, name)
    swap(tmp_path, "one")
    return tmp_path


@contextlib.asynccontextmanager
async def following(releases):
    watcher = ReleaseWatcher(releases)
    await watcher.start()
    try:
        yield watcher
    finally:
        await watcher.stop()


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


async def until_served(watcher, name):
    await until(lambda: watcher.current.manifest.id == name)


def test_a_release_whose_workers_cannot_be_started_is_unlocked_again(releases, monkeypatch, caplog):
    async def replace_release():
        async with following(releases) as watcher:
            monkeypatch.setattr(sys, "executable", str(releases / "missing"))
            swap(releases, "two")
            await until(lambda: "cannot be started" in caplog.text)
            assert watcher.current.manifest.id == "one"
            assert not can_be_locked(releases / "one")
            assert can_be_locked(releases / "two")

    asyncio.run(replace_release())


def test_the_workers_of_the_next_release_come_from_a_process_that_has_started_before(releases, monkeypatch):
    monkeypatch.setattr(worker_process, "_SPARE_AFTER", 0.0)
    others = fork_servers()  # of servers that other tests of this process have started

    def spare():
        return [pid for pid in fork_servers() - others if not children(pid)]

    async def follow():
        async with following(releases) as watcher:
            for name in ("two", "three"):
                await until(spare)
                (fork_server,) = spare()
                swap(releases, name)
                await until_served(watcher, name)
                assert children(fork_server), "the spare process has workers now"

    asyncio.run(follow())
    # A spare process that was still starting ends when it finds its socket closed.
    asyncio.run(until(lambda: fork_servers() <= others))


def fork_servers():
    """The process ids of the fork servers of this process."""
    return {pid for pid in children(os.getpid()) if b"fork_server" in command_of(pid)}


DAMAGE = {
    "a context that ends in the middle": ("context.jsonld", b"{", "this is no JSON object with an object `@context`"),
    "a context that is a list": ("context.jsonld", b"[]", "this is no JSON object with an object `@context`"),
    "a context of text": ("context.jsonld", b'{"@context": "x"}', "this is no JSON object with an object `@context`"),
    "shapes that are not Turtle": ("shapes.ttl", b"\x00\xff", "shapes.ttl: "),
    "a manifest that is a list": ("manifest.json", b"[]", "manifest.json"),
    "a dump that is not compressed": ("dump/passo.nq.gz", b"no", "publish the release again"),
    "an IRI with a space": ("dump/passo.nq.gz", gzip.compress(b"<x:a b> <x:p> <x:o> .\n"), "Invalid IRI"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_release_is_logged_once_and_the_next_good_one_is_served(releases, caplog, damage):
    path, content, message = DAMAGE[damage]
    (releases / "two" / path).write_bytes(content)

    async def follow():
        async with following(releases) as watcher:
            swap(releases, "two")
            await until(lambda: watcher.problem)
            assert watcher.problem == (
                "release two cannot be opened, and one stays in service; the server's log says why"
            )
            await asyncio.sleep(0.5)
            assert watcher.current.manifest.id == "one"
            swap(releases, "three")
            await until_served(watcher, "three")
            assert not watcher.problem

    asyncio.run(follow())
    assert caplog.text.count("release one stays in service") == 1
    assert message in caplog.text


def damage_context(releases):
    """Make the second release one that cannot be opened; returns what the file had."""
    file = releases / "two/context.jsonld"
    good = file.read_bytes()
    file.write_bytes(b"{")
    return good


def test_a_release_that_failed_is_served_after_a_rollback_to_it(releases, write_release):
    good = damage_context(releases)

    async def follow():
        async with following(releases) as watcher:
            swap(releases, "two")
            await until(lambda: watcher.problem)
            swap(releases, "three")
            await until_served(watcher, "three")
            (releases / "two/context.jsonld").write_bytes(good)
            swap(releases, "two")
            await until_served(watcher, "two")

    asyncio.run(follow())


def test_a_release_that_failed_is_tried_again_after_a_while(releases, monkeypatch):
    monkeypatch.setattr(release_watcher, "_RETRY_AFTER", 0.5)
    good = damage_context(releases)

    async def follow():
        async with following(releases) as watcher:
            swap(releases, "two")
            await until(lambda: watcher.problem)
            (releases / "two/context.jsonld").write_bytes(good)
            await until_served(watcher, "two")

    asyncio.run(follow())


def test_the_server_goes_on_when_its_first_look_finds_no_release(releases, caplog):
    async def follow():
        async with following(releases) as watcher:
            (releases / "current").unlink()
            await until(lambda: watcher.problem)
            assert watcher.problem.startswith("the current release cannot be opened, and one stays in service")
            swap(releases, "two")
            await until_served(watcher, "two")

    asyncio.run(follow())
    assert "no release here" in caplog.text


def test_readyz_says_that_the_current_release_is_not_the_one_served(releases):
    damage_context(releases)
    with serving(releases) as address:
        assert "problem" not in httpx.get(f"{address}/readyz").json()
        swap(releases, "two")

        async def problem():
            async with asyncio.timeout(20), httpx.AsyncClient() as client:
                while "problem" not in (state := (await client.get(f"{address}/readyz")).json()):
                    await asyncio.sleep(0.05)
                return state

        state = asyncio.run(problem())
    assert state["status"] == "ready"
    assert state["release"] == "one"
    assert state["problem"].startswith("release two cannot be opened")
    assert str(releases) not in state["problem"]


@pytest.mark.parametrize("path", ["/dump/passo.nq.gz", "/shapes.ttl", "/report", "/manifest.json"])
def test_a_file_that_is_deleted_while_its_release_is_served_is_a_503(releases, path):
    with serving(releases) as address:
        shutil.rmtree(releases / "one")
        response = httpx.get(address + path)
        assert httpx.get(f"{address}/doc/process/xx-0001.ttl").status_code == 200
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.headers["Content-Type"] == "application/problem+json"
    assert str(releases) not in response.text


SWAPS = """
import asyncio, os, sys
from pathlib import Path
from passo_lod.store.protocol import Limits
from passo_lod.store.workers.admission import AdmissionPolicy
from passo_lod.web.pages.reader_locale import ReaderLocale
from passo_lod.web.release_watcher import ReleaseWatcher
from passo_lod.web.served_release import ServerSettings
from tests.processes import anonymous_memory

async def swaps(folder):
    settings = ServerSettings(Limits(seconds=0.1), 1, AdmissionPolicy(wait_seconds=0.1))
    watcher = ReleaseWatcher(folder, settings)
    await watcher.start()
    for number in range(30):
        (folder / "next").symlink_to(f"{number % 2}.nq")
        (folder / "next").replace(folder / "current")
        before = watcher.current
        while watcher.current is before:
            before = watcher.current
            await asyncio.sleep(0.05)
        watcher.current.process_lists.places(ReaderLocale(("it",)))
        await asyncio.sleep(1.5)
        print(anonymous_memory(os.getpid()), flush=True)
    await watcher.stop()

asyncio.run(swaps(Path(sys.argv[1])))
"""


def test_memory_does_not_grow_with_the_number_of_releases(tmp_path):
    for number in (0, 1):
        lines = (f'<x:s{n}> <x:p{n % 7}> "value {n} of {number}" <x:g> .\n' for n in range(40_000))
        (tmp_path / f"{number}.nq").write_text("".join(lines))
    swap(tmp_path, "1.nq")
    run = subprocess.run([sys.executable, "-c", SWAPS, str(tmp_path)], capture_output=True, text=True, check=True)
    memory = [int(line) / 2**20 for line in run.stdout.split()]
    print([round(each) for each in memory])
    assert len(memory) == 30
    assert max(memory[-10:]) < max(memory[5:15]) + 20


def test_the_store_of_a_release_that_was_replaced_a_moment_ago_is_stopped_too(releases):
    async def stop_at_once():
        watcher = ReleaseWatcher(releases)
        await watcher.start()
        retired = watcher.current
        await watcher._replace_current(releases / "two")
        await watcher.stop()
        return retired

    assert not asyncio.run(stop_at_once()).store.ready
