"""The server needs no rights and no disk of its own, and ends as service managers expect."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.hostile.conftest import cheap_query
from tests.hostile.test_recovery import LONG
from tests.processes import Server, running, until
from tests.serving import free_port, get, wait_for

pytestmark = pytest.mark.exclusive

IN_NAMESPACE = ["unshare", "--mount", "sh", "-c"]
WITHOUT_RIGHTS = "exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs"


def can_mount() -> bool:
    if not all(map(shutil.which, ("unshare", "setpriv", "mount"))):
        return False
    return (
        subprocess.run([*IN_NAMESPACE, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False).returncode == 0
    )


requires_mount = pytest.mark.skipif(not can_mount(), reason="this user may not mount file systems (unshare, setpriv)")


@contextmanager
def serving_with(preparation: str, log: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A server whose process has no capabilities, after a shell command that prepares its mounts."""
    command = " ".join([sys.executable, "-m", "passo_lod", "serve", *options])
    with (
        log.open("w") as file,
        subprocess.Popen(
            [*IN_NAMESPACE, f"{preparation} && cd / && {WITHOUT_RIGHTS} {command}"],
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


READ_ONLY = "mount -o remount,ro,bind /"


@requires_mount
def test_a_server_without_rights_on_a_read_only_file_system_serves_everything(
    release_folder: Path, tmp_path: Path
) -> None:
    port = free_port()
    options = ("--port", str(port), "--releases", str(release_folder))
    with serving_with(READ_ONLY, tmp_path / "serve.log", *options) as process:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        server = Server(address, process, tmp_path / "serve.log")
        assert cheap_query(server).status_code == 200
        answers = [get(address + path) for path in ("/doc/process/xx-0001", "/dump/passo.nq.gz", "/report", "/status")]
        assert [answer.status_code for answer in answers] == [200] * 4
    assert "Traceback" not in (tmp_path / "serve.log").read_text()


@requires_mount
def test_a_server_that_may_write_nowhere_says_so_before_it_indexes_a_release_on_disk(
    release_folder: Path, tmp_path: Path
) -> None:
    options = ("--port", str(free_port()), "--releases", str(release_folder), "--in-memory", "0")
    with serving_with(READ_ONLY, tmp_path / "serve.log", *options) as process:
        assert process.wait(30) == 2
    message = (tmp_path / "serve.log").read_text()
    assert "there is no folder for its index" in message
    assert "name a folder that can be written (--cache)" in message
    assert "Traceback" not in message


@requires_mount
def test_an_index_that_does_not_fit_on_its_disk_is_reported_and_removed(release_folder: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    left = tmp_path / "left.txt"
    preparation = f"mount -t tmpfs -o size=64k tmpfs {small}"
    command = " ".join(
        [sys.executable, "-m", "passo_lod", "serve", "--releases", str(release_folder), "--in-memory", "0"]
    )
    done = subprocess.run(
        [*IN_NAMESPACE, f"{preparation} && {command}; status=$?; ls -A {small} > {left}; exit $status"],
        capture_output=True, text=True, check=False, timeout=60, env=os.environ | {"TMPDIR": str(small)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "the index cannot be built" in done.stderr
    assert "Traceback" not in done.stderr
    assert left.read_text() == ""


def test_sigterm_lets_a_running_query_end_and_leaves_no_process(release_folder: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = ("--releases", str(release_folder), "--deadline", "2", "--workers", "2")
        with running(Path(folder), *options) as server, ThreadPoolExecutor(1) as pool:
            query = pool.submit(get, server.endpoint, params={"query": LONG}, timeout=30)
            time.sleep(0.7)
            processes = server.descendants
            os.kill(server.pid, signal.SIGTERM)
            answer = query.result()
            assert (answer.status_code, answer.json()["reason"]) == (422, "timeout")
            until(lambda: not server.alive, 8, "the server has ended")
            with pytest.raises(httpx.TransportError):
                get(server.address + "/healthz")
        until(lambda: not [pid for pid in processes if Path(f"/proc/{pid}").exists()], 5, "all processes have ended")
        assert "Traceback" not in server.log.read_text()
