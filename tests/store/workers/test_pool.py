"""Whatever a query does, the worker pays for it and the next query is answered."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.media_types import N_TRIPLES, RESULTS_CSV, TURTLE
from passo_lod.store.protocol import MEBIBYTE, Accepted, Limits, Query
from passo_lod.store.workers.admission import AdmissionPolicy
from passo_lod.store.workers.pool import WorkerPool

pytestmark = pytest.mark.alone

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
async def pool(release: Path, **settings):
    workers = WorkerPool(
        release / "dump/passo.nq.gz", settings.pop("limits", LIMITS), settings.pop("size", 2), **settings
    )
    await workers.start()
    try:
        yield workers
    finally:
        await workers.stop()


async def refusal(workers, query):
    with pytest.raises(QueryRefused) as refused:
        await workers.run(query)
    return refused.value


async def until_answered(workers, patience=20.0):
    """The first answer after a loss, which may take a while; only how long it may take at most is stated."""
    last = time.monotonic() + patience
    while True:
        try:
            return await workers.run(ANYTHING)
        except QueryRefused as refused:
            if refused.reason != "unavailable" or time.monotonic() > last:
                raise


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_with_its_reason_and_the_next_query_is_answered(release, bomb):
    text, reason = BOMBS[bomb]

    async def story():
        async with pool(release, size=1) as workers:
            assert (await refusal(workers, Query(text))).reason == reason
            assert (await workers.run(ANYTHING)).body == b'{"head":{},"boolean":true}'

    asyncio.run(story())


def test_the_deadline_is_kept(release):
    async def story():
        async with pool(release) as workers:
            started = time.monotonic()
            refused = await refusal(workers, PRODUCT)
            assert "0.7 seconds" in str(refused)
            assert time.monotonic() - started < LIMITS.seconds + 2

    asyncio.run(story())


def test_the_answer_comes_in_the_first_media_type_that_fits_the_kind_of_query(release):
    accepted = Accepted((RESULTS_CSV,), (N_TRIPLES, TURTLE))

    async def story():
        async with pool(release) as workers:
            table = await workers.run(Query("SELECT (1 AS ?x) {}", accepted=accepted))
            graph = await workers.run(Query("CONSTRUCT { <x:a> <x:b> 1 } {}", accepted=accepted))
            assert (table.media_type, table.body) == (RESULTS_CSV, b"x\r\n1\r\n")
            assert graph.media_type == N_TRIPLES
            only_graphs = Query("ASK {}", accepted=Accepted((), (TURTLE,)))
            assert (await refusal(workers, only_graphs)).reason == "not-acceptable"

    asyncio.run(story())


GRAPHS = {
    "the query says nothing": ("", {}, (True, True, True)),
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
def test_a_query_is_asked_of_the_graphs_that_are_named_else_of_all(release, case):
    base = "https://data.example.org/passo/"
    clause, named, expected = GRAPHS[case]
    named = {key: tuple(each.format(base=base) for each in iris) for key, iris in named.items()}
    patterns = ("{ ?s schema:startDate ?o }", "{ ?s skos:notation ?o }", "{ GRAPH ?g { ?s skos:notation ?o } }")
    prefixes = "PREFIX schema: <https://schema.org/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "

    async def story():
        async with pool(release, size=1) as workers:
            texts = [prefixes + "ASK " + clause.format(base=base) + pattern for pattern in patterns]
            answers = [await workers.run(Query(text, **named)) for text in texts]
            assert tuple(b"true" in answer.body for answer in answers) == expected

    asyncio.run(story())


def test_a_syntax_error_is_told_with_line_and_column(release):
    async def story():
        async with pool(release) as workers:
            refused = await refusal(workers, Query("SELECT *\n{ ?s ?p"))
            assert refused.reason == "malformed"
            assert str(refused).startswith("line 2, column 8: expected")

    asyncio.run(story())


def test_no_connection_leaves_a_worker_even_past_the_guard(release):
    async def story():
        hits = 0

        async def canary(reader, writer):
            nonlocal hits
            hits += 1
            writer.close()

        listener = await asyncio.start_server(canary, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        async with listener, pool(release) as workers:
            for silent in ("", "SILENT "):
                query = Query(f"SELECT * {{ SERVICE {silent}<http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
                await asyncio.gather(workers.run(query), return_exceptions=True)
            query = Query(f"SELECT * FROM <http://127.0.0.1:{port}/> FROM <file:///etc/hostname> {{ ?s ?p ?o }}")
            assert b'"bindings":[]' in (await workers.run(query)).body
        assert hits == 0

    asyncio.run(story())


def test_a_worker_that_is_killed_is_replaced(release):
    async def story():
        async with pool(release, size=1) as workers:
            running = asyncio.create_task(workers.run(PRODUCT))
            while not (victims := await children(workers)):
                await asyncio.sleep(0.01)
            os.kill(victims[0], signal.SIGKILL)
            with pytest.raises(QueryRefused):
                await running
            assert await until_answered(workers)

    asyncio.run(story())


def test_a_zygote_that_is_killed_is_replaced_and_takes_its_workers_along(release):
    async def story():
        async with pool(release) as workers:
            before = await children(workers)
            os.kill(workers.zygote_pid, signal.SIGKILL)
            assert await until_answered(workers)
            await gone(before)

    asyncio.run(story())


def test_a_full_queue_is_told_to_come_back(release):
    async def story():
        async with pool(
            release, size=1, admission=AdmissionPolicy(light=1, queue=1, patience=0.2, moment=5)
        ) as workers:
            busy = asyncio.create_task(workers.run(PRODUCT))
            await asyncio.sleep(0)
            waiting = [asyncio.create_task(workers.run(ANYTHING)) for _ in range(3)]
            outcomes = await asyncio.gather(busy, *waiting, return_exceptions=True)
            assert [outcome.reason for outcome in outcomes] == ["timeout", "unavailable", "unavailable", "unavailable"]
            assert await until_answered(workers)

    asyncio.run(story())


def test_a_client_that_gives_up_takes_the_query_along(release):
    async def story():
        async with pool(release, size=1, limits=Limits(seconds=60)) as workers:
            running = asyncio.create_task(workers.run(PRODUCT))
            await asyncio.sleep(0.2)
            running.cancel()
            assert await until_answered(workers)

    asyncio.run(story())


def test_many_queries_at_once_are_all_answered(release):
    async def story():
        async with pool(release, admission=AdmissionPolicy(queue=200, patience=30)) as workers:
            answers = await asyncio.gather(*(workers.run(ANYTHING) for _ in range(100)))
            assert len({answer.body for answer in answers}) == 1

    asyncio.run(story())


def test_a_dump_that_cannot_be_loaded_is_named(tmp_path):
    (tmp_path / "bad.nq.gz").write_bytes(b"not gzip")

    async def story():
        with pytest.raises(ReleaseError, match=r"bad\.nq\.gz"):
            await WorkerPool(tmp_path / "bad.nq.gz").start()

    asyncio.run(story())


SERVER = """
import asyncio, sys
from pathlib import Path
from passo_lod.store.protocol import Limits, Query
from passo_lod.store.workers.pool import WorkerPool

async def story():
    workers = WorkerPool(Path(sys.argv[1]), Limits(seconds=60), 2)
    await workers.start()
    print(workers.zygote_pid, flush=True)
    await workers.run(Query(sys.argv[2]))

asyncio.run(story())
"""


def test_no_process_outlives_a_server_that_is_killed(release):
    command = [sys.executable, "-c", SERVER, str(release / "dump/passo.nq.gz"), PRODUCT.text]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        zygote = int(server.stdout.readline())
        family = [zygote, *children_of(zygote)]
        server.kill()
    asyncio.run(gone(family))


async def children(workers) -> list[int]:
    return children_of(workers.zygote_pid)


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def gone(pids, patience=10.0):
    last = time.monotonic() + patience
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < last, "a process is left over"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
