"""Fixtures of the hostile tests: a release, a server with low limits, a listener that nobody may connect to, and a memory monitor."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.processes import MEBIBYTE, Server, running
from tests.serving import get
from tests.store.conftest import write_release

DEADLINE = 1.0
MEMORY = 128
RESULT = 2
LIMITS = ("--deadline", str(DEADLINE), "--memory", str(MEMORY), "--result", str(RESULT), "--workers", "2")
NO_BUDGET = ("--client-seconds", "0")

_NUMBERS = count()


@pytest.fixture(scope="session")
def release_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release, which is current."""
    folder = tmp_path_factory.mktemp("hostile")
    write_release(folder / "one")
    (folder / "current").symlink_to("one")
    return folder


@pytest.fixture(scope="session")
def serve(
    release_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Server]]:
    """A context manager that runs a server with the low limits and further options."""
    return lambda *options: running(
        tmp_path_factory.mktemp("served"), "--releases", str(release_folder), *LIMITS, *options
    )


class Canary:
    """A listener on loopback that counts connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.hits = 0
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary"

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="session")
def canary() -> Iterator[Canary]:
    with closing(Canary()) as canary:
        yield canary


@dataclass
class MemoryMonitor:
    """Measures the memory of a server and its descendants ten times a second, in a thread."""

    server: Server
    before: int
    peak: int = 0
    samples: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def budget(self) -> int:
        """The memory before, plus what the settings allow: that of each query, the cached answers, and a tenth."""
        concurrent_queries = 2 + 4  # slots of the fast and of the slow queue
        return self.before + (concurrent_queries * MEMORY + 64) * MEBIBYTE * 11 // 10

    def run(self) -> None:
        while not self.ended.wait(0.1):
            self.peak = max(self.peak, self.server.memory)
            self.samples += 1


@pytest.fixture(scope="module")
def attacked_server(serve: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server without a budget for each client, so that only the limits of a query stop an attack."""
    with serve(*NO_BUDGET) as server:
        yield server


@pytest.fixture(scope="module")
def memory_monitor(attacked_server: Server) -> Iterator[MemoryMonitor]:
    assert cheap_query(attacked_server).status_code == 200
    monitor = MemoryMonitor(attacked_server, attacked_server.memory)
    thread = threading.Thread(target=monitor.run)
    thread.start()
    yield monitor
    monitor.ended.set()
    thread.join()


def cheap_query(server: Server, client: httpx.Client | None = None) -> httpx.Response:
    """Send a query that was never sent before, so that its answer is not cached."""
    query = f"SELECT ?s ?o {{ ?s <http://purl.org/dc/terms/identifier> ?o }} LIMIT {next(_NUMBERS) % 7 + 1} #{time.monotonic_ns()}"
    ask = client.get if client else get
    return ask(server.endpoint, params={"query": query}, timeout=20)
