"""Compare our SPARQL endpoint with other servers, in one run on the same data and machine.

    python -m benchmarks.sparql.run            # 10,000 generated records and the shipped data, and the hostile queries
    python -m benchmarks.sparql.run --quick    # a smoke test of seconds; its figures mean nothing

Prints Markdown tables, and with `--json FILE` writes the figures as JSON too. docs/benchmarks.md explains them.
"""

import argparse
import gzip
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import records
from benchmarks.sparql import hostile, measure
from benchmarks.sparql.engines import ENGINES, Engine, EngineSettings, PassoLod
from benchmarks.sparql.measure import MixResult, ResearchQuery, Table

HERE = Path(__file__).resolve().parent
STATIC = records.ROOT / "src" / "passo_lod" / "web" / "static"
OURS = PassoLod.name


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        records: number of generated records.
        rounds: with one client.
        requests: at most so many requests of one query to one engine in a round.
        seconds: after which no further request of one query is sent in a round.
        clients: number of clients at once.
        mix_seconds: of one round with many clients.
        mix_rounds: with many clients.
        hostile_timeout: seconds to wait for the answer to a hostile query.
        hostile: whether hostile queries are sent.
    """

    records: int = 10_000
    rounds: int = 5
    requests: int = 100
    seconds: float = 1.0
    clients: int = 8
    mix_seconds: float = 10.0
    mix_rounds: int = 3
    hostile_timeout: float = 15.0
    hostile: bool = True


QUICK = Plan(
    records=200, rounds=1, requests=3, seconds=0.1, clients=2, mix_seconds=0.5, mix_rounds=1, hostile_timeout=6
)

DEADLINES = {PassoLod: 2.0}
"""Seconds for a hostile query, by engine; 10 for all others."""


def main() -> None:
    """Run the command line."""
    options = _arguments()
    plan = QUICK if options.quick else Plan()
    plan = replace(plan, records=options.records or plan.records, hostile=plan.hostile and not options.without_hostile)
    with _open_folder(options.keep) as folder:
        dumps = prepare_data(plan, folder, options.dump)
        figures = run(plan, folder, _chosen(options.engine), dumps, options.dataset)
    print(markdown(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke test: 200 records and few requests")
    parser.add_argument("--records", type=int, help="how many records to generate")
    parser.add_argument("--engine", action="append", help="only this one; may be repeated")
    parser.add_argument("--dataset", choices=("generated", "shipped"), help="only this one")
    parser.add_argument("--dump", type=Path, help="a release's passo.nq.gz; without it the shipped data is published")
    parser.add_argument("--without-hostile", action="store_true", help="leave the hostile queries out")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--keep", type=Path, help="a folder to keep the data in, for the next run")
    return parser.parse_args()


@contextmanager
def _open_folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _chosen(names: Sequence[str] | None) -> list[type[Engine]]:
    """The engines with these names that can be started here; ours always."""
    chosen = []
    for engine in ENGINES:
        if names and engine.name not in names and engine is not PassoLod:
            continue
        if reason := engine.missing():
            _log(f"{engine.name} is left out: {reason}")
        else:
            chosen.append(engine)
    return chosen


# ---------------------------------------------------------------------------------------------------------- the run


def run(
    plan: Plan, folder: Path, kinds: Sequence[type[Engine]], dumps: Mapping[str, Path], dataset: str | None = None
) -> dict[str, Any]:
    """Measure everything; return the figures as they are written to JSON."""
    figures: dict[str, Any] = {"machine": machine(kinds), "plan": asdict(plan), "datasets": {}}
    for name, dump in dumps.items():
        if dataset in (None, name):
            figures["datasets"][name] = _measure(plan, folder, kinds, dump)
    if plan.hostile:
        figures["hostile"] = _attack_all(plan, folder, kinds, dumps["shipped"])
    return figures


def prepare_data(plan: Plan, folder: Path, dump: Path | None = None) -> dict[str, Path]:
    """Write the shipped data as one N-Quads file, and the same with generated records; return the path of each."""
    shipped, generated = folder / "shipped.nq", folder / f"generated-{plan.records}.nq"
    if not shipped.exists():
        with nullcontext(dump) if dump else records.publish_shipped() as compressed:
            _decompress(compressed, shipped)
    if not generated.exists():
        _log(f"generating {plan.records:,} records")
        records.write(plan.records, generated, shipped)
    return {"generated": generated, "shipped": shipped}


def _decompress(compressed: Path, out: Path) -> None:
    with gzip.open(compressed, "rb") as source, out.open("wb") as target:
        shutil.copyfileobj(source, target)


def machine(kinds: Sequence[type[Engine]]) -> dict[str, Any]:
    """The machine and the versions, without anything that identifies the machine."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "engines": {kind.name: kind.version() for kind in kinds},
    }


def _measure(plan: Plan, folder: Path, kinds: Sequence[type[Engine]], dump: Path) -> dict[str, Any]:
    engines = [kind(EngineSettings(dump, folder)) for kind in kinds]
    try:
        for engine in engines:
            _log(f"{dump.name}: starting {engine.name}")
            engine.prepare()
            engine.start()
        return _measure_running(plan, engines, dump)
    finally:
        for engine in engines:
            engine.stop()


def _measure_running(plan: Plan, engines: Sequence[Engine], dump: Path) -> dict[str, Any]:
    queries = [ResearchQuery.read(path) for path in sorted((HERE / "queries").glob("*.rq"))]
    with dump.open("rb") as file:
        quads = sum(1 for _ in file)
    _log(f"{dump.name}: comparing the answers")
    table = measure.compare_answers(queries, engines)
    _log(f"{dump.name}: measuring one client")
    measure.measure_one_client(queries, engines, table, plan.rounds, plan.requests, plan.seconds)
    list_query = next(query for query in queries if query.kind == "list")
    repeated = measure.measure_repeated(list_query, engines[0], _static_files(), plan.requests)
    _log(f"{dump.name}: measuring {plan.clients} clients")
    comparable = [query for query in queries if not any(samples.fault for samples in table[query.name].values())]
    mixed = measure.measure_mix(comparable, engines, plan.clients, plan.mix_seconds, plan.mix_rounds)
    return {
        "quads": quads,
        "queries": _table_as_json(queries, table),
        "repeated": asdict(repeated),
        "mix": {name: _mix_as_json(each) for name, each in mixed.items()},
        "memory MiB": {engine.name: round(engine.memory() / 1024**2) for engine in engines},
        "seconds to start": {engine.name: round(engine.seconds_to_start, 1) for engine in engines},
    }


def _static_files() -> dict[str, int]:
    """The size of each static file of our server, by path."""
    return {f"/static/{path.name}": path.stat().st_size for path in STATIC.iterdir() if path.is_file()}


def _table_as_json(queries: Sequence[ResearchQuery], table: Table) -> dict[str, Any]:
    return {
        query.name: {
            "title": query.title,
            "kind": query.kind,
            "engines": {
                name: {"fault": samples.fault}
                if samples.fault or not samples.rounds
                else {"p50": samples.p50, "p99": samples.p99}
                for name, samples in table[query.name].items()
            },
        }
        for query in queries
    }


def _mix_as_json(mixed: MixResult) -> dict[str, Any]:
    milliseconds = mixed.milliseconds or [float("nan")]
    return {
        "per second": sorted(mixed.per_second)[len(mixed.per_second) // 2],
        "p50": measure.percentile(milliseconds, 0.5),
        "p99": measure.percentile(milliseconds, 0.99),
        "failed": mixed.failed,
        "processor ms": mixed.processor_milliseconds,
    }


def _attack_all(plan: Plan, folder: Path, kinds: Sequence[type[Engine]], dump: Path) -> dict[str, Any]:
    outcomes_by_engine = {}
    for kind in kinds:
        _log(f"hostile queries: {kind.name}")
        engine = kind(EngineSettings(dump, folder, DEADLINES.get(kind, 10.0)))
        try:
            engine.prepare()
            outcomes = hostile.attack(engine, plan.hostile_timeout)
        finally:
            engine.stop()
        outcomes_by_engine[kind.name] = {
            name: asdict(each) | {"survived": each.survived} for name, each in outcomes.items()
        }
    return outcomes_by_engine


def _log(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------------------------- tables


def markdown(figures: Mapping[str, Any]) -> str:
    """The figures of `run` as Markdown tables."""
    machine_facts = figures["machine"]
    engines = list(machine_facts["engines"])
    versions = ", ".join(f"{name} {version}" for name, version in machine_facts["engines"].items())
    lines = [
        f"{machine_facts['date']}: {machine_facts['cores']} cores, {machine_facts['memory GiB']} GiB, "
        f"{machine_facts['system']}, Python {machine_facts['python']}; {versions}.",
        "",
    ]
    for name, dataset in figures["datasets"].items():
        lines += [f"### {name.capitalize()} data, {dataset['quads']:,} quads", "", *_one_client(dataset, engines), ""]
        lines += [*_mixes(dataset, engines), "", _repeated(dataset["repeated"]), ""]
    if "hostile" in figures:
        lines += ["### Hostile queries", "", *_hostile(figures["hostile"], engines), ""]
    return "\n".join(lines)


def _one_client(figures: Mapping[str, Any], engines: Sequence[str]) -> Iterator[str]:
    yield "One client, p50 / p99 in ms, nothing cached; and p50 as ratios."
    yield ""
    others = [name for name in engines if name != OURS]
    yield _row(["query", *engines, *(_ratio_name(name) for name in others)])
    yield _row(["---"] * (1 + len(engines) + len(others)))
    for name, query in figures["queries"].items():
        cells = [_cell(query["engines"][engine]) for engine in engines]
        ratios = [_ratio(query["engines"][OURS], query["engines"][other], other) for other in others]
        yield _row([f"{name} ({query['kind']})", *cells, *ratios])


def _cell(samples: Mapping[str, Any]) -> str:
    if "p50" not in samples:
        return f"– ({samples['fault']})"
    return f"{_ms(samples['p50'])} / {_ms(samples['p99'])}"


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _ratio_name(other: str) -> str:
    """The heading of a ratio: how much slower rdflib-endpoint is than ours, or ours than Oxigraph."""
    return f"{other} ÷ ours" if other.startswith("rdflib") else f"ours ÷ {other}"


def _ratio(ours: Mapping[str, Any], other: Mapping[str, Any], name: str) -> str:
    if "p50" not in ours or "p50" not in other:
        return "–"
    ratio = other["p50"] / ours["p50"] if name.startswith("rdflib") else ours["p50"] / other["p50"]
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _mixes(figures: Mapping[str, Any], engines: Sequence[str]) -> Iterator[str]:
    yield "Many clients at once, a mix of all queries that every engine answers; memory is that of the processes afterwards."
    yield ""
    header = ["engine", "answers / s", "p50 ms", "p99 ms", "failed", "processor ms / answer", "memory MiB", "start s"]
    yield _row(header)
    yield _row(["---"] * len(header))
    for name in engines:
        mixed = figures["mix"][name]
        times = (_ms(mixed["p50"]), _ms(mixed["p99"]))
        counts = (str(mixed["failed"]), _ms(mixed["processor ms"]))
        resources = (str(figures["memory MiB"][name]), str(figures["seconds to start"][name]))
        yield _row([name, f"{mixed['per second']:.0f}", *times, *counts, *resources])


def _repeated(repeated: Mapping[str, Any]) -> str:
    return (
        f"A repeated query ({repeated['query']}, {repeated['bytes']:,} bytes): p50 {_ms(repeated['p50'])} ms; a static file of "
        f"{repeated['file_bytes']:,} bytes from the same server: {_ms(repeated['file_p50'])} ms; "
        f"ratio {repeated['p50'] / repeated['file_p50']:.2f}."
    )


def _hostile(outcomes: Mapping[str, Any], engines: Sequence[str]) -> Iterator[str]:
    yield _row(["query", *engines])
    yield _row(["---"] * (1 + len(engines)))
    for query in hostile.HOSTILE:
        yield _row([query, *(_outcome(outcomes[name][query]) for name in engines)])
    survived = [sum(each["survived"] for each in outcomes[name].values()) for name in engines]
    yield _row(["contained", *(f"{count} of {len(hostile.HOSTILE)}" for count in survived)])


def _outcome(outcome: Mapping[str, Any]) -> str:
    after = [
        "still busy" if outcome["busy"] else "",
        "crashed" if outcome["crashed"] else "" if outcome["answers_after"] else "answers no query",
    ]
    return ", ".join(filter(None, [f"{outcome['answer']} after {outcome['seconds']:.1f} s", *after]))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
