"""Test that a release whose workers cannot be started is not served, and is unlocked again."""

import asyncio
import fcntl
import os
import sys

from passo_lod.web.release_watcher import ReleaseWatcher


def can_be_locked(folder):
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_a_release_whose_workers_cannot_be_started_is_unlocked_again(tmp_path, write_release, monkeypatch, caplog):
    for name in ("one", "two"):
        write_release(tmp_path / name, name)
    (tmp_path / "current").symlink_to("one")

    async def replace_release():
        watcher = ReleaseWatcher(tmp_path)
        await watcher.start()
        try:
            monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
            (tmp_path / "next").symlink_to("two")
            (tmp_path / "next").replace(tmp_path / "current")
            while "cannot be started" not in caplog.text:
                await asyncio.sleep(0.05)
            assert watcher.current.manifest.id == "one"
            assert not can_be_locked(tmp_path / "one")
            assert can_be_locked(tmp_path / "two")
        finally:
            await watcher.stop()

    asyncio.run(replace_release())
