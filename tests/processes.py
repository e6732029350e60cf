"""Run `passo-lod serve` as a process, and measure it and its child processes through /proc."""

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
_ANONYMOUS = re.compile(r"^Anonymous:\s+(\d+) kB", re.MULTILINE)


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
    def fork_server(self) -> int | None:
        """The process id of the fork server that has workers; None for a moment after it was killed."""
        return next((pid for pid in self._fork_servers if children(pid)), None)

    @property
    def spare_fork_server(self) -> int | None:
        """The process id of the fork server that waits for a release to load; None for some seconds after it got one."""
        return next((pid for pid in self._fork_servers if not children(pid)), None)

    @property
    def _fork_servers(self) -> list[int]:
        return [pid for pid in children(self.pid) if b"fork_server" in command_of(pid)]

    @property
    def workers(self) -> list[int]:
        fork_server = self.fork_server
        return children(fork_server) if fork_server else []

    @property
    def memory(self) -> int:
        """The bytes of memory that the server and its descendants use; a shared page counts once."""
        return sum(map(proportional_set_size, (self.pid, *self.descendants)))


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Server]:
    """A server with these options, which is terminated at the end; its log is written into `folder`."""
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
    """The ids of the child processes of all threads of a process."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for task in tasks for child in task.read_text().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """The ids of all descendants of a process."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def state_of(pid: int) -> str | None:
    """The state of a process in one letter (Z: zombie), or None if it does not exist."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


def processor_ticks(pid: int) -> int:
    """The processor time that a process has used, in clock ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def proportional_set_size(pid: int) -> int:
    """The proportional set size of a process, in bytes."""
    return _memory(pid, _PSS)


def anonymous_memory(pid: int) -> int:
    """The memory of a process that no file contains, in bytes; the start and end of other processes do not change it."""
    return _memory(pid, _ANONYMOUS)


def _memory(pid: int, kind: "re.Pattern[str]") -> int:
    try:
        found = kind.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def until(condition: Callable[[], object], seconds: float, description: str) -> float:
    """Wait until a condition is true; returns the seconds that this took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {description}"
        time.sleep(0.02)
    return time.monotonic() - started
