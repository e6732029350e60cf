"""Every attack of the corpus is stopped in time and answered with its reason, and the server goes on."""

import re
import time

import httpx
import pytest

from tests.hostile.conftest import DEADLINE, Canary, MemoryMonitor, cheap_query
from tests.hostile.corpus import ATTACKS, Attack
from tests.processes import Server, state_of, until
from tests.serving import request

pytestmark = pytest.mark.exclusive

CONTAINED_WITHIN = DEADLINE + 0.5
NOISE = 1.0
"""Extra seconds for a busy machine; `benchmarks/hostile.py` has the strict figure."""

THREATS = {
    *(f"T{number}" for number in range(1, 15) if number != 8),
    *(f"T{number}" for number in range(17, 22)),
    *(f"T{number}" for number in range(31, 35)),
}
"""The threats that consist of a single request to the endpoint; `test_connections.py` has T8, `test_pages.py` T15."""


def send(server: Server, attack: Attack) -> httpx.Response:
    url = server.address + attack.path
    return request(attack.method, url, headers=attack.headers, content=attack.body, timeout=30)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_attack_is_contained(
    attacked_server: Server, memory_monitor: MemoryMonitor, canary: Canary, attack: Attack
) -> None:
    started = time.monotonic()
    answer = send(attacked_server, attack.aimed_at(canary.url))
    took = time.monotonic() - started
    assert took <= CONTAINED_WITHIN + NOISE
    assert outcome(answer) in attack.expected or (answer.status_code, None) in attack.expected, answer.text[:500]
    check_answer(answer)
    assert attacked_server.alive
    assert cheap_query(attacked_server).status_code == 200
    assert canary.hits == 0


def outcome(answer: httpx.Response) -> tuple[int, str | None]:
    is_problem = answer.headers.get("Content-Type") == "application/problem+json"
    return answer.status_code, answer.json().get("reason") if is_problem else None


def check_answer(answer: httpx.Response) -> None:
    """An error has a problem document; no response contains text that the attacker injects."""
    if answer.status_code >= 400 and not answer.headers["Content-Type"].startswith("text/html"):
        problem = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert len(problem["detail"]) > 10
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Injected" not in answer.headers
    assert "evil" not in str(answer.headers) + answer.text
    assert not re.search(r"Traceback|File \"|root:x:0", answer.text)


def test_the_attacks_use_no_more_memory_than_the_limits_allow(memory_monitor: MemoryMonitor) -> None:
    until(lambda: memory_monitor.samples, 5, "a memory sample")
    print(
        f"peak {memory_monitor.peak >> 20} MiB of {memory_monitor.budget >> 20} MiB; before {memory_monitor.before >> 20} MiB"
    )
    assert 0 < memory_monitor.peak <= memory_monitor.budget


def test_the_attacks_leave_no_zombie_processes(attacked_server: Server) -> None:
    until(lambda: all(state_of(pid) != "Z" for pid in attacked_server.descendants), 5, "zombies are reaped")
    assert len(attacked_server.workers) <= 4


def test_the_log_stays_short_and_contains_no_text_of_the_attacker(attacked_server: Server) -> None:
    log = attacked_server.log.read_text(errors="replace")
    assert len(log) < 20_000
    assert not re.search(r"Traceback|SERVICE|xxxx|X-Injected", log)


def test_the_corpus_has_every_threat_and_more_than_forty_attacks() -> None:
    assert {attack.threat for attack in ATTACKS} == THREATS
    assert len({str(attack) for attack in ATTACKS}) == len(ATTACKS) > 40
