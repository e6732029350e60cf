"""Ask the engines in turn, so that the noise of the machine falls on all alike, and keep what each ask took."""

import multiprocessing
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from benchmarks.sparql import answers
from benchmarks.sparql.client import Client, NoReplyError
from benchmarks.sparql.engines import Engine

WEIGHTS = {"look-up": 14, "list": 4, "aggregate": 1}
"""How often a client of the mix asks a query of each kind: look-ups mostly, as at public endpoints."""

_number = count()


@dataclass(frozen=True)
class StoredQuery:
    """One of the research queries."""

    name: str
    title: str
    kind: str
    text: str

    @classmethod
    def read(cls, path: Path) -> "StoredQuery":
        """A file whose first lines are `#+ title@en: …` and `#+ kind: …`."""
        text = path.read_text(encoding="utf-8")
        said = dict(line[2:].strip().split(": ", 1) for line in text.splitlines() if line.startswith("#+"))
        return cls(path.stem, said["title@en"], said["kind"], text)

    @property
    def accept(self) -> str:
        """The media type it is asked in."""
        return answers.accept_for(self.text)

    def once(self, tag: str) -> str:
        """The query as nobody asked it before, so that no cache of results can answer."""
        return f"{self.text}\n# {tag}"


@dataclass
class Samples:
    """The milliseconds of one query on one engine, by round; why it is not measured, where it is not."""

    rounds: list[list[float]] = field(default_factory=list)
    fault: str | None = None

    @property
    def p50(self) -> float:
        """The median of the rounds' medians."""
        return statistics.median(statistics.median(each) for each in self.rounds)

    @property
    def p99(self) -> float:
        """Of all samples together."""
        return percentile([each for samples in self.rounds for each in samples], 0.99)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that this share of them does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


Table = dict[str, dict[str, Samples]]
"""By query, then by engine."""


def agree(queries: Sequence[StoredQuery], engines: Sequence[Engine]) -> Table:
    """Ask each query once of each engine, and compare what they answer with what the first one does."""
    table: Table = {}
    clients = {engine.name: engine.client() for engine in engines}
    for query in queries:
        first = clients[engines[0].name]
        part = answers.any_part_will_do(query.text)
        expected = answers.bag(first.ask(answers.unlimited(query.text) if part else query.text, query.accept))
        table[query.name] = {}
        for name, client in clients.items():
            fault = _fault(query, client, expected, part)
            table[query.name][name] = Samples(fault=fault)
    for client in clients.values():
        client.close()
    return table


def _fault(query: StoredQuery, client: Client, expected: answers.Bag, part: bool) -> str | None:
    try:
        return answers.differences(expected, answers.bag(client.ask(query.once("check"), query.accept)), part)
    except NoReplyError as error:
        return f"no answer: {error}"
    except (ValueError, KeyError, SyntaxError) as error:
        return f"no answer: {str(error)[:120]}"


def one_client(
    queries: Sequence[StoredQuery], engines: Sequence[Engine], table: Table, rounds: int, asks: int, seconds: float
) -> None:
    """Rounds in which each query is asked of each engine in turn, often if it is quick, once at least."""
    clients = {engine.name: engine.client() for engine in engines}
    for turn in range(rounds):
        for query in queries:
            for shift in range(len(engines)):
                engine = engines[(turn + shift) % len(engines)]
                samples = table[query.name][engine.name]
                if not samples.fault:
                    _round(query, clients[engine.name], samples, asks, seconds)
    for client in clients.values():
        client.close()


def _round(query: StoredQuery, client: Client, samples: Samples, asks: int, seconds: float) -> None:
    taken: list[float] = []
    until = time.monotonic() + seconds
    while len(taken) < asks and (not taken or time.monotonic() < until):
        try:
            reply = client.ask(query.once(str(next(_number))), query.accept)
        except NoReplyError as error:
            samples.fault = f"no answer: {error}"
            return
        if reply.status != 200 or not reply.whole:
            samples.fault = f"status {reply.status}" if reply.whole else "the body is cut off"
            return
        taken.append(reply.seconds * 1000)
    samples.rounds.append(taken)


@dataclass(frozen=True)
class Repeated:
    """A query that was asked before, against a file of about that size from the same server."""

    query: str
    bytes: int
    p50: float
    file_bytes: int
    file_p50: float


def repeated(query: StoredQuery, engine: Engine, files: Mapping[str, int], asks: int) -> Repeated:
    """The median milliseconds of both, asked in turn."""
    client = engine.client()
    size = len(client.ask(query.text, query.accept).body)
    target = min(files, key=lambda name: abs(files[name] - size))
    asked, got = [], []
    for _ in range(asks):
        asked.append(client.ask(query.text, query.accept).seconds * 1000)
        got.append(client.get(target).seconds * 1000)
    client.close()
    return Repeated(query.name, size, statistics.median(asked), files[target], statistics.median(got))


# ---------------------------------------------------------------------------------------------------------- the mix


@dataclass
class Mixed:
    """What many clients at once got of an engine, over all rounds."""

    per_second: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    processor: float = 0.0
    failed: int = 0

    @property
    def processor_milliseconds(self) -> float:
        """The server's processor time for each answer."""
        return self.processor * 1000 / max(1, len(self.milliseconds))


def mix(
    queries: Sequence[StoredQuery], engines: Sequence[Engine], clients: int, seconds: float, rounds: int
) -> dict[str, Mixed]:
    """Rounds in which clients ask one engine at a time, each as fast as it is answered."""
    mixed = {engine.name: Mixed() for engine in engines}
    with ProcessPoolExecutor(clients, mp_context=multiprocessing.get_context("fork")) as pool:
        for turn in range(rounds):
            for shift in range(len(engines)):
                engine = engines[(turn + shift) % len(engines)]
                _mix_round(pool, queries, engine, clients, seconds, turn, mixed[engine.name])
    return mixed


def _mix_round(
    pool: ProcessPoolExecutor,
    queries: Sequence[StoredQuery],
    engine: Engine,
    clients: int,
    seconds: float,
    turn: int,
    mixed: Mixed,
) -> None:
    before = engine.processor_seconds()
    asking = [
        pool.submit(_client_of_mix, engine.port, engine.path, list(queries), seconds, turn * clients + number)
        for number in range(clients)
    ]
    results = [each.result() for each in asking]
    mixed.processor += engine.processor_seconds() - before
    mixed.milliseconds += [each for taken, _, _ in results for each in taken]
    mixed.failed += sum(failed for _, failed, _ in results)
    mixed.per_second.append(sum(in_time for _, _, in_time in results) / seconds)


def _client_of_mix(
    port: int, path: str, queries: list[StoredQuery], seconds: float, seed: int
) -> tuple[list[float], int, int]:
    """One client, from an address of its own: its milliseconds, how many asks failed, how many were answered in time."""
    client = Client(port, path, source=f"127.0.1.{seed % 250 + 1}")
    random = Random(seed)
    weights = [WEIGHTS[query.kind] for query in queries]
    taken, failed, in_time = [], 0, 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        query = random.choices(queries, weights)[0]
        try:
            reply = client.ask(query.once(f"{seed}-{len(taken)}-{failed}"), query.accept)
        except NoReplyError:
            failed += 1
            continue
        if reply.status == 200 and reply.whole:
            taken.append(reply.seconds * 1000)
            in_time += time.monotonic() < until
        else:
            failed += 1
            time.sleep(0.01)
    client.close()
    return taken, failed, in_time
