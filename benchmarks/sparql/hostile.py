"""What no engine wants to be asked, and what becomes of each that is."""

import json
import time
from dataclasses import dataclass

from benchmarks.sparql.client import NoReplyError, Reply
from benchmarks.sparql.engines import Engine

_JSON = "application/sparql-results+json"
_SAME = "VALUES ?v{n} {{ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 }}"
_DOUBLED = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(30))

HOSTILE = {
    "a product of three patterns": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "a product of eight lists": "SELECT (COUNT(*) AS ?n) { " + " ".join(_SAME.format(n=n) for n in range(8)) + " }",
    "two closures of paths": "SELECT (COUNT(*) AS ?n) { ?a (!<x:y>)* ?b . ?c (!<x:z>)* ?d }",
    "a list of 400 for the planner": "SELECT * { ?s ?p (" + " 1" * 400 + " ) }",
    "5,000 nested braces": "SELECT * " + "{" * 5000 + " ?s ?p ?o " + "}" * 5000,
    "a text that doubles thirty times": f'SELECT (STRLEN(?x30) AS ?n) {{ BIND("0123456789abcdef" AS ?x0) {_DOUBLED} }}',
    "a product that is sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "a flood of rows": "SELECT * { ?a ?b ?c . ?d ?e ?f }",
}


@dataclass(frozen=True)
class Outcome:
    """What became of one hostile query, and of the server."""

    said: str
    seconds: float
    burning: bool
    crashed: bool
    answers_after: bool

    @property
    def survived(self) -> bool:
        """Contained: said so, stopped working on it, and still there for others."""
        return (
            self.said.startswith(("refused", "answered")) and not (self.burning or self.crashed) and self.answers_after
        )


def attack(engine: Engine, patience: float) -> dict[str, Outcome]:
    """Ask each hostile query; a server that did not survive one is started anew for the next."""
    outcomes = {}
    for name, query in HOSTILE.items():
        if not engine.running:
            engine.start()
        outcomes[name] = _attacked(engine, query, patience)
        if not outcomes[name].survived:
            engine.stop()
    engine.stop()
    return outcomes


def _attacked(engine: Engine, query: str, patience: float) -> Outcome:
    client = engine.client(patience=patience)
    started = time.monotonic()
    try:
        reply = client.post(query, _JSON)
        said, seconds = _told(reply), reply.seconds
    except NoReplyError as error:
        said, seconds = "no answer" if error.late else "connection lost", time.monotonic() - started
    client.close()
    time.sleep(0.5)
    return Outcome(said, seconds, _burning(engine), not engine.running, engine.answers())


def _told(reply: Reply) -> str:
    if reply.status != 200:
        return f"refused {reply.status}"
    try:
        json.loads(reply.body)
    except ValueError:
        return "200, broken"
    return "answered" if reply.whole else "200, broken"


def _burning(engine: Engine) -> bool:
    """Whether it still works, when nobody asks."""
    before = engine.processor_seconds()
    time.sleep(1)
    return engine.processor_seconds() - before > 0.4
