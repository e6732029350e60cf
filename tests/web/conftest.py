"""Fixtures: a real server in its own process, on a loopback port, that serves a small release."""

import importlib.util
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_STORE_CONFTEST = Path(__file__).parents[1] / "store" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("release_for_tests", _STORE_CONFTEST)
release_for_tests = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(release_for_tests)

SERVE = """
import sys
from pathlib import Path
from passo_lod.store.protocol import MEBIBYTE, Limits
from passo_lod.web.server import serve
from passo_lod.web.served_release import ServerSettings

limits = Limits(seconds=1.0, memory=128 * MEBIBYTE, result=2 * MEBIBYTE)
serve(Path(sys.argv[1]), port=int(sys.argv[2]), settings=ServerSettings(limits, 2), log_level="warning")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(releases: Path):
    """Serve a folder of releases; yields the address of the server."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVE, str(releases), str(port)]) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def wait_for(address: str, server, seconds: float = 60.0) -> None:
    last = time.monotonic() + seconds
    while time.monotonic() < last and server.poll() is None:
        try:
            httpx.get(f"{address}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="session")
def releases(tmp_path_factory):
    """A folder of releases with `current`."""
    folder = tmp_path_factory.mktemp("served")
    release_for_tests.write_release(folder / "one")
    (folder / "current").symlink_to("one")
    return folder


@pytest.fixture(scope="session")
def address(releases):
    """The address of the server that most tests use."""
    with serving(releases) as address:
        yield address


@pytest.fixture(scope="session")
def client(address):
    """A client of that server that follows no redirects."""
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def serve_folder():
    """Serve another folder of releases, in a `with` statement."""
    return serving


@pytest.fixture(scope="session")
def write_release():
    """Write another release."""
    return release_for_tests.write_release
