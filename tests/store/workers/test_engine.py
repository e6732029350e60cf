"""A query that costs too much is refused with its reason, its worker is replaced, and the next query is answered."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.media_types import N_TRIPLES, RESULTS_CSV, TURTLE
from passo_lod.store.protocol import MEBIBYTE, Accepted, Limits, Query
from passo_lod.store.workers import worker_process
from passo_lod.store.workers.admission import AdmissionPolicy
from passo_lod.store.workers.engine import WorkerEngine
from passo_lod.store.workers.worker_process import ForkServers
from tests.processes import processor_ticks, proportional_set_size

pytestmark = pytest.mark.exclusive

ANYTHING = Query("ASK { ?s ?p ?o }")
PRODUCT = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
LIMITS = Limits(seconds=0.7, memory=128 * MEBIBYTE, result=MEBIBYTE)

BOMBS = {
    "a product of patterns": (PRODUCT.text, "timeout"),
    "a closure of paths": ("SELECT (COUNT(*) AS ?n) { ?a (!<x:y>)* ?b . ?c (!<x:z>)* ?d }", "timeout"),
    "a product that is sorted": ("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c", "memory"),
    "a text that doubles": (
        'SELECT ?n { BIND("0123456789abcdef" AS ?x0) '
        + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(28))
        + " BIND(STRLEN(?x28) AS ?n) }",
        "memory",
    ),
    "a tower of negations": ("SELECT * { ?s ?p ?o FILTER(" + "!" * 20000 + "?s) }", "too-complex"),
    "a flood of rows": ("SELECT * { ?a ?b ?c . ?d ?e ?f }", "result-too-large"),
}


@asynccontextmanager
async def running_engine(release: Path, **settings):
    engine = WorkerEngine(
        release / "dump/passo.nq.gz", settings.pop("limits", LIMITS), settings.pop("size", 2), **settings
    )
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def refusal(engine, query):
    with pytest.raises(QueryRefused) as refused:
        await engine.run(query)
    return refused.value


async def until_answered(engine, timeout=20.0):
    """The first answer after the loss of a process, within some seconds."""
    last = time.monotonic() + timeout
    while True:
        try:
            return await engine.run(ANYTHING)
        except QueryRefused as refused:
            if refused.reason != "unavailable" or time.monotonic() > last:
                raise


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_with_its_reason_and_the_next_query_is_answered(release, bomb):
    text, reason = BOMBS[bomb]
    # On a busy machine a query takes longer until it exceeds its memory than until the short deadline.
    limits = LIMITS if reason == "timeout" else replace(LIMITS, seconds=20.0)

    async def story():
        async with running_engine(release, size=1, limits=limits) as engine:
            assert (await refusal(engine, Query(text))).reason == reason
            assert (await engine.run(ANYTHING)).body == b'{"head":{},"boolean":true}'

    asyncio.run(story())


def test_a_query_is_stopped_at_its_deadline(release):
    async def story():
        async with running_engine(release) as engine:
            started = time.monotonic()
            refused = await refusal(engine, PRODUCT)
            assert "0.7 seconds" in str(refused)
            assert time.monotonic() - started < LIMITS.seconds + 2

    asyncio.run(story())


def test_the_result_has_the_first_accepted_media_type_for_its_form(release):
    accepted = Accepted((RESULTS_CSV,), (N_TRIPLES, TURTLE))

    async def story():
        async with running_engine(release) as engine:
            table = await engine.run(Query("SELECT (1 AS ?x) {}", accepted=accepted))
            graph = await engine.run(Query("CONSTRUCT { <x:a> <x:b> 1 } {}", accepted=accepted))
            assert (table.media_type, table.body) == (RESULTS_CSV, b"x\r\n1\r\n")
            assert graph.media_type == N_TRIPLES
            only_graphs = Query("ASK {}", accepted=Accepted((), (TURTLE,)))
            assert (await refusal(engine, only_graphs)).reason == "not-acceptable"

    asyncio.run(story())


GRAPHS = {
    "no graph is named": ("", {}, (True, True, True)),
    "FROM": ("FROM <{base}dataset/places>", {}, (False, True, False)),
    "FROM NAMED": ("FROM NAMED <{base}dataset/places>", {}, (False, False, True)),
    "a graph that is not there": ("FROM <x:nothing>", {}, (False, False, False)),
    "default-graph-uri": ("", {"default_graphs": ("{base}dataset/places",)}, (False, True, False)),
    "named-graph-uri": ("", {"named_graphs": ("{base}dataset/places",)}, (False, False, True)),
    "both, the protocol wins": (
        "FROM <{base}dataset/invented>",
        {"default_graphs": ("{base}dataset/places",)},
        (False, True, False),
    ),
}


@pytest.mark.parametrize("case", GRAPHS)
def test_the_dataset_has_the_named_graphs_or_else_all_graphs(release, case):
    base = "https://data.example.org/passo/"
    clause, named, expected = GRAPHS[case]
    named = {key: tuple(each.format(base=base) for each in iris) for key, iris in named.items()}
    patterns = ("{ ?s schema:startDate ?o }", "{ ?s skos:notation ?o }", "{ GRAPH ?g { ?s skos:notation ?o } }")
    prefixes = "PREFIX schema: <https://schema.org/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "

    async def story():
        async with running_engine(release, size=1) as engine:
            texts = [prefixes + "ASK " + clause.format(base=base) + pattern for pattern in patterns]
            answers = [await engine.run(Query(text, **named)) for text in texts]
            assert tuple(b"true" in answer.body for answer in answers) == expected

    asyncio.run(story())


def test_the_message_of_a_syntax_error_has_line_and_column(release):
    async def story():
        async with running_engine(release) as engine:
            refused = await refusal(engine, Query("SELECT *\n{ ?s ?p"))
            assert refused.reason == "malformed"
            assert str(refused).startswith("line 2, column 8: expected")

    asyncio.run(story())


def test_a_worker_opens_no_connection_even_without_the_query_checks(release):
    async def story():
        hits = 0

        async def canary(reader, writer):
            nonlocal hits
            hits += 1
            writer.close()

        listener = await asyncio.start_server(canary, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        async with listener, running_engine(release) as engine:
            for silent in ("", "SILENT "):
                query = Query(f"SELECT * {{ SERVICE {silent}<http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
                await asyncio.gather(engine.run(query), return_exceptions=True)
            query = Query(f"SELECT * FROM <http://127.0.0.1:{port}/> FROM <file:///etc/hostname> {{ ?s ?p ?o }}")
            assert b'"bindings":[]' in (await engine.run(query)).body
        assert hits == 0

    asyncio.run(story())


def test_a_worker_that_is_killed_is_replaced(release):
    async def story():
        async with running_engine(release, size=1) as engine:
            running = asyncio.create_task(engine.run(PRODUCT))
            while not (victims := await children(engine)):
                await asyncio.sleep(0.01)
            os.kill(victims[0], signal.SIGKILL)
            with pytest.raises(QueryRefused):
                await running
            assert await until_answered(engine)

    asyncio.run(story())


def test_a_fork_server_that_is_killed_is_replaced_and_its_workers_end(release):
    async def story():
        async with running_engine(release) as engine:
            before = await children(engine)
            os.kill(engine.fork_server_pid, signal.SIGKILL)
            assert await until_answered(engine)
            await gone(before)

    asyncio.run(story())


@pytest.mark.parametrize("victim", ["worker", "fork server"])
def test_a_short_query_that_loses_its_process_is_run_once_more(release, victim):
    async def story():
        admission = AdmissionPolicy(fast_seconds=30, slice_seconds=30)
        async with running_engine(release, size=1, limits=Limits(seconds=30), admission=admission) as engine:
            await engine.run(ANYTHING)  # so that the worker has told the kernel to kill it with its parent
            (worker,) = await children(engine)
            os.kill(worker, signal.SIGSTOP)
            running = asyncio.create_task(engine.run(ANYTHING))
            await asyncio.sleep(0.2)
            assert not running.done()
            os.kill(worker if victim == "worker" else engine.fork_server_pid, signal.SIGKILL)
            assert b"true" in (await asyncio.wait_for(running, 10)).body

    asyncio.run(story())


def test_a_fork_server_that_stalls_is_replaced_and_its_late_replies_are_not_read(release, monkeypatch, caplog):
    """As after a pause of a virtual machine: the process continues when the server no longer waits for it."""
    monkeypatch.setattr(worker_process, "_REPLY_SECONDS", 0.5)

    async def story():
        async with running_engine(release, size=2) as engine:
            stalled = engine.fork_server_pid
            os.kill(stalled, signal.SIGSTOP)
            for _ in range(2):
                assert (await refusal(engine, PRODUCT)).reason in ("timeout", "unavailable")
            await asyncio.sleep(1)
            with contextlib.suppress(ProcessLookupError):
                os.kill(stalled, signal.SIGCONT)
            assert await until_answered(engine)
            assert engine.fork_server_pid != stalled
            answers = await asyncio.gather(*(engine.run(ANYTHING) for _ in range(50)))
            assert len({answer.body for answer in answers}) == 1
            await gone([stalled])

    asyncio.run(story())
    assert "is killed and replaced: it has not replied within 0.5 seconds" in caplog.text


def test_a_query_that_waits_for_the_slow_queue_holds_no_worker(release):
    async def story():
        admission = AdmissionPolicy(slow=1, fast_seconds=0.05, slice_seconds=0.05, wait_seconds=8)
        limits = Limits(seconds=1.0)
        async with running_engine(release, size=1, limits=limits, admission=admission) as engine:
            bombs = [
                asyncio.create_task(engine.run(Query(f"{PRODUCT.text} #{client}", client=client))) for client in "abc"
            ]
            while engine.load["waitingLong"] < 2:
                await asyncio.sleep(0.02)
            await engine.run(ANYTHING)
            assert engine.load["workers"] <= 2
            outcomes = await asyncio.gather(*bombs, return_exceptions=True)
            assert [outcome.reason for outcome in outcomes] == ["timeout"] * 3
            assert all(outcome.seconds >= 1.0 for outcome in outcomes)

    asyncio.run(story())


def test_a_query_yields_its_worker_to_one_of_a_client_whose_queries_cost_less(release):
    async def story():
        admission = AdmissionPolicy(fast_seconds=30, slice_seconds=0.05)
        async with running_engine(release, size=1, limits=Limits(seconds=30), admission=admission) as engine:
            costly = asyncio.create_task(engine.run(replace(PRODUCT, priority=1.0)))
            await asyncio.sleep(0.1)
            assert await asyncio.wait_for(engine.run(ANYTHING), 5)
            assert not costly.done()
            costly.cancel()

    asyncio.run(story())


def test_queries_are_refused_as_unavailable_while_the_queue_is_full(release):
    async def story():
        async with running_engine(
            release,
            size=1,
            admission=AdmissionPolicy(fast=1, max_waiting=1, wait_seconds=0.2, fast_seconds=5, slice_seconds=5),
        ) as engine:
            busy = asyncio.create_task(engine.run(PRODUCT))
            await asyncio.sleep(0)
            waiting = [asyncio.create_task(engine.run(ANYTHING)) for _ in range(3)]
            outcomes = await asyncio.gather(busy, *waiting, return_exceptions=True)
            assert [outcome.reason for outcome in outcomes] == ["timeout", "unavailable", "unavailable", "unavailable"]
            assert await until_answered(engine)

    asyncio.run(story())


def test_a_query_ends_when_its_caller_is_cancelled(release):
    async def story():
        async with running_engine(release, size=1, limits=Limits(seconds=60)) as engine:
            running = asyncio.create_task(engine.run(PRODUCT))
            await asyncio.sleep(0.2)
            running.cancel()
            assert await until_answered(engine)

    asyncio.run(story())


def test_many_queries_at_once_are_all_answered(release):
    async def story():
        async with running_engine(release, admission=AdmissionPolicy(max_waiting=200, wait_seconds=30)) as engine:
            answers = await asyncio.gather(*(engine.run(ANYTHING) for _ in range(100)))
            assert len({answer.body for answer in answers}) == 1

    asyncio.run(story())


def test_the_message_names_a_dump_that_cannot_be_loaded(tmp_path):
    (tmp_path / "bad.nq.gz").write_bytes(b"not gzip")

    async def story():
        with pytest.raises(ReleaseError, match=r"bad\.nq\.gz"):
            await WorkerEngine(tmp_path / "bad.nq.gz").start()

    asyncio.run(story())


def failing_interpreter(folder, commands):
    """A program that takes the place of Python and fails in a certain way."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{commands}\n")
    program.chmod(0o755)
    return str(program)


FAILED_STARTS = {
    "it is killed": ("kill -9 $$", r"was killed by SIGKILL before it was ready; the system may have run out of memory"),
    "it crashes": ("kill -SEGV $$", r"was killed by SIGSEGV before it was ready"),
    "it ends with an error": (
        "echo Traceback >&2; echo 'ImportError: no module' >&2; exit 3",
        r"ended with exit status 3 \(ImportError: no module\) before it was ready; check the installation",
    ),
    "it ends without a word": ("exit 0", r"ended with exit status 0 before it was ready; check the installation"),
}


@pytest.mark.parametrize("case", FAILED_STARTS)
def test_the_message_says_how_a_fork_server_failed_to_start(release, tmp_path, monkeypatch, case):
    commands, message = FAILED_STARTS[case]
    monkeypatch.setattr(sys, "executable", failing_interpreter(tmp_path, commands))

    async def story():
        with pytest.raises(ReleaseError, match=r"passo\.nq\.gz: the process that loads the release " + message):
            await WorkerEngine(release / "dump/passo.nq.gz").start()

    asyncio.run(story())


def test_the_message_says_that_no_fork_server_can_be_started(release, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))

    async def story():
        with pytest.raises(ReleaseError, match=r"cannot be started \(.*missing.*\); check the limits"):
            await WorkerEngine(release / "dump/passo.nq.gz").start()

    asyncio.run(story())


def test_a_fork_server_that_is_killed_while_it_loads_is_reported(tmp_path):
    os.mkfifo(tmp_path / "never.nq")  # the fork server waits until somebody writes

    async def story():
        starting = asyncio.create_task(WorkerEngine(tmp_path / "never.nq").start())
        while not (found := [pid for pid in children_of(os.getpid()) if b"fork_server" in command_of(pid)]):
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
        os.kill(found[0], signal.SIGKILL)
        with pytest.raises(ReleaseError, match=r"never\.nq: .* was killed by SIGKILL"):
            await starting

    asyncio.run(story())


def test_a_fork_server_that_loads_too_long_is_reported(tmp_path):
    os.mkfifo(tmp_path / "never.nq")

    async def story():
        with pytest.raises(ReleaseError, match=r"not loaded after 0\.2 seconds"):
            await ForkServers().start(tmp_path / "never.nq", timeout=0.2)

    asyncio.run(story())


def test_a_failed_restart_is_logged_once_and_repeated_until_it_succeeds(release, tmp_path, monkeypatch, caplog):
    async def story():
        async with running_engine(release, size=1) as engine:
            monkeypatch.setattr(sys, "executable", failing_interpreter(tmp_path, "exit 3"))
            os.kill(engine.fork_server_pid, signal.SIGKILL)
            while not caplog.records:
                await asyncio.sleep(0.05)
            await asyncio.sleep(1.5)
            monkeypatch.undo()
            assert await until_answered(engine)

    asyncio.run(story())
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "no query can be answered now; retrying each second"
    ]


@asynccontextmanager
async def fork_servers_with_spare():
    """A starter of fork servers that keeps a spare one, and a function that returns the ids of their processes."""
    before = set(children_of(os.getpid()))
    fork_servers = ForkServers(keeps_spare=True)
    try:
        yield fork_servers, lambda: set(children_of(os.getpid())) - before
    finally:
        await fork_servers.stop()


def test_a_fork_server_that_is_killed_is_replaced_by_one_that_runs_already(release, monkeypatch):
    monkeypatch.setattr(worker_process, "_SPARE_AFTER", 0.0)

    async def story():
        async with fork_servers_with_spare() as (fork_servers, processes):
            async with running_engine(release, fork_servers=fork_servers) as engine:
                first = engine.fork_server_pid
                (spare,) = await until_there_are(2, processes) - {first}
                os.kill(first, signal.SIGKILL)
                assert await until_answered(engine)
                assert engine.fork_server_pid == spare
                assert await until_there_are(2, processes) > {spare}
            await until_there_are(1, processes)
        assert not processes()

    asyncio.run(story())


def test_a_spare_fork_server_that_was_killed_is_not_used(release, monkeypatch):
    monkeypatch.setattr(worker_process, "_SPARE_AFTER", 0.0)

    async def story():
        async with (
            fork_servers_with_spare() as (fork_servers, processes),
            running_engine(release, fork_servers=fork_servers) as engine,
        ):
            (spare,) = await until_there_are(2, processes) - {engine.fork_server_pid}
            os.kill(spare, signal.SIGKILL)
            await gone([spare])
            async with running_engine(release, fork_servers=fork_servers) as other:
                assert other.fork_server_pid != spare
                assert b"true" in (await other.run(ANYTHING)).body

    asyncio.run(story())


def test_a_spare_fork_server_uses_little_memory_and_processor_time(release, monkeypatch):
    monkeypatch.setattr(worker_process, "_SPARE_AFTER", 0.0)

    async def story():
        async with (
            fork_servers_with_spare() as (fork_servers, processes),
            running_engine(release, fork_servers=fork_servers) as engine,
        ):
            (spare,) = await until_there_are(2, processes) - {engine.fork_server_pid}
            await asyncio.sleep(2)
            used = processor_ticks(spare)
            await asyncio.sleep(1)
            assert processor_ticks(spare) == used
            assert proportional_set_size(spare) < 30 * MEBIBYTE
            assert children_of(spare) == []

    asyncio.run(story())


async def until_there_are(number, processes):
    """The process ids, when there are as many of them."""
    async with asyncio.timeout(20):
        while len(found := processes()) != number:
            await asyncio.sleep(0.02)
    return found


BESIDE_BOMBS = Limits(seconds=2.0, memory=128 * MEBIBYTE)
WITH_SLOW_QUEUE = AdmissionPolicy()
WITHOUT_SLOW_QUEUE = AdmissionPolicy(fast_seconds=3600, slice_seconds=3600)


async def cheap_queries_beside_bombs(release, admission, seconds):
    """Run two bombs of one client at all times; how long each cheap query of another client took, and how many were refused."""
    waits, refusals = [], 0
    async with running_engine(release, limits=BESIDE_BOMBS, admission=admission) as engine:
        bombs = [asyncio.create_task(run_for_ever(engine, number)) for number in range(2)]
        await asyncio.sleep(0.5)
        ends = time.monotonic() + seconds
        while (started := time.monotonic()) < ends:
            try:
                await engine.run(ANYTHING)
                waits.append(time.monotonic() - started)
            except QueryRefused:
                refusals += 1
            await asyncio.sleep(0.02)
        for each in bombs:
            each.cancel()
        await asyncio.gather(*bombs, return_exceptions=True)
    return sorted(waits), refusals


async def run_for_ever(engine, number):
    while True:
        with contextlib.suppress(QueryRefused):
            await engine.run(Query(PRODUCT.text + f" #{number}", client="bomber", priority=1.0))


def test_cheap_queries_do_not_wait_for_costly_ones_and_would_without_the_slow_queue(release):
    """`pytest -s` prints the figures of docs/decisions/0027-fast-and-slow-queues.md."""
    figures = {}
    for name, admission in {"with": WITH_SLOW_QUEUE, "without": WITHOUT_SLOW_QUEUE}.items():
        waits, refusals = asyncio.run(cheap_queries_beside_bombs(release, admission, seconds=6))
        figures[name] = waits[len(waits) // 2]
        print(
            f"{name} slow queue: {len(waits)} cheap queries answered in 6 s, {refusals} refused; "
            f"median {figures[name] * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms"
        )
    assert figures["with"] < 0.1
    assert figures["without"] > 10 * figures["with"]


SERVER = """
import asyncio, os, sys
from pathlib import Path
from passo_lod.store.protocol import Limits, Query
from passo_lod.store.workers.engine import WorkerEngine
from passo_lod.store.workers.worker_process import ForkServers
from tests.processes import children

async def story():
    engine = WorkerEngine(Path(sys.argv[1]), Limits(seconds=60), 2, fork_servers=ForkServers(keeps_spare=True))
    await engine.start()
    while len(fork_servers := children(os.getpid())) < 2:
        await asyncio.sleep(0.05)
    print(*fork_servers, flush=True)
    await engine.run(Query(sys.argv[2]))

asyncio.run(story())
"""


def test_all_processes_end_when_the_server_is_killed(release):
    command = [sys.executable, "-c", SERVER, str(release / "dump/passo.nq.gz"), PRODUCT.text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        fork_servers = [int(pid) for pid in server.stdout.readline().split()]
        family = fork_servers + [worker for each in fork_servers for worker in children_of(each)]
        assert len(family) == 4, "a fork server with two workers, and a spare one"
        server.kill()
    asyncio.run(gone(family))


async def children(engine) -> list[int]:
    return children_of(engine.fork_server_pid)


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


async def gone(pids, timeout=10.0):
    last = time.monotonic() + timeout
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < last, "a process is left over"
        await asyncio.sleep(0.02)


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
