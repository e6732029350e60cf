"""A server as its host sees it: the real command, the processes below it, the memory they share, and what it wrote to its log."""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port, wait_for

MEBIBYTE = 1024 * 1024
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Server:
    """A running `passo-lod serve`."""

    address: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def endpoint(self) -> str:
        return f"{self.address}/sparql"

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def descendants(self) -> list[int]:
        return descendants(self.pid)

    @property
    def zygote(self) -> int | None:
        """The process that forks the workers; there is none for a moment when it was killed."""
        return next((pid for pid in children(self.pid) if b"zygote" in command_of(pid)), None)

    @property
    def workers(self) -> list[int]:
        zygote = self.zygote
        return children(zygote) if zygote else []

    @property
    def memory(self) -> int:
        """The bytes that the server and all below it hold, a shared page counted once."""
        return sum(map(proportional_set_size, (self.pid, *self.descendants)))


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Server]:
    """A server with these options, which is stopped by its process id in the end; `folder` holds its log."""
    port = free_port()
    log = folder / f"serve-{port}.log"
    command = [sys.executable, "-m", "passo_lod", "serve", "--port", str(port), *options]
    with log.open("w") as file, subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, text=True) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            yield Server(f"http://127.0.0.1:{port}", process, log)
        finally:
            process.terminate()
            process.wait(20)


def children(pid: int) -> list[int]:
    """The processes that this one, in any of its threads, has started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for task in tasks for child in task.read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """The processes below this one."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def state_of(pid: int) -> str | None:
    """The letter of its state (Z is a zombie), or None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


def processor_ticks(pid: int) -> int:
    """How much processor time it has had."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def proportional_set_size(pid: int) -> int:
    """Its share of the memory in use, in bytes."""
    try:
        found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def until(condition: Callable[[], object], seconds: float, what: str) -> float:
    """Wait until it holds; the seconds that took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - started
