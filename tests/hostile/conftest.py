"""What the hostile tests share: a release, a server with short limits, a listener that must never be called, a watch of the memory."""

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
    """A folder of releases with `current`."""
    folder = tmp_path_factory.mktemp("hostile")
    write_release(folder / "one")
    (folder / "current").symlink_to("one")
    return folder


@pytest.fixture(scope="session")
def serve(
    release_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[Server]]:
    """Start a server of the release with the short limits and more options, in a `with` statement."""
    return lambda *options: running(
        tmp_path_factory.mktemp("served"), "--releases", str(release_folder), *LIMITS, *options
    )


class Canary:
    """A listener on loopback that counts who connects to it."""

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
class Watch:
    """Looks at the memory of a server and all below it, again and again."""

    server: Server
    before: int
    peak: int = 0
    looks: int = 0
    seen: set[int] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def budget(self) -> int:
        """What it had before, and what the settings allow: each query's memory, the answers remembered, and a tenth."""
        at_once = 2 + 4  # the light lane and the heavy one
        return self.before + (at_once * MEMORY + 64) * MEBIBYTE * 11 // 10

    def run(self) -> None:
        while not self.ended.wait(0.1):
            self.peak = max(self.peak, self.server.memory)
            self.seen.update(self.server.descendants)
            self.looks += 1


@pytest.fixture(scope="module")
def fortress(serve: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    """The server that is attacked; the client has no budget, so that each attack is met by the limits of a query."""
    with serve(*NO_BUDGET) as server:
        yield server


@pytest.fixture(scope="module")
def watch(fortress: Server) -> Iterator[Watch]:
    assert cheap_query(fortress).status_code == 200
    watch = Watch(fortress, fortress.memory)
    watcher = threading.Thread(target=watch.run)
    watcher.start()
    yield watch
    watch.ended.set()
    watcher.join()


def cheap_query(server: Server, client: httpx.Client | None = None) -> httpx.Response:
    """The answer to a query that nobody has asked before, so that it is not a remembered one."""
    query = f"SELECT ?s ?o {{ ?s <http://purl.org/dc/terms/identifier> ?o }} LIMIT {next(_NUMBERS) % 7 + 1} #{time.monotonic_ns()}"
    ask = client.get if client else get
    return ask(server.endpoint, params={"query": query}, timeout=20)
