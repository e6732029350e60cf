"""Every attack of the corpus against the real server: contained in time, answered with the reason, and nothing else harmed."""

import re
import time

import httpx
import pytest

from tests.hostile.conftest import DEADLINE, Canary, Watch, cheap_query
from tests.hostile.corpus import ATTACKS, Attack
from tests.processes import Server, state_of, until
from tests.serving import request

pytestmark = pytest.mark.alone

CONTAINED_WITHIN = DEADLINE + 0.5
NOISE = 1.0
"""What a machine that is busy with other things is allowed on top (the strict figure is that of `benchmarks/hostile.py`)."""

THREATS = {
    *(f"T{number}" for number in range(1, 15) if number != 8),
    *(f"T{number}" for number in range(17, 22)),
    *(f"T{number}" for number in range(31, 35)),
}
"""The rows that concern the endpoint and are a single request; T8 is in `test_connections.py`, T15 in `test_pages.py`."""


def send(server: Server, attack: Attack) -> httpx.Response:
    url = server.address + attack.path
    return request(attack.method, url, headers=attack.headers, content=attack.body, timeout=30)


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_an_attack_is_contained(fortress: Server, watch: Watch, canary: Canary, attack: Attack) -> None:
    started = time.monotonic()
    answer = send(fortress, attack.aimed(canary.url))
    took = time.monotonic() - started
    assert took <= CONTAINED_WITHIN + NOISE
    assert outcome(answer) in attack.expected or (answer.status_code, None) in attack.expected, answer.text[:500]
    check_answer(answer)
    assert fortress.alive
    assert cheap_query(fortress).status_code == 200
    assert canary.hits == 0


def outcome(answer: httpx.Response) -> tuple[int, str | None]:
    is_problem = answer.headers.get("Content-Type") == "application/problem+json"
    return answer.status_code, answer.json().get("reason") if is_problem else None


def check_answer(answer: httpx.Response) -> None:
    """A refusal says why; no answer says what the attacker would have it say."""
    if answer.status_code >= 400 and not answer.headers["Content-Type"].startswith("text/html"):
        problem = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert len(problem["detail"]) > 10
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Injected" not in answer.headers
    assert "evil" not in str(answer.headers) + answer.text
    assert not re.search(r"Traceback|File \"|root:x:0", answer.text)


def test_the_siege_has_cost_no_more_memory_than_was_granted(watch: Watch) -> None:
    until(lambda: watch.looks, 5, "a look at the memory")
    print(f"peak {watch.peak >> 20} MiB of {watch.budget >> 20} MiB; before {watch.before >> 20} MiB")
    assert 0 < watch.peak <= watch.budget


def test_the_siege_leaves_no_dead_process_behind(fortress: Server) -> None:
    until(lambda: all(state_of(pid) != "Z" for pid in fortress.descendants), 5, "the dead are buried")
    assert len(fortress.workers) <= 4


def test_the_siege_leaves_no_long_log_and_no_line_of_the_attacker(fortress: Server) -> None:
    log = fortress.log.read_text(errors="replace")
    assert len(log) < 20_000
    assert not re.search(r"Traceback|SERVICE|xxxx|X-Injected", log)


def test_the_corpus_has_every_threat_and_more_than_forty_attacks() -> None:
    assert {attack.threat for attack in ATTACKS} == THREATS
    assert len({str(attack) for attack in ATTACKS}) == len(ATTACKS) > 40
