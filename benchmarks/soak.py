"""Run a server for an hour under everything that happens to one: users, attacks, publications, kills and a full disk.

    python -m benchmarks.soak [--minutes 60] [--attackers 16] [--curve FILE.svg] [--figures FILE.json]

Four users work all the time, each from an address of its own: a researcher sends cheap queries, a reader opens documents, a portal harvests the
catalogue and downloads dumps, an observatory follows the change feed. Sixteen other addresses send two costly queries each, one after the other.
Every two minutes the release changes, by `publish`, `rollback` and `prune` in turn. Every five minutes a worker, the fork server and the server
itself are killed; the benchmark starts the server again, as a service manager does. Once the disk of the releases is full while `publish` runs
(a tmpfs of its own, if this process may mount one).

A user repeats a request whose connection breaks or is refused, as every HTTP client may, for half a minute at most; the benchmark counts these
repetitions. It never repeats a request that was answered. It prints a line for each minute and exits with status 1 if a figure is not met.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path

import httpx

from tests.hostile.corpus import ATTACKS, Attack
from tests.hostile.test_fairness import client_at
from tests.processes import MEBIBYTE, Server, proportional_set_size, state_of
from tests.serving import free_port, wait_for

ROOT = Path(__file__).resolve().parents[1]
ATTACKERS, BOMBS_EACH = 16, 2
COSTLY = [attack for attack in ATTACKS if attack.threat in ("T1", "T2", "T3", "T5", "T7")]
RELEASE_EVERY, KILL_EVERY = 120.0, 300.0
DISK_MIB = 3000
_TITLE_LINE = 2
REPEAT_FOR = 30.0
SETTLED_AFTER = 600.0
"""Seconds after which memory must not grow."""

CHEAP_SHARE, DOCUMENT_SHARE, SWAP_SECONDS, GROWTH, MOST_MEMORY = 0.999, 1.0, 1.0, 0.15, 2048
"""The figures to meet: shares of requests answered, seconds of a change of release, growth of the server's memory after `SETTLED_AFTER`, and MiB
of all processes: two releases in memory, and the 256 MiB of each of six running queries."""


Step = tuple[str, dict[str, str], Callable[[httpx.Response], bool]]
"""A request of a user: its path, its headers, and whether an answer to it is right."""


@dataclass
class User:
    """What one user has seen.

    Attributes:
        answers: numbers of answers by status; 599 stands for a connection that stayed broken.
        seconds: until each answer.
        repeated: numbers of requests that were sent again after a broken connection.
    """

    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The share of requests that were answered with 200 or 304, rightly."""
        total = self.answers.total()
        return (self.answers[200] + self.answers[304] - len(self.wrong)) / total if total else 0.0

    def quantile(self, share: float) -> float:
        """The seconds within which this share of the requests was answered."""
        ordered = sorted(self.seconds)
        return ordered[int((len(ordered) - 1) * share)] if ordered else 0.0


@dataclass(frozen=True)
class Sample:
    """Memory at one moment, in MiB: of the server process, and of it and all its child processes together."""

    second: float
    server: float
    total: float


class Soak:
    """A server, its users and attackers, and what happens to it."""

    def __init__(self, folder: Path, seconds: float, attackers: int = ATTACKERS) -> None:
        self.folder = folder
        self.attackers = attackers
        self.seconds = seconds
        self.users = {name: User() for name in ("researcher", "reader", "portal", "observatory")}
        self.bombs: Counter[int] = Counter()
        self.samples: list[Sample] = []
        self.swaps: list[float] = []
        self.events: Counter[str] = Counter()
        self.faults: list[str] = []
        self._titles = count(1)
        self._ended = threading.Event()
        self._port = free_port()
        self._server: Server | None = None
        self._changing = threading.Lock()
        self._started = time.monotonic()

    @property
    def address(self) -> str:
        """The address of the server, which survives its restarts."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def releases(self) -> Path:
        """The folder of the releases."""
        return self.folder / "disk" / "releases"

    def run(self) -> None:
        """Run everything to the end."""
        self._change_data()
        self.passo("publish")
        self._start_server()
        ids = self._process_ids()
        tasks: list[Callable[[], None]] = [
            lambda: self._use("researcher", "127.0.0.10", self._queries(), 0.05),
            lambda: self._use("reader", "127.0.0.11", self._documents(ids), 0.05),
            lambda: self._use("portal", "127.0.0.12", self._harvest(), 1.0),
            lambda: self._use("observatory", "127.0.0.13", self._feed(), 1.0),
            *(
                lambda address=f"127.0.2.{n}": self._bomb(address)
                for n in range(1, self.attackers + 1)
                for _ in range(BOMBS_EACH)
            ),
            self._change_releases,
            self._kill_processes,
        ]
        threads = [threading.Thread(target=task, daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        self._sample_memory()
        self._ended.set()
        for thread in threads:
            thread.join(60)
        self._stop_server()

    # -- the server

    def _start_server(self) -> None:
        log = (self.folder / "serve.log").open("a")
        command = [*_PASSO, "serve", "--port", str(self._port), "--releases", str(self.releases)]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True)
        wait_for(self.address, process)
        self._server = Server(self.address, process, self.folder / "serve.log")

    def _stop_server(self) -> None:
        assert self._server
        started = time.monotonic()
        processes = self._server.descendants
        self._server.process.terminate()
        status = self._server.process.wait(30)
        time.sleep(1)
        left = [pid for pid in processes if state_of(pid) not in (None, "Z")]
        if status not in (0, -signal.SIGTERM) or left or time.monotonic() - started > 15:
            self.faults.append(
                f"SIGTERM: status {status}, {len(left)} processes left, {time.monotonic() - started:.1f} s"
            )

    def passo(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of passo-lod on the releases."""
        command = [*_PASSO, *arguments, "--releases", str(self.releases)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if check and done.returncode:
            self.faults.append(f"{' '.join(arguments)}: status {done.returncode}: {done.stderr[-300:]}")
        return done

    # -- users

    def _use(self, name: str, address: str, requests: Iterator[Step], pause: float) -> None:
        user = self.users[name]
        with client_at(address) as client:
            for path, headers, is_right in requests:
                if self._ended.wait(pause):
                    return
                started = time.monotonic()
                answer = self._get(client, path, headers, user)
                user.seconds.append(time.monotonic() - started)
                user.answers[answer.status_code] += 1
                if answer.status_code == httpx.codes.OK and not is_right(answer):
                    user.wrong.append(f"{path}: {answer.text[:200]}")

    def _get(self, client: httpx.Client, path: str, headers: dict[str, str], user: User) -> httpx.Response:
        """An answer; the request is sent again while its connection breaks."""
        last = time.monotonic() + REPEAT_FOR
        while True:
            try:
                return client.get(self.address + path, headers=headers)
            except httpx.TransportError:
                if time.monotonic() > last:
                    return httpx.Response(599)
                user.repeated += 1
                time.sleep(0.2)

    def _process_ids(self) -> list[str]:
        query = "SELECT ?id { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> ; <http://purl.org/dc/terms/identifier> ?id } ORDER BY ?id"
        answer = httpx.get(f"{self.address}/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        return answer.text.split()[1:]

    def _queries(self) -> Iterator[Step]:
        for number in count():
            query = f"SELECT ?s ?o {{ ?s <http://purl.org/dc/terms/identifier> ?o }} LIMIT {number % 7 + 1} #{number}"
            path = "/sparql?" + str(httpx.QueryParams({"query": query}))
            yield (
                path,
                {"Accept": "application/sparql-results+json"},
                lambda a, n=number % 7 + 1: len(a.json()["results"]["bindings"]) == n,
            )

    def _documents(self, ids: list[str]) -> Iterator[Step]:
        choice = random.Random(7)
        while True:
            name = choice.choice(ids)
            ending, accept = choice.choice([("", "text/html"), (".ttl", "*/*"), (".jsonld", "*/*"), (".rdf", "*/*")])
            yield f"/doc/process/{name}{ending}", {"Accept": accept}, lambda answer, name=name: name in answer.text

    def _harvest(self) -> Iterator[Step]:
        while True:
            for path in (
                "/catalog.ttl",
                "/catalog-it.rdf",
                "/dump/passo.nq.gz",
                "/manifest.json",
                "/status",
                "/processes",
            ):
                yield path, {"Accept": "*/*"}, lambda answer: len(answer.content) > 100

    def _feed(self) -> Iterator[Step]:
        while True:
            yield "/feed.ttl", {"Accept": "text/turtle"}, lambda answer: "tree" in answer.text
            yield "/feed.atom", {"Accept": "*/*"}, lambda answer: "<feed" in answer.text

    def _bomb(self, address: str) -> None:
        choice = random.Random(address)
        with client_at(address) as client:
            while not self._ended.wait(0.05):
                attack: Attack = choice.choice(COSTLY)
                try:
                    url = self.address + attack.path
                    answer = client.request(attack.method, url, headers=attack.headers, content=attack.body)
                    self.bombs[answer.status_code] += 1
                except httpx.TransportError:
                    time.sleep(0.5)

    # -- events

    def _every(self, seconds: float) -> Iterator[int]:
        for number in count():
            if self._ended.wait(min(seconds, self.seconds / 8)):
                return
            yield number

    def _change_releases(self) -> None:
        for number in self._every(RELEASE_EVERY):
            if self._left < KILL_EVERY / 10:
                return
            with self._changing:
                self._change_release(number)

    @property
    def _left(self) -> float:
        return self._started + self.seconds - time.monotonic()

    def _change_release(self, number: int) -> None:
        command = ("publish", "rollback", "publish", "prune")[number % 4]
        if number == 2:
            self._publish_on_full_disk()
        if command == "publish":
            self._change_data()
            self._timed_swap("publish")
        elif command == "rollback":
            self._timed_swap("releases", "rollback")
        else:
            self.passo("releases", "prune", "--keep", "2")
        self.events[command] += 1

    def _timed_swap(self, *command: str) -> None:
        """Run a command that changes `current`, and measure how long the server takes to follow."""
        before = (self.releases / "current").resolve()
        running = threading.Thread(target=self.passo, args=command)
        running.start()
        while running.is_alive() and (self.releases / "current").resolve() == before:
            time.sleep(0.01)
        changed = time.monotonic()
        if (self.releases / "current").resolve() == before:
            return
        wanted = (self.releases / "current").resolve().name
        with client_at("127.0.0.14") as client:
            while self._served(client) != wanted and time.monotonic() - changed < REPEAT_FOR:
                time.sleep(0.02)
            took = time.monotonic() - changed
            if self._served(client) == wanted:
                self.swaps.append(took)
            else:
                self.faults.append(f"{' '.join(command)}: {wanted} is not served after {took:.0f} s")
        running.join()

    def _served(self, client: httpx.Client) -> str:
        try:
            return str(client.get(f"{self.address}/readyz").json()["release"])
        except httpx.TransportError:
            return ""

    def _change_data(self) -> None:
        """Give one record another title, so that the next release differs."""
        data = self.folder / "data"
        if not data.exists():
            for name in ("data", "ontology", "shapes", "passo.yaml"):
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, self.folder / name)
        record = next((self.folder / "data" / "sources").glob("*/samples/2205.txt"))
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        lines[_TITLE_LINE] = f"{lines[_TITLE_LINE].partition(' [')[0].rstrip()} [{next(self._titles)}]\n"
        record.write_text("".join(lines), encoding="utf-8")

    def _publish_on_full_disk(self) -> None:
        if not os.path.ismount(self.releases.parent):
            return
        before = (self.releases / "current").resolve()
        filler = self.releases.parent / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(MEBIBYTE // 4))
        self._change_data()
        done = self.passo("publish", check=False)
        filler.unlink()
        if not done.returncode or "Traceback" in done.stderr or (self.releases / "current").resolve() != before:
            self.faults.append(f"publish on a full disk: status {done.returncode}: {done.stderr[-300:]}")
        self.events["full disk"] += 1

    def _kill_processes(self) -> None:
        choice = random.Random(1)
        for number in self._every(KILL_EVERY / 3):
            with self._changing:
                self._kill(("worker", "fork server", "server")[number % 3], choice)

    def _kill(self, which: str, choice: random.Random) -> None:
        assert self._server
        victims = {
            "worker": self._server.workers,
            "fork server": [each for each in [self._server.fork_server] if each],
            "server": [self._server.pid],
        }[which]
        if not victims:
            return
        with suppress(ProcessLookupError):
            os.kill(choice.choice(victims), signal.SIGKILL)
        self.events[f"kill of a {which}"] += 1
        if which == "server":
            self._server.process.wait()
            self._start_server()

    def _sample_memory(self) -> None:
        for number in count():
            left = self._left
            if left <= 0:
                return
            time.sleep(min(left, 5.0))
            server = self._server
            if server and server.alive and (total := server.memory):
                own = proportional_set_size(server.pid)
                self.samples.append(Sample(time.monotonic() - self._started, own / MEBIBYTE, total / MEBIBYTE))
            if number % 12 == 0:
                self._print_progress()

    def _print_progress(self) -> None:
        sample = self.samples[-1] if self.samples else Sample(0, 0, 0)
        shares = ", ".join(f"{name} {user.share:.2%} of {user.answers.total()}" for name, user in self.users.items())
        print_now(f"{sample.second / 60:5.1f} min  {sample.server:5.0f} MiB, in all {sample.total:5.0f}; {shares}")


_PASSO = (sys.executable, "-m", "passo_lod")


def main() -> int:
    """Run the benchmark; return 1 if a figure is not met, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--attackers", type=int, default=ATTACKERS, help="addresses that send costly queries")
    parser.add_argument("--curve", type=Path, help="write the memory curve as SVG")
    parser.add_argument("--figures", type=Path, help="write all figures as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, disk(Path(folder) / "disk"):
        soak = Soak(Path(folder), options.minutes * 60, options.attackers)
        soak.run()
        log = (Path(folder) / "serve.log").read_text()
    if options.curve:
        options.curve.write_text(curve(soak.samples, options.minutes * 60), encoding="utf-8")
    if options.figures:
        options.figures.write_text(json.dumps(figures(soak), indent=1) + "\n", encoding="utf-8")
    return report(soak, log)


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """A folder, on a file system of its own if this process may mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        print_now("no tmpfs can be mounted here, so that the disk is never full")
    try:
        yield
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=False)


def settled(samples: list[Sample]) -> tuple[float, float]:
    """The medians of the server's memory in the first and the last fifth of the time after `SETTLED_AFTER`, in MiB.

    The memory of the workers depends on the attacks that happen to run; it has a limit for each.
    """
    later = [each.server for each in samples if each.second >= SETTLED_AFTER] or [each.server for each in samples]
    fifth = max(1, len(later) // 5)
    return _median(later[:fifth]), _median(later[-fifth:])


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def figures(soak: Soak) -> dict[str, object]:
    """All figures, for JSON."""
    return {
        "users": {
            name: {
                "answers": dict(user.answers),
                "share": user.share,
                "repeated": user.repeated,
                "wrong": len(user.wrong),
                "p50": user.quantile(0.5),
                "p95": user.quantile(0.95),
                "p99": user.quantile(0.99),
                "max": user.quantile(1.0),
            }
            for name, user in soak.users.items()
        },
        "bombs": dict(soak.bombs),
        "swaps": soak.swaps,
        "events": dict(soak.events),
        "faults": soak.faults,
        "samples": [asdict(each) for each in soak.samples],
    }


def report(soak: Soak, log: str) -> int:
    """Print all figures beside those to meet; return 1 if one is not met."""
    print_now(f"\nevents {dict(soak.events)}; answers to costly queries {dict(soak.bombs)}")
    for name, user in soak.users.items():
        times = " / ".join(f"{user.quantile(share) * 1000:.0f}" for share in (0.5, 0.95, 0.99, 1.0))
        print_now(f"{name:12} {dict(user.answers)}, repeated {user.repeated}, ms at p50/p95/p99/max {times}")
        for wrong in user.wrong[:3]:
            print_now(f"  wrong: {wrong}")
    first, last = settled(soak.samples)
    swaps = sorted(soak.swaps) or [0.0]
    documents = min(soak.users[name].share for name in ("reader", "portal", "observatory"))
    missed = [
        check("cheap queries answered", soak.users["researcher"].share, ">=", CHEAP_SHARE),
        check("documents answered", documents, ">=", DOCUMENT_SHARE),
        check("memory of the server after ten minutes, last to first", last / first, "<=", 1 + GROWTH),
        check("MiB of all processes, at most", max(each.total for each in soak.samples), "<=", MOST_MEMORY),
        check("seconds until a change of release is served, median", swaps[len(swaps) // 2], "<=", SWAP_SECONDS),
        check("faults", len(soak.faults), "<=", 0),
        check("tracebacks in the log", log.count("Traceback"), "<=", 0),
    ]
    for fault in soak.faults:
        print_now(f"  {fault}")
    return int(any(missed))


def check(name: str, value: float, relation: str, aim: float) -> bool:
    """Print a figure beside its aim; return whether it is missed."""
    is_met = value >= aim if relation == ">=" else value <= aim
    print_now(f"{name:52} {value:9.5g} {relation} {aim:<7.5g} {'met' if is_met else 'NOT MET'}")
    return not is_met


def curve(samples: list[Sample], seconds: float, width: int = 720, height: int = 240) -> str:
    """The memory of the server and of all its processes over time, as SVG."""
    top = max((each.total for each in samples), default=1.0) * 1.1

    def line(values: list[tuple[float, float]], colour: str) -> str:
        points = " ".join(f"{x / seconds * width:.1f},{height - y / top * height:.1f}" for x, y in values)
        return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'

    marks = [
        f'<text x="{minute * 60 / seconds * width:.0f}" y="{height + 16}">{minute:g} min</text>'
        for minute in range(0, int(seconds / 60) + 1, max(1, round(seconds / 360)))
    ]
    levels = [
        f'<path stroke="#ccc" d="M0 {height - y / top * height:.0f}H{width}"/><text x="{width + 4}" y="{height - y / top * height + 4:.0f}">{y} MiB</text>'
        for y in range(0, int(top) + 1, 200)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {width + 76} {height + 32}" font-family="sans-serif" font-size="11">',
            "<title>Memory of the server (blue) and of it and all its processes (red) in MiB</title>",
            *levels,
            *marks,
            line([(each.second, each.total) for each in samples], "#b3261e"),
            line([(each.second, each.server) for each in samples], "#1a5fb4"),
            "</svg>\n",
        ]
    )


def print_now(line: str) -> None:
    """Print a line without buffering."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
