"""Send each engine queries that no engine can answer in time, and record how it copes with them."""

import json
import time
from dataclasses import dataclass

from benchmarks.sparql.client import NoReplyError, Reply
from benchmarks.sparql.engines import Engine

_JSON = "application/sparql-results+json"
_TWENTY_VALUES = "VALUES ?v{n} {{ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 }}"
_DOUBLINGS = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))

HOSTILE = {
    "a product of three patterns": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a product of eight lists": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(_TWENTY_VALUES.format(n=n) for n in range(8))
    + " }",
    "two closures of paths": "SELECT (COUNT(*) AS ?n) { ?a (!<x:y>)* ?b . ?c (!<x:z>)* ?d }",
    "a list of 400 for the planner": "SELECT * { ?s ?p (" + " 1" * 400 + " ) }",
    "5,000 nested braces": "SELECT * " + "{" * 5000 + " ?s ?p ?o " + "}" * 5000,
    "a text that doubles thirty times": f'SELECT (STRLEN(?x30) AS ?n) {{ BIND("0123456789abcdef" AS ?x0) {_DOUBLINGS} }}',
    "a product that is sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "a flood of rows": "SELECT * { ?a ?b ?c . ?d ?e ?f }",
}


@dataclass(frozen=True)
class HostileOutcome:
    """How a server coped with one hostile query.

    Attributes:
        answer: `refused` with the status, `answered`, `200, broken`, `no answer` or `connection lost`.
        seconds: until the answer.
        busy: whether the server still used the processor afterwards.
        crashed: whether its process ended.
        answers_after: whether it answered a cheap query afterwards.
    """

    answer: str
    seconds: float
    busy: bool
    crashed: bool
    answers_after: bool

    @property
    def survived(self) -> bool:
        """Whether the server answered, stopped working on the query, and still answers others."""
        has_answer = self.answer.startswith(("refused", "answered"))
        return has_answer and not (self.busy or self.crashed) and self.answers_after


def attack(engine: Engine, timeout: float) -> dict[str, HostileOutcome]:
    """Send each hostile query; a server that does not survive one is started again for the next."""
    outcomes = {}
    for name, query in HOSTILE.items():
        if not engine.running:
            engine.start()
        outcomes[name] = _attack(engine, query, timeout)
        if not outcomes[name].survived:
            engine.stop()
    engine.stop()
    return outcomes


def _attack(engine: Engine, query: str, timeout: float) -> HostileOutcome:
    client = engine.client(timeout=timeout)
    started = time.monotonic()
    try:
        reply = client.post(query, _JSON)
        answer, seconds = _describe(reply), reply.seconds
    except NoReplyError as error:
        answer, seconds = "no answer" if error.late else "connection lost", time.monotonic() - started
    client.close()
    time.sleep(0.5)
    return HostileOutcome(answer, seconds, _is_busy(engine), not engine.running, engine.answers())


def _describe(reply: Reply) -> str:
    if reply.status != 200:
        return f"refused {reply.status}"
    try:
        json.loads(reply.body)
    except ValueError:
        return "200, broken"
    return "answered" if reply.complete else "200, broken"


def _is_busy(engine: Engine) -> bool:
    """Whether the server uses the processor although no request is open."""
    before = engine.processor_seconds()
    time.sleep(1)
    return engine.processor_seconds() - before > 0.4
