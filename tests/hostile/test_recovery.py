"""The server recovers under load from the death of a worker and of the fork server, and follows changes of `current`."""

import json
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.hostile.conftest import cheap_query
from tests.processes import Server, processor_ticks, running, state_of, until
from tests.serving import get, post
from tests.store.conftest import write_release

pytestmark = pytest.mark.exclusive

BACK_WITHIN = 3.0
NOISE = 2.0
DOCUMENT = "/doc/process/xx-0001"
LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } #"
HONEST = {200, 503}


@pytest.fixture(scope="module")
def server(release_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose queries may take long enough to be interrupted."""
    options = ("--releases", str(release_folder), "--deadline", "4", "--workers", "2", "--client-seconds", "0")
    with running(tmp_path_factory.mktemp("recovery"), *options) as server:
        yield server


@contextmanager
def load(*requests: Callable[[], httpx.Response]) -> Iterator[list[httpx.Response]]:
    """Send each request again and again, in a thread each; yields the responses, with status 599 for those that failed."""
    ended, answers = threading.Event(), list[httpx.Response]()

    def repeat(send: Callable[[], httpx.Response]) -> None:
        while not ended.is_set():
            try:
                answers.append(send())
            except httpx.HTTPError:
                answers.append(httpx.Response(599))
            time.sleep(0.005)

    with ThreadPoolExecutor(len(requests)) as pool:
        running = [pool.submit(repeat, send) for send in requests]
        try:
            yield answers
        finally:
            ended.set()
    for each in running:
        each.result()


def document(server: Server) -> httpx.Response:
    return get(server.address + DOCUMENT, timeout=20)


def start_long(server: Server, pool: ThreadPoolExecutor, number: int) -> "Future[httpx.Response]":
    """A query that runs to its deadline."""
    return pool.submit(get, server.endpoint, params={"query": f"{LONG}{number} {time.monotonic_ns()}"}, timeout=30)


def busiest(server: Server) -> int:
    """The worker that uses most processor time."""
    before = {pid: processor_ticks(pid) for pid in server.workers}
    time.sleep(0.3)
    return max(before, key=lambda pid: processor_ticks(pid) - before[pid])


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def test_killing_a_worker_fails_only_its_own_query(server: Server) -> None:
    with ThreadPoolExecutor(2) as pool, load(lambda: document(server), lambda: cheap_query(server)) as others:
        first = start_long(server, pool, 1)
        time.sleep(0.6)
        victim = busiest(server)
        second = start_long(server, pool, 2)
        time.sleep(0.6)
        os.kill(victim, signal.SIGKILL)
        killed = time.monotonic()
        answer = first.result()
        refused_after = time.monotonic() - killed
        assert cheap_query(server).status_code == 200
        back_after = time.monotonic() - killed
        other = second.result()
    print(f"refused after {refused_after:.2f} s, back after {back_after:.2f} s; others {dict(statuses(others))}")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    assert refused_after <= 1.0
    assert back_after <= BACK_WITHIN
    assert (other.status_code, other.json()["reason"]) == (422, "timeout")
    assert statuses(others).keys() == {200}
    assert len(others) > 20


def test_the_fork_server_is_replaced_when_it_is_killed(server: Server) -> None:
    before = server.fork_server
    assert before
    processes = [before, *server.workers]
    answers: list[httpx.Response]
    documents: list[httpx.Response]
    with (
        ThreadPoolExecutor(1) as pool,
        load(lambda: document(server)) as documents,
        load(lambda: cheap_query(server)) as answers,
    ):
        bomb = start_long(server, pool, 3)
        time.sleep(0.6)
        os.kill(before, signal.SIGKILL)
        killed = time.monotonic()
        until(
            lambda: cheap_query(server).status_code == 200 and server.fork_server not in (None, before),
            BACK_WITHIN + NOISE,
            "queries",
        )
        back_after = time.monotonic() - killed
        lost = bomb.result()
        time.sleep(0.5)
    print(f"back after {back_after:.2f} s; documents {dict(statuses(documents))}, queries {dict(statuses(answers))}")
    assert statuses(documents).keys() == {200}
    assert statuses(answers).keys() <= HONEST
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers if answer.status_code == 503)
    assert lost.status_code == 503
    assert server.alive
    until(lambda: not [pid for pid in processes if state_of(pid)], 5, "the old processes are reaped")


def test_no_process_is_left_when_a_server_with_running_queries_is_stopped(release_folder: Path, tmp_path: Path) -> None:
    options = ("--releases", str(release_folder), "--deadline", "30", "--workers", "2", "--client-seconds", "0")
    with ThreadPoolExecutor(3) as pool:
        with running(tmp_path, *options) as server:
            bombs = [start_long(server, pool, number) for number in range(2)]
            time.sleep(1)
            processes = server.descendants
            assert len(processes) >= 3
        until(lambda: not [pid for pid in processes if state_of(pid)], 5, "all processes have ended")
        assert all(each.exception(10) or each.result().status_code >= 400 for each in bombs)


# ---------------------------------------------------------------------------------------------------------- the swap

SWAPS = 20
RELEASES = ("2026-11-22T101500Z-aaaaaa", "2026-11-22T111500Z-bbbbbb")
MARKED_DATA = """
<https://data.example.org/passo/dataset/invented> {{
  <https://data.example.org/passo/id/process/xx-0001> a passo:ParticipatoryProcess ;
    dct:identifier "xx-0001" ; dct:title "titolo {0}"@it ; passo:objectives "obiettivi {0}"@it ;
    foaf:isPrimaryTopicOf <https://data.example.org/passo/doc/process/xx-0001> .
  <https://data.example.org/passo/doc/process/xx-0001> a passo:ObservatoryRecord ; dct:description "scheda {0}"@it ;
    foaf:primaryTopic <https://data.example.org/passo/id/process/xx-0001> .
}}
<https://data.example.org/passo/dataset/places> {{
  <https://data.example.org/passo/id/place/istat-99> a dct:Location ; skos:prefLabel "luogo {0}"@it .
}}
"""
"""Data in which every literal names its release."""

PARTS = {
    "query": "SELECT ?a ?b ?c { ?p dct:title ?a ; passo:objectives ?b . ?l skos:prefLabel ?c }",
    "graph": "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(REGEX(STR(?o), '^(titolo|obiettivi|scheda|luogo) ')) }",
}
PREFIXES = """
PREFIX dct: <http://purl.org/dc/terms/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX passo: <https://w3id.org/passo/onto/>
"""


@pytest.fixture
def two_releases(tmp_path: Path) -> Path:
    """Two releases that differ in every value, and `current`."""
    for name in RELEASES:
        write_release(tmp_path / name, name, MARKED_DATA.format(name))
    swap(tmp_path, RELEASES[0])
    return tmp_path


def swap(folder: Path, name: str) -> None:
    """Point `current` at another release, as the publisher does."""
    new = folder / ".current"
    new.symlink_to(name)
    new.replace(folder / "current")


def served_release(server: Server) -> str:
    return str(get(f"{server.address}/readyz").json()["release"])


def releases_in(answer: httpx.Response) -> set[str]:
    """The releases that the literals of a response name."""
    return set(re.findall("|".join(RELEASES), answer.text))


def test_no_response_fails_or_mixes_releases_while_current_changes_twenty_times(
    two_releases: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    options = ("--releases", str(two_releases), "--deadline", "1", "--workers", "2", "--client-seconds", "0")
    with running(tmp_path_factory.mktemp("swaps"), *options) as server:

        def send_query(kind: str) -> Callable[[], httpx.Response]:
            return lambda: post(
                server.endpoint,
                content=f"{PREFIXES}{PARTS[kind]} #{time.monotonic_ns()}",
                headers={"Content-Type": "application/sparql-query"},
                timeout=20,
            )

        def read(path: str) -> Callable[[], httpx.Response]:
            return lambda: get(server.address + path, timeout=20)

        requests = (send_query("query"), send_query("graph"), read(DOCUMENT + ".ttl"), read(DOCUMENT + ".html"))
        with load(*requests) as answers:
            for number in range(1, SWAPS + 1):
                wanted = RELEASES[number % 2]
                swap(two_releases, wanted)
                until(lambda wanted=wanted: served_release(server) == wanted, 15, "the server follows current")  # type: ignore[misc]
    seen = Counter(frozenset(releases_in(answer)) for answer in answers)
    print(
        f"{len(answers)} answers {dict(statuses(answers))}, of {json.dumps([[sorted(k), n] for k, n in seen.items()])}"
    )
    assert statuses(answers).keys() == {200}
    assert seen.keys() == {frozenset({name}) for name in RELEASES}
    assert min(seen.values()) > 50
    assert all(len(re.findall("|".join(RELEASES), answer.text)) >= 3 for answer in answers)
