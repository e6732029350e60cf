"""Send queries to the engines in turn, so that noise of the machine affects all alike, and record the time of each."""

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
"""How often a client of the mix sends a query of each kind: mostly look-ups, as public endpoints receive them."""

_number = count()


@dataclass(frozen=True)
class ResearchQuery:
    """One of the research queries.

    Attributes:
        name: of its file.
        title: in English.
        kind: `look-up`, `list` or `aggregate`.
        text: SPARQL.
    """

    name: str
    title: str
    kind: str
    text: str

    @classmethod
    def read(cls, path: Path) -> "ResearchQuery":
        """Read a file whose first lines are `#+ title@en: …` and `#+ kind: …`."""
        text = path.read_text(encoding="utf-8")
        header = dict(line[2:].strip().split(": ", 1) for line in text.splitlines() if line.startswith("#+"))
        return cls(path.stem, header["title@en"], header["kind"], text)

    @property
    def accept(self) -> str:
        """The media type to request."""
        return answers.accept_for(self.text)

    def with_comment(self, comment: str) -> str:
        """The query with a comment that makes it different from all others, so that no cache of results can answer it."""
        return f"{self.text}\n# {comment}"


@dataclass
class Samples:
    """The times of one query on one engine.

    Attributes:
        rounds: milliseconds of each request, by round.
        fault: why the query is not measured; None if it is.
    """

    rounds: list[list[float]] = field(default_factory=list)
    fault: str | None = None

    @property
    def p50(self) -> float:
        """The median of the rounds' medians."""
        return statistics.median(statistics.median(each) for each in self.rounds)

    @property
    def p99(self) -> float:
        """The 99th percentile of all samples."""
        return percentile([each for samples in self.rounds for each in samples], 0.99)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that a share of all samples does not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


Table = dict[str, dict[str, Samples]]
"""By name of the query, then by name of the engine."""


def compare_answers(queries: Sequence[ResearchQuery], engines: Sequence[Engine]) -> Table:
    """Send each query once to each engine, and compare the answers with that of the first."""
    table: Table = {}
    clients = {engine.name: engine.client() for engine in engines}
    for query in queries:
        first = clients[engines[0].name]
        free_choice = answers.has_free_choice(query.text)
        complete = answers.without_limit(query.text) if free_choice else query.text
        expected = answers.bag(first.query(complete, query.accept))
        table[query.name] = {}
        for name, client in clients.items():
            fault = _fault(query, client, expected, free_choice)
            table[query.name][name] = Samples(fault=fault)
    for client in clients.values():
        client.close()
    return table


def _fault(query: ResearchQuery, client: Client, expected: answers.Bag, free_choice: bool) -> str | None:
    try:
        answer = answers.bag(client.query(query.with_comment("check"), query.accept))
        return answers.differences(expected, answer, free_choice=free_choice)
    except NoReplyError as error:
        return f"no answer: {error}"
    except (ValueError, KeyError, SyntaxError) as error:
        return f"no answer: {str(error)[:120]}"


def measure_one_client(
    queries: Sequence[ResearchQuery],
    engines: Sequence[Engine],
    table: Table,
    rounds: int,
    requests: int,
    seconds: float,
) -> None:
    """Measure in rounds; in each, every query is sent to every engine in turn, once or, within some seconds, several times.

    Args:
        queries: to send.
        engines: to measure; all are running.
        table: from `compare_answers`; the samples are added to it.
        rounds: number of rounds.
        requests: at most so many of one query to one engine in a round.
        seconds: after which no further request of one query is sent in a round.
    """
    clients = {engine.name: engine.client() for engine in engines}
    for turn in range(rounds):
        for query in queries:
            for shift in range(len(engines)):
                engine = engines[(turn + shift) % len(engines)]
                samples = table[query.name][engine.name]
                if not samples.fault:
                    _measure_round(query, clients[engine.name], samples, requests, seconds)
    for client in clients.values():
        client.close()


def _measure_round(query: ResearchQuery, client: Client, samples: Samples, requests: int, seconds: float) -> None:
    milliseconds: list[float] = []
    until = time.monotonic() + seconds
    while len(milliseconds) < requests and (not milliseconds or time.monotonic() < until):
        try:
            reply = client.query(query.with_comment(str(next(_number))), query.accept)
        except NoReplyError as error:
            samples.fault = f"no answer: {error}"
            return
        if reply.status != 200 or not reply.complete:
            samples.fault = f"status {reply.status}" if reply.complete else "the body is cut off"
            return
        milliseconds.append(reply.seconds * 1000)
    samples.rounds.append(milliseconds)


@dataclass(frozen=True)
class RepeatedQuery:
    """The times of a query whose answer the server has cached, and of a static file of about the same size.

    Attributes:
        query: name of the query.
        bytes: size of the answer.
        p50: median milliseconds of the query.
        file_bytes: size of the file.
        file_p50: median milliseconds of the file.
    """

    query: str
    bytes: int
    p50: float
    file_bytes: int
    file_p50: float


def measure_repeated(query: ResearchQuery, engine: Engine, files: Mapping[str, int], requests: int) -> RepeatedQuery:
    """Measure a query and the static file nearest in size, in turn.

    Args:
        query: to send again and again.
        engine: a running server.
        files: the size of each static file, by path.
        requests: number of requests of each.
    """
    client = engine.client()
    size = len(client.query(query.text, query.accept).body)
    target = min(files, key=lambda name: abs(files[name] - size))
    query_times, file_times = [], []
    for _ in range(requests):
        query_times.append(client.query(query.text, query.accept).seconds * 1000)
        file_times.append(client.get(target).seconds * 1000)
    client.close()
    return RepeatedQuery(query.name, size, statistics.median(query_times), files[target], statistics.median(file_times))


# ---------------------------------------------------------------------------------------------------------- the mix


@dataclass
class MixResult:
    """What many clients at once measured of one engine, over all rounds.

    Attributes:
        per_second: answers per second, by round.
        milliseconds: of each answer.
        processor: seconds of processor time of the server.
        failed: number of requests without a complete answer.
    """

    per_second: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    processor: float = 0.0
    failed: int = 0

    @property
    def processor_milliseconds(self) -> float:
        """The server's processor time for each answer."""
        return self.processor * 1000 / max(1, len(self.milliseconds))


def measure_mix(
    queries: Sequence[ResearchQuery], engines: Sequence[Engine], clients: int, seconds: float, rounds: int
) -> dict[str, MixResult]:
    """Measure in rounds; in each, all clients send queries to one engine after the other, each as fast as it gets answers."""
    results = {engine.name: MixResult() for engine in engines}
    with ProcessPoolExecutor(clients, mp_context=multiprocessing.get_context("fork")) as pool:
        for turn in range(rounds):
            for shift in range(len(engines)):
                engine = engines[(turn + shift) % len(engines)]
                _mix_round(pool, queries, engine, clients, seconds, turn, results[engine.name])
    return results


def _mix_round(
    pool: ProcessPoolExecutor,
    queries: Sequence[ResearchQuery],
    engine: Engine,
    clients: int,
    seconds: float,
    turn: int,
    result: MixResult,
) -> None:
    before = engine.processor_seconds()
    futures = [
        pool.submit(_client_of_mix, engine.port, engine.path, list(queries), seconds, turn * clients + number)
        for number in range(clients)
    ]
    clients_results = [each.result() for each in futures]
    result.processor += engine.processor_seconds() - before
    result.milliseconds += [each for times, _, _ in clients_results for each in times]
    result.failed += sum(failed for _, failed, _ in clients_results)
    result.per_second.append(sum(in_time for _, _, in_time in clients_results) / seconds)


def _client_of_mix(
    port: int, path: str, queries: list[ResearchQuery], seconds: float, seed: int
) -> tuple[list[float], int, int]:
    """Run one client, with an address of its own.

    Returns:
        The milliseconds of each answer, the number of failed requests, and the number of answers that came in time.
    """
    client = Client(port, path, source=f"127.0.1.{seed % 250 + 1}")
    random = Random(seed)
    weights = [WEIGHTS[query.kind] for query in queries]
    milliseconds, failed, in_time = [], 0, 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        query = random.choices(queries, weights)[0]
        try:
            reply = client.query(query.with_comment(f"{seed}-{len(milliseconds)}-{failed}"), query.accept)
        except NoReplyError:
            failed += 1
            continue
        if reply.status == 200 and reply.complete:
            milliseconds.append(reply.seconds * 1000)
            in_time += time.monotonic() < until
        else:
            failed += 1
            time.sleep(0.01)
    client.close()
    return milliseconds, failed, in_time
