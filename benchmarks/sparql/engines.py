"""The servers that are measured: how each is started on a file of quads, watched, and stopped by its process id."""

import contextlib
import importlib.metadata
import importlib.util
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.sparql.client import Client, NoReplyError

GIBIBYTE = 1024**3
MOST_MEMORY = 6 * GIBIBYTE
"""Of address space, for each rival: the machine is not theirs alone."""

_TICKS = os.sysconf("SC_CLK_TCK")
_ANYTHING = "ASK { ?s ?p ?o }"
_JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Setting:
    """What a server is started on and with."""

    dump: Path
    folder: Path
    deadline: float | None = None


class Engine:
    """A server process; subclasses say how it is started."""

    name: ClassVar[str]
    distribution: ClassVar[str]
    path: ClassVar[str] = "/query"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.port = free_port()
        self.seconds_to_start = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def missing(cls) -> str | None:
        """Why it cannot be started here, if it cannot."""
        try:
            importlib.metadata.version(cls.distribution)
        except importlib.metadata.PackageNotFoundError:
            return f"{cls.distribution} is not installed (benchmarks/requirements.lock has it)"
        return None

    @classmethod
    def version(cls) -> str:
        """The version of its package."""
        return importlib.metadata.version(cls.distribution)

    def prepare(self) -> None:
        """What is done once, before any start."""

    def command(self) -> Sequence[str]:
        """What is run."""
        raise NotImplementedError

    def loaded(self) -> None:
        """What is done when it listens, before it is asked."""

    def start(self, patience: float = 600.0) -> None:
        """Start it and wait until it answers."""
        started = time.monotonic()
        self._process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=self._fence
        )
        self._wait(started + patience, self._listens)
        self.loaded()
        self._wait(started + patience, self.answers)
        self.seconds_to_start = time.monotonic() - started

    def stop(self) -> None:
        """End it, and all processes that it started."""
        if self._process is None:
            return
        pids = self.pids()
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(8)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @property
    def running(self) -> bool:
        """Whether its first process is there."""
        return self._process is not None and self._process.poll() is None

    def client(self, source: str = "127.0.0.1", patience: float = 60.0) -> Client:
        """A client of it."""
        return Client(self.port, self.path, source=source, patience=patience)

    def answers(self, patience: float = 2.0) -> bool:
        """Whether it answers the cheapest of queries in time."""
        client = self.client(patience=patience)
        try:
            return client.ask(_ANYTHING, _JSON).status == 200
        except NoReplyError:
            return False
        finally:
            client.close()

    def pids(self) -> list[int]:
        """Its process and all below it."""
        return list(_tree(self._process.pid)) if self._process else []

    def processor_seconds(self) -> float:
        """What it and its processes have used, those that have ended included."""
        return sum(_ticks(pid) for pid in self.pids()) / _TICKS

    def memory(self) -> int:
        """The memory that is its own, in bytes; pages that its processes share are counted once (PSS)."""
        return sum(_proportional(pid) for pid in self.pids())

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _wait(self, until: float, done: object) -> None:
        assert callable(done)
        while not done():
            if not self.running:
                raise RuntimeError(f"{self.name} ended while it started")
            if time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"{self.name} did not answer in time")
            time.sleep(0.1)

    def _fence(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


class PassoLod(Engine):
    """Our own endpoint; it fences its workers itself."""

    name = "passo-lod"
    distribution = "passo-lod"
    path = "/sparql"

    def command(self) -> Sequence[str]:
        """Without a budget of seconds for each client, since there is only one here."""
        served = ("--dump", str(self.setting.dump), "--port", str(self.port))
        limits = ("--deadline", f"{self.setting.deadline or 60:g}", "--client-seconds", "0")
        return [sys.executable, "-m", "passo_lod", "serve", *served, *limits]

    def _fence(self) -> None:
        """Its own limits are what is shown."""


class OxigraphOnDisk(Engine):
    """The bare Oxigraph server over a database on disk, opened read-only."""

    name = "oxigraph (disk)"
    distribution = "oxigraph"

    def prepare(self) -> None:
        """Load the database, once, and optimise it for reading, as its own advice is."""
        if not self._database.exists():
            for words in (("load", "-f", str(self.setting.dump)), ("optimize",)):
                command = [_program("oxigraph"), words[0], "-l", str(self._database), *words[1:]]
                subprocess.run(command, check=True, capture_output=True)

    def command(self) -> Sequence[str]:
        """Its default graph is the union, as ours is."""
        where = ("--location", str(self._database), "--bind", f"127.0.0.1:{self.port}", "--union-default-graph")
        return [_program("oxigraph"), "serve-read-only", *where, *_timeout(self.setting)]

    @property
    def _database(self) -> Path:
        return self.setting.folder / f"{self.setting.dump.stem}.oxigraph"


class OxigraphInMemory(Engine):
    """The bare Oxigraph server with the quads in memory, loaded over HTTP."""

    name = "oxigraph (memory)"
    distribution = "oxigraph"

    def command(self) -> Sequence[str]:
        """Its default graph is the union, as ours is."""
        where = ("--bind", f"127.0.0.1:{self.port}", "--union-default-graph")
        return [_program("oxigraph"), "serve", *where, *_timeout(self.setting)]

    def loaded(self) -> None:
        """Post the file, piece by piece."""
        size = self.setting.dump.stat().st_size
        head = f"POST /store HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/n-quads\r\n"
        with (
            socket.create_connection(("127.0.0.1", self.port), 600) as connection,
            self.setting.dump.open("rb") as file,
        ):
            connection.sendall(f"{head}Content-Length: {size}\r\nConnection: close\r\n\r\n".encode())
            shutil.copyfileobj(file, connection.makefile("wb"), GIBIBYTE // 1024)
            status = connection.makefile("rb").readline()
        if b" 20" not in status:
            raise RuntimeError(f"{self.name} did not load the file: {status.decode(errors='replace').strip()}")


class RdflibEndpoint(Engine):
    """rdflib-endpoint over an rdflib dataset in memory."""

    name = "rdflib-endpoint"
    distribution = "rdflib-endpoint"
    path = "/"

    def command(self) -> Sequence[str]:
        """Its documented class in a small application (rdflib_app.py)."""
        return [sys.executable, "-m", "benchmarks.sparql.rdflib_app", str(self.setting.dump), str(self.port)]


ENGINES: tuple[type[Engine], ...] = (PassoLod, OxigraphOnDisk, OxigraphInMemory, RdflibEndpoint)
"""In the order in which they are shown; the first is ours."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _program(name: str) -> str:
    """A program of the environment that runs this."""
    return str(Path(sys.executable).parent / name)


def _timeout(setting: Setting) -> Sequence[str]:
    return ("--timeout-s", f"{setting.deadline:g}") if setting.deadline else ()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in tasks.read_text().split():
                yield from _tree(int(child))


def _ticks(pid: int) -> int:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])
    return 0


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
