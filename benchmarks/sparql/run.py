"""Measure our SPARQL endpoint beside others, in one run, on the same data and machine.

    python -m benchmarks.sparql.run            # 10,000 generated records and the shipped data, and the hostile queries
    python -m benchmarks.sparql.run --quick    # a smoke test of seconds; its figures mean nothing

Prints Markdown, and writes the same as JSON where `--json FILE` says. How to read it: docs/benchmarks.md.
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
from benchmarks.sparql.engines import ENGINES, Engine, PassoLod, Setting
from benchmarks.sparql.measure import Mixed, StoredQuery, Table

HERE = Path(__file__).resolve().parent
STATIC = records.ROOT / "src" / "passo_lod" / "web" / "static"
OURS = PassoLod.name


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    records: int = 10_000
    rounds: int = 5
    asks: int = 100
    seconds: float = 1.0
    clients: int = 8
    mix_seconds: float = 10.0
    mix_rounds: int = 3
    patience: float = 15.0
    hostile: bool = True


QUICK = Plan(records=200, rounds=1, asks=3, seconds=0.1, clients=2, mix_seconds=0.5, mix_rounds=1, patience=6)

DEADLINES = {PassoLod: 2.0}
"""Of the hostile part, in seconds; the others' is 10."""


def main() -> None:
    """Run the command line."""
    asked = _arguments()
    plan = QUICK if asked.quick else Plan()
    plan = replace(plan, records=asked.records or plan.records, hostile=plan.hostile and not asked.without_hostile)
    with _folder(asked.keep) as folder:
        dumps = make_data(plan, folder, asked.dump)
        found = run(plan, folder, _chosen(asked.engine), dumps, asked.dataset)
    print(markdown(found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke test: 200 records and few asks")
    parser.add_argument("--records", type=int, help="how many records to make")
    parser.add_argument("--engine", action="append", help="only this one; may be repeated")
    parser.add_argument("--dataset", choices=("generated", "shipped"), help="only this one")
    parser.add_argument("--dump", type=Path, help="a release's passo.nq.gz; without it the shipped data is published")
    parser.add_argument("--without-hostile", action="store_true", help="leave the hostile queries out")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--keep", type=Path, help="a folder to keep the data in, for the next run")
    return parser.parse_args()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _chosen(names: Sequence[str] | None) -> list[type[Engine]]:
    """The engines that are asked for and can be started here; ours always."""
    chosen = []
    for engine in ENGINES:
        if names and engine.name not in names and engine is not PassoLod:
            continue
        if why := engine.missing():
            _tell(f"{engine.name} is left out: {why}")
        else:
            chosen.append(engine)
    return chosen


# ---------------------------------------------------------------------------------------------------------- the run


def run(
    plan: Plan, folder: Path, kinds: Sequence[type[Engine]], dumps: Mapping[str, Path], dataset: str | None = None
) -> dict[str, Any]:
    """Everything that is measured, as it is written to JSON."""
    found: dict[str, Any] = {"machine": machine(kinds), "plan": asdict(plan), "datasets": {}}
    for name, dump in dumps.items():
        if dataset in (None, name):
            found["datasets"][name] = _measured(plan, folder, kinds, dump)
    if plan.hostile:
        found["hostile"] = _attacked(plan, folder, kinds, dumps["shipped"])
    return found


def make_data(plan: Plan, folder: Path, dump: Path | None = None) -> dict[str, Path]:
    """The shipped data as one file of quads, and the same with generated records."""
    shipped, generated = folder / "shipped.nq", folder / f"generated-{plan.records}.nq"
    if not shipped.exists():
        with nullcontext(dump) if dump else records.published() as packed:
            _unpack(packed, shipped)
    if not generated.exists():
        _tell(f"makes {plan.records:,} records")
        records.write(plan.records, generated, shipped)
    return {"generated": generated, "shipped": shipped}


def _unpack(packed: Path, out: Path) -> None:
    with gzip.open(packed, "rb") as source, out.open("wb") as target:
        shutil.copyfileobj(source, target)


def machine(kinds: Sequence[type[Engine]]) -> dict[str, Any]:
    """What it ran on, as far as it is nobody's secret."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "engines": {kind.name: kind.version() for kind in kinds},
    }


def _measured(plan: Plan, folder: Path, kinds: Sequence[type[Engine]], dump: Path) -> dict[str, Any]:
    engines = [kind(Setting(dump, folder)) for kind in kinds]
    try:
        for engine in engines:
            _tell(f"{dump.name}: starts {engine.name}")
            engine.prepare()
            engine.start()
        return _figures(plan, engines, dump)
    finally:
        for engine in engines:
            engine.stop()


def _figures(plan: Plan, engines: Sequence[Engine], dump: Path) -> dict[str, Any]:
    queries = [StoredQuery.read(path) for path in sorted((HERE / "queries").glob("*.rq"))]
    with dump.open("rb") as file:
        quads = sum(1 for _ in file)
    _tell(f"{dump.name}: compares the answers")
    table = measure.agree(queries, engines)
    _tell(f"{dump.name}: measures one client")
    measure.one_client(queries, engines, table, plan.rounds, plan.asks, plan.seconds)
    listed = next(query for query in queries if query.kind == "list")
    again = measure.repeated(listed, engines[0], _files(), plan.asks)
    _tell(f"{dump.name}: measures {plan.clients} clients")
    alike = [query for query in queries if not any(samples.fault for samples in table[query.name].values())]
    mixed = measure.mix(alike, engines, plan.clients, plan.mix_seconds, plan.mix_rounds)
    return {
        "quads": quads,
        "queries": _of_table(queries, table),
        "repeated": asdict(again),
        "mix": {name: _of_mix(each) for name, each in mixed.items()},
        "memory MiB": {engine.name: round(engine.memory() / 1024**2) for engine in engines},
        "seconds to start": {engine.name: round(engine.seconds_to_start, 1) for engine in engines},
    }


def _files() -> dict[str, int]:
    """The static files of our server, with their size."""
    return {f"/static/{path.name}": path.stat().st_size for path in STATIC.iterdir() if path.is_file()}


def _of_table(queries: Sequence[StoredQuery], table: Table) -> dict[str, Any]:
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


def _of_mix(mixed: Mixed) -> dict[str, Any]:
    taken = mixed.milliseconds or [float("nan")]
    return {
        "per second": sorted(mixed.per_second)[len(mixed.per_second) // 2],
        "p50": measure.percentile(taken, 0.5),
        "p99": measure.percentile(taken, 0.99),
        "failed": mixed.failed,
        "processor ms": mixed.processor_milliseconds,
    }


def _attacked(plan: Plan, folder: Path, kinds: Sequence[type[Engine]], dump: Path) -> dict[str, Any]:
    found = {}
    for kind in kinds:
        _tell(f"hostile queries: {kind.name}")
        engine = kind(Setting(dump, folder, DEADLINES.get(kind, 10.0)))
        try:
            engine.prepare()
            outcomes = hostile.attack(engine, plan.patience)
        finally:
            engine.stop()
        found[kind.name] = {name: asdict(each) | {"survived": each.survived} for name, each in outcomes.items()}
    return found


def _tell(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------------------------- the telling


def markdown(found: Mapping[str, Any]) -> str:
    """The figures as tables."""
    facts = found["machine"]
    engines = list(facts["engines"])
    versions = ", ".join(f"{name} {version}" for name, version in facts["engines"].items())
    lines = [
        f"{facts['date']}: {facts['cores']} cores, {facts['memory GiB']} GiB, {facts['system']}, "
        f"Python {facts['python']}; {versions}.",
        "",
    ]
    for name, figures in found["datasets"].items():
        lines += [f"### {name.capitalize()} data, {figures['quads']:,} quads", "", *_one_client(figures, engines), ""]
        lines += [*_mixes(figures, engines), "", _repeated(figures["repeated"]), ""]
    if "hostile" in found:
        lines += ["### Hostile queries", "", *_hostile(found["hostile"], engines), ""]
    return "\n".join(lines)


def _one_client(figures: Mapping[str, Any], engines: Sequence[str]) -> Iterator[str]:
    yield "One client, p50 / p99 in ms, nothing cached; and p50 as ratios."
    yield ""
    rivals = [name for name in engines if name != OURS]
    yield _row(["query", *engines, *(_ratio_name(name) for name in rivals)])
    yield _row(["---"] * (1 + len(engines) + len(rivals)))
    for name, query in figures["queries"].items():
        cells = [_cell(query["engines"][engine]) for engine in engines]
        ratios = [_ratio(query["engines"][OURS], query["engines"][rival], rival) for rival in rivals]
        yield _row([f"{name} ({query['kind']})", *cells, *ratios])


def _cell(samples: Mapping[str, Any]) -> str:
    if "p50" not in samples:
        return f"– ({samples['fault']})"
    return f"{_ms(samples['p50'])} / {_ms(samples['p99'])}"


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _ratio_name(rival: str) -> str:
    """rdflib-endpoint's times are told in ours, ours in those of the bare server."""
    return f"{rival} ÷ ours" if rival.startswith("rdflib") else f"ours ÷ {rival}"


def _ratio(ours: Mapping[str, Any], rival: Mapping[str, Any], name: str) -> str:
    if "p50" not in ours or "p50" not in rival:
        return "–"
    ratio = rival["p50"] / ours["p50"] if name.startswith("rdflib") else ours["p50"] / rival["p50"]
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _mixes(figures: Mapping[str, Any], engines: Sequence[str]) -> Iterator[str]:
    yield "Many clients at once, a mix of all queries that every engine answers; memory is what the processes hold after it."
    yield ""
    head = ["engine", "answers / s", "p50 ms", "p99 ms", "failed", "processor ms / answer", "memory MiB", "start s"]
    yield _row(head)
    yield _row(["---"] * len(head))
    for name in engines:
        mixed = figures["mix"][name]
        times = (_ms(mixed["p50"]), _ms(mixed["p99"]))
        counts = (str(mixed["failed"]), _ms(mixed["processor ms"]))
        held = (str(figures["memory MiB"][name]), str(figures["seconds to start"][name]))
        yield _row([name, f"{mixed['per second']:.0f}", *times, *counts, *held])


def _repeated(again: Mapping[str, Any]) -> str:
    return (
        f"A query asked again ({again['query']}, {again['bytes']:,} bytes): p50 {_ms(again['p50'])} ms; a static file of "
        f"{again['file_bytes']:,} bytes from the same server: {_ms(again['file_p50'])} ms; "
        f"ratio {again['p50'] / again['file_p50']:.2f}."
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
        "still burning" if outcome["burning"] else "",
        "crashed" if outcome["crashed"] else "" if outcome["answers_after"] else "answers nobody",
    ]
    return ", ".join(filter(None, [f"{outcome['said']} after {outcome['seconds']:.1f} s", *after]))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
