"""Start the servers that are compared on a file of quads, watch them, and stop them by process id."""

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.sparql.client import Client, NoReplyError

GIBIBYTE = 1024**3
MAX_ADDRESS_SPACE = 6 * GIBIBYTE
"""Limit for each server except ours, in bytes, because the machine has other work too."""

_TICKS = os.sysconf("SC_CLK_TCK")
_CHEAP_QUERY = "ASK { ?s ?p ?o }"
_JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class EngineSettings:
    """Settings of a server.

    Attributes:
        dump: N-Quads.
        folder: for a database.
        deadline: seconds for one query; None for the server's default.
    """

    dump: Path
    folder: Path
    deadline: float | None = None


class Engine:
    """A server process; each subclass starts one server.

    Attributes:
        name: in the tables.
        distribution: name of its Python package.
        path: of its SPARQL endpoint.
    """

    name: ClassVar[str]
    distribution: ClassVar[str]
    path: ClassVar[str] = "/query"

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.port = free_port()
        self.seconds_to_start = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def missing(cls) -> str | None:
        """Why the server cannot be started here; None if it can."""
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
        """Prepare data, once before the first start."""

    def command(self) -> Sequence[str]:
        """The command line of the server."""
        raise NotImplementedError

    def load(self) -> None:
        """Load data when the server listens, if it needs that."""

    def start(self, timeout: float = 600.0) -> None:
        """Start the server and wait until it answers.

        Raises:
            RuntimeError: it ends, or does not answer in time.
        """
        started = time.monotonic()
        self._process = subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=self._limit_memory
        )
        self._wait(started + timeout, self._listens)
        self.load()
        self._wait(started + timeout, self.answers)
        self.seconds_to_start = time.monotonic() - started

    def stop(self) -> None:
        """End the server and all processes that it started."""
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
        """Whether its first process runs."""
        return self._process is not None and self._process.poll() is None

    def client(self, source: str = "127.0.0.1", timeout: float = 60.0) -> Client:
        """A client of the server."""
        return Client(self.port, self.path, source=source, timeout=timeout)

    def answers(self, timeout: float = 2.0) -> bool:
        """Whether the server answers a cheap query in time."""
        client = self.client(timeout=timeout)
        try:
            return client.query(_CHEAP_QUERY, _JSON).status == 200
        except NoReplyError:
            return False
        finally:
            client.close()

    def pids(self) -> list[int]:
        """The ids of its process and of all descendants."""
        return list(_descendants(self._process.pid)) if self._process else []

    def processor_seconds(self) -> float:
        """The processor time of all its processes, including those that have ended."""
        return sum(_ticks(pid) for pid in self.pids()) / _TICKS

    def memory(self) -> int:
        """The memory of all its processes in bytes; shared pages count once (proportional set size)."""
        return sum(_proportional_set_size(pid) for pid in self.pids())

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _wait(self, deadline: float, condition: Callable[[], bool]) -> None:
        while not condition():
            if not self.running:
                raise RuntimeError(f"{self.name} ended while it started")
            if time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} did not answer in time")
            time.sleep(0.1)

    def _limit_memory(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_SPACE, MAX_ADDRESS_SPACE))


class PassoLod(Engine):
    """Our own endpoint; it limits its workers itself."""

    name = "passo-lod"
    distribution = "passo-lod"
    path = "/sparql"

    def command(self) -> Sequence[str]:
        """Without a time budget for each client, because here there is only one."""
        served = ("--dump", str(self.settings.dump), "--port", str(self.port))
        limits = ("--deadline", f"{self.settings.deadline or 60:g}", "--client-seconds", "0")
        return [sys.executable, "-m", "passo_lod", "serve", *served, *limits]

    def _limit_memory(self) -> None:
        """No limit: the server has its own."""


class OxigraphOnDisk(Engine):
    """The Oxigraph server over a database on disk, opened read-only."""

    name = "oxigraph (disk)"
    distribution = "oxigraph"

    def prepare(self) -> None:
        """Load the database once, and optimise it for reading, as the documentation of Oxigraph recommends."""
        if not self._database.exists():
            for arguments in (("load", "-f", str(self.settings.dump)), ("optimize",)):
                command = [_program("oxigraph"), arguments[0], "-l", str(self._database), *arguments[1:]]
                subprocess.run(command, check=True, capture_output=True)

    def command(self) -> Sequence[str]:
        """With the union of all graphs as default graph, as in our endpoint."""
        options = ("--location", str(self._database), "--bind", f"127.0.0.1:{self.port}", "--union-default-graph")
        return [_program("oxigraph"), "serve-read-only", *options, *_timeout(self.settings)]

    @property
    def _database(self) -> Path:
        return self.settings.folder / f"{self.settings.dump.stem}.oxigraph"


class OxigraphInMemory(Engine):
    """The Oxigraph server with the quads in memory, loaded over HTTP."""

    name = "oxigraph (memory)"
    distribution = "oxigraph"

    def command(self) -> Sequence[str]:
        """With the union of all graphs as default graph, as in our endpoint."""
        options = ("--bind", f"127.0.0.1:{self.port}", "--union-default-graph")
        return [_program("oxigraph"), "serve", *options, *_timeout(self.settings)]

    def load(self) -> None:
        """Send the file as one POST request."""
        size = self.settings.dump.stat().st_size
        head = f"POST /store HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/n-quads\r\n"
        with (
            socket.create_connection(("127.0.0.1", self.port), 600) as connection,
            self.settings.dump.open("rb") as file,
        ):
            connection.sendall(f"{head}Content-Length: {size}\r\nConnection: close\r\n\r\n".encode())
            shutil.copyfileobj(file, connection.makefile("wb"), GIBIBYTE // 1024)
            status = connection.makefile("rb").readline()
        if b" 20" not in status:
            raise RuntimeError(f"{self.name} did not load the file: {status.decode(errors='replace').strip()}")


class RdflibEndpoint(Engine):
    """rdflib-endpoint with an rdflib dataset in memory."""

    name = "rdflib-endpoint"
    distribution = "rdflib-endpoint"
    path = "/"

    def command(self) -> Sequence[str]:
        """A small application with its documented class (rdflib_app.py)."""
        return [sys.executable, "-m", "benchmarks.sparql.rdflib_app", str(self.settings.dump), str(self.port)]


ENGINES: tuple[type[Engine], ...] = (PassoLod, OxigraphOnDisk, OxigraphInMemory, RdflibEndpoint)
"""In the order of the tables; ours first."""


def free_port() -> int:
    """A port on which no process listens now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _program(name: str) -> str:
    """The path of a program in the environment that runs this benchmark."""
    return str(Path(sys.executable).parent / name)


def _timeout(settings: EngineSettings) -> Sequence[str]:
    return ("--timeout-s", f"{settings.deadline:g}") if settings.deadline else ()


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in tasks.read_text().split():
                yield from _descendants(int(child))


def _ticks(pid: int) -> int:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])
    return 0


def _proportional_set_size(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
