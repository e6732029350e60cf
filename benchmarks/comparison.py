"""Measure the answers of `/compare` over HTTP, beside the bare Oxigraph server and a table that polars groups.

    python -m benchmarks.comparison [--records 166 10000 100000] [--runs 7] [--json FILE]

Each release has the samples of this repository, and generated records (benchmarks/records.py) up to so many processes; its index and its default
answers are made as `publish` makes them. The server has its default limits (10 s, 256 MiB, 16 MiB of result), but no time budget for a client.
No address and no evidence query is sent twice, but for the repeated answers. The Oxigraph server gets the same evidence queries: it
computes no figures. polars reads the costs from a Parquet file and groups them, as a researcher would do by hand; it states no reasons for absence.
docs/benchmarks.md explains the figures.
"""

import argparse
import gzip
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from pyoxigraph import (
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

from benchmarks import records
from benchmarks.sparql.client import Client, NoReplyError, Reply
from benchmarks.sparql.engines import Engine, EngineSettings, OxigraphInMemory, PassoLod
from passo_lod.cache import ContentCache
from passo_lod.comparison.address import Parameters, read_comparison
from passo_lod.comparison.answer_files import as_json
from passo_lod.comparison.answers import AnsweredComparison, read_solutions
from passo_lod.comparison.declarations import Declarations
from passo_lod.comparison.evidence import evidence_of
from passo_lod.comparison.evidence_query import Comparison, evidence_query
from passo_lod.comparison.figures import cross_table
from passo_lod.disk_index import INDEXED_FROM, build_index, canonical_lines, index_of, open_dump
from passo_lod.namespaces import VOCABULARY
from passo_lod.pipeline.default_answers import default_answers
from passo_lod.release.dump.nquads_sorter import QuadSorter, group_by_subject
from passo_lod.release_layout import DUMP, MANIFEST, answer_file
from tests.conftest import copy_samples

HTML, JSON, RESULTS = "text/html", "application/json", "application/sparql-results+json"
REGION = "istat-08"
FIRST_YEAR = 2009
AIMS = ((10_000, 1.0), (100_000, 5.0))
"""Up to so many processes the median of each case is at most so many seconds."""

MEASURES = (
    "total-cost",
    "participants",
    "duration",
    "techniques",
    "cofinanced",
    "score-points",
    "public-grant",
    "women-present",
    "territories",
    "cost-per-participant",
)
_BYTES_AT_ONCE = 16 << 20
_LATE = 120.0


# ---------------------------------------------------------------------------------------------------------- the cases


@dataclass(frozen=True)
class Case:
    """Comparisons of one shape.

    Attributes:
        name: in the tables.
        dimensions: the parameters that all of them share.
        form: the media type of the answer.
        has_years: whether each has other years.
    """

    name: str
    dimensions: Parameters
    form: str = JSON
    has_years: bool = False

    def parameters(self, run: int) -> Parameters:
        """The parameters of one comparison: each run has another measure, and from the second round of measures other years."""
        measure, rounds = MEASURES[run % len(MEASURES)], run // len(MEASURES)
        years = [("from", str(FIRST_YEAR + run))] if self.has_years else [("to", str(9999 - rounds))] * bool(rounds)
        return [("measure", measure), *self.dimensions, *years]

    def path(self, run: int) -> str:
        """The address of one comparison."""
        return f"/compare/any{'.json' if self.form == JSON else ''}?{urlencode(self.parameters(run))}"


CASES = (
    Case("by one dimension", [("by", "status")]),
    Case("by two dimensions", [("by", "region"), ("and", "status")]),
    Case("of one region, by year, with years", [("by", "year"), ("region", REGION)], has_years=True),
    Case("by one dimension, as a page", [("by", "nature")], HTML),
)


@dataclass
class Timing:
    """The times of one case on one engine.

    Attributes:
        seconds: of each answer.
        processor: seconds of processor time of an answer.
        size: bytes of the largest answer.
        refused: the other answers, by their status or as the client describes them.
    """

    seconds: list[float] = field(default_factory=list)
    processor: float | None = None
    size: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def p50(self) -> float | None:
        """The median in seconds; None if nothing was answered."""
        return statistics.median(self.seconds) if self.seconds else None


# --------------------------------------------------------------------------------------------------------- the release


class OurServer(PassoLod):
    """Our server with a release and its default limits, opened from its index if it has one."""

    options: ClassVar[Sequence[str]] = ()

    def command(self) -> Sequence[str]:
        """Without a time budget for each client, because here there is only one."""
        served = ("--releases", str(self.settings.dump), "--port", str(self.port))
        return [sys.executable, "-m", "passo_lod", "serve", *served, "--client-seconds", "0", *self.options]


class OurServerInMemory(OurServer):
    """The same, with the quads in memory."""

    options: ClassVar[Sequence[str]] = ("--in-memory", "8192")


class OurServerWithWideLimits(OurServerInMemory):
    """The same, with limits that no comparison of 100,000 processes meets."""

    options: ClassVar[Sequence[str]] = (
        *OurServerInMemory.options,
        "--deadline",
        "60",
        "--memory",
        "2048",
        "--result",
        "256",
    )


def publish_samples(folder: Path) -> Path:
    """Publish the samples of this repository; return the release."""
    copy_samples(records.ROOT / "data", folder / "data")
    shutil.copy(records.ROOT / "passo.yaml", folder)
    command = [sys.executable, "-m", "passo_lod", "publish", "--data", "data", "--releases", "releases"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "releases" / "current").resolve()


@dataclass(frozen=True)
class Prepared:
    """A release to measure.

    Attributes:
        dump: the quads, not compressed.
        processes: how many it has.
        questions: those with a default answer.
        answer_seconds: of processor time for all default answers.
    """

    folder: Path
    dump: Path
    processes: int
    questions: tuple[str, ...]
    answer_seconds: float


def prepare(samples: Path, number: int, folder: Path) -> Prepared:
    """Make a release of the samples and of generated records, which have so many processes together.

    Args:
        samples: a release.
        number: of processes; the samples stay complete.
        folder: a new one.
    """
    dump = folder / DUMP.removesuffix(".gz")
    dump.parent.mkdir(parents=True)
    published = len(records.Templates.read(samples / DUMP).processes)
    generated = max(0, number - published)
    records.write(generated, dump, samples / DUMP)
    with dump.open("rb") as file, gzip.open(folder / DUMP, "wb", compresslevel=1) as packed:
        packed.writelines(canonical_lines(file))
    manifest = json.loads((samples / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"id": f"benchmark-{number}", "files": []}), encoding="utf-8")
    if dump.stat().st_size >= INDEXED_FROM:
        index_of(folder).parent.mkdir()
        build_index(folder / DUMP, index_of(folder), is_sorted=True)
    started = time.process_time()
    licences = {each["dataset"]: each["licence"] for each in manifest["sources"]}
    questions = tuple(_write_answers(folder, manifest["base"], licences))
    return Prepared(folder, dump, published + generated, questions, time.process_time() - started)


def _write_answers(folder: Path, base: str, licences: Mapping[str, str]) -> Iterator[str]:
    """Answer the questions as `publish` does; yield the name of each."""
    lines = QuadSorter(base, folder)
    with open_dump(folder / DUMP) as file:
        while batch := file.readlines(_BYTES_AT_ONCE):
            lines.add("benchmark", group_by_subject(b"".join(batch), base))
    graph = NamedNode(f"{VOCABULARY}comparison")
    vocabulary = [Quad(each.subject, each.predicate, each.object, graph) for each in _declaring_triples()]
    with ContentCache.open(folder / "answers.sqlite") as cache:
        answers = default_answers(vocabulary, lines, licences, cache)
    lines.close()
    for name, data in answers.files.items():
        written = folder / answer_file(name)
        written.parent.mkdir(exist_ok=True)
        written.write_bytes(gzip.compress(data, 6, mtime=0))
        yield name


def _declaring_triples() -> Iterator[Triple]:
    for quad in parse(path=str(records.ROOT / "ontology" / "comparison.ttl"), format=RdfFormat.TURTLE):
        yield quad.triple


# ---------------------------------------------------------------------------------------------------------- measuring


@dataclass
class Measured:
    """All figures of one release.

    Attributes:
        processes: how many it has.
        megabytes: of its quads.
        load: of the machine before the first request, a mean of one minute.
        answer_seconds: of processor time for all default answers, when the release is made.
        ours: by where the server has the quads (`index`, `memory`, or `memory, wide limits` if something was refused) and name of the case.
        memory: bytes of all processes of our server after all cases, likewise.
        oxigraph: by name of the case, the evidence queries alone.
        table: likewise, costs read from Parquet and grouped.
        stages: seconds that the figures of one comparison take in each stage in the server.
    """

    processes: int
    megabytes: float
    load: float
    answer_seconds: float
    ours: dict[str, dict[str, Timing]] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    oxigraph: dict[str, Timing] = field(default_factory=dict)
    table: dict[str, Timing] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)


def measure(prepared: Prepared, runs: int) -> Measured:
    """Measure our server, then the others, on one release."""
    size = prepared.dump.stat().st_size / 1e6
    measured = Measured(prepared.processes, size, os.getloadavg()[0], prepared.answer_seconds)
    if index_of(prepared.folder).is_dir():
        _measure_ours(measured, "index", OurServer, prepared, runs)
    _measure_ours(measured, "memory", OurServerInMemory, prepared, runs)
    if any(_refused(measured)):
        _measure_ours(measured, "memory, wide limits", OurServerWithWideLimits, prepared, runs)
    if reason := OxigraphInMemory.missing():
        print(f"the bare server is left out: {reason}", file=sys.stderr)
        return measured
    bare = OxigraphInMemory(EngineSettings(prepared.dump, prepared.folder))
    bare.start()
    try:
        measured.oxigraph = {each.name: _time(bare, _queries(each, runs)) for each in CASES}
        measured.stages = _stages(bare)
        measured.table = _measure_table(bare, prepared.folder, runs)
    finally:
        bare.stop()
    return measured


def _measure_ours(measured: Measured, name: str, kind: type[OurServer], prepared: Prepared, runs: int) -> None:
    server = kind(EngineSettings(prepared.folder, prepared.folder))
    server.start()
    try:
        measured.ours[name] = _time_ours(server, prepared, runs)
        measured.memory[name] = server.memory()
        medians = ", ".join(f"{case} {_milliseconds(each.p50)} ms" for case, each in measured.ours[name].items())
        print(f"{measured.processes:,}, {name}: {medians}", file=sys.stderr, flush=True)
    finally:
        server.stop()


def _time_ours(server: OurServer, prepared: Prepared, runs: int) -> dict[str, Timing]:
    asked = prepared.questions[:: max(1, len(prepared.questions) // runs)][:runs]
    files = [f"/compare/{name}.json" for name in asked]
    pages = [f"/compare/{name}" for name in asked]
    return {
        "default answer, first": _time(server, _gets(files, JSON)),
        "default answer, repeated": _time(server, _gets(files, JSON)),
        "default answer as a page, first": _time(server, _gets(pages, HTML)),
        **{each.name: _time(server, _gets(map(each.path, range(runs)), each.form)) for each in CASES},
    }


Send = Callable[[Client], Reply]


def _gets(paths: Iterable[str], accept: str) -> Iterator[Send]:
    for path in paths:
        yield partial(Client.get, target=path, accept=accept)


def _queries(case: Case, runs: int) -> Iterator[Send]:
    """The evidence queries of a case."""
    for run in range(runs):
        yield partial(Client.query, query=evidence_query(_comparison(case.parameters(run))), accept=RESULTS)


def _comparison(parameters: Parameters) -> Comparison:
    return read_comparison(parameters, Declarations.of(_declaring_triples()))


def _time(server: Engine, sent: Iterable[Send]) -> Timing:
    """Send requests one after the other over one connection."""
    timing, client, before, number = Timing(), server.client(timeout=_LATE), server.processor_seconds(), 0
    for send in sent:
        number += 1
        try:
            reply = send(client)
        except NoReplyError as error:
            timing.refused.append(str(error))
            continue
        if reply.status == HTTPStatus.OK and reply.complete:
            timing.seconds.append(reply.seconds)
            timing.size = max(timing.size, len(reply.body))
        else:
            timing.refused.append(f"{reply.status}{_reason(reply)}")
    client.close()
    timing.processor = (server.processor_seconds() - before) / max(1, number)
    return timing


def _reason(reply: Reply) -> str:
    """What a refusal in JSON (RFC 9457) says."""
    return f": {json.loads(reply.body)['detail']}" if reply.content_type.startswith("application/problem+json") else ""


def _stages(bare: Engine) -> dict[str, float]:
    """The seconds of each stage of one comparison of costs by region and status: of the engine, and of the figures in the server's code."""
    comparison = _comparison([("measure", "total-cost"), ("by", "region"), ("and", "status")])
    query = evidence_query(comparison)
    moments = [time.perf_counter()]
    body = _results(bare, query)
    moments.append(time.perf_counter())
    solutions = list(read_solutions(_parsed(body)))
    moments.append(time.perf_counter())
    evidence = evidence_of(solutions, comparison)
    moments.append(time.perf_counter())
    table = cross_table(evidence)
    moments.append(time.perf_counter())
    as_json(AnsweredComparison(comparison, query, evidence, table, {}), "en")
    moments.append(time.perf_counter())
    names = ("query and transfer", "parse", "collect by process", "figures", "rows and JSON")
    return {name: after - before for name, (before, after) in zip(names, pairwise(moments), strict=True)}


def _results(bare: Engine, query: str) -> bytes:
    with closing(bare.client(timeout=_LATE)) as client:
        return client.query(query, RESULTS).body


def _parsed(body: bytes) -> QuerySolutions:
    return parse_query_results(body, format=QueryResultsFormat.JSON)  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------------- a table by hand


_COSTS = """PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
SELECT ?process ?region ?status ?year ?cost ?currency {
  ?process a passo:ParticipatoryProcess .
  OPTIONAL { ?process passo:comparisonRegion ?region }
  OPTIONAL { ?process passo:progressStatus ?status }
  OPTIONAL { ?process passo:startYear ?year }
  OPTIONAL { ?process passo:cost ?node . ?node schema:value ?cost ; schema:currency ?currency }
}
"""


def _measure_table(bare: Engine, folder: Path, runs: int) -> dict[str, Timing]:
    """Read costs from Parquet and group them; nothing if polars is not installed."""
    if importlib.util.find_spec("polars") is None:
        return {}
    import polars as pl

    file = folder / "costs.parquet"
    rows = list(read_solutions(_parsed(_results(bare, _COSTS))))
    table = pl.DataFrame(
        rows, schema=dict.fromkeys(("process", "region", "status", "year", "cost", "currency"), pl.String)
    )
    table.with_columns(pl.col("cost").cast(pl.Float64), pl.col("year").str.head(4).cast(pl.Int32)).write_parquet(file)

    def grouped(by: Sequence[str], condition: Any = None) -> object:
        read = pl.scan_parquet(file) if condition is None else pl.scan_parquet(file).filter(condition)
        figures = (pl.len(), pl.col("cost").sum(), pl.col("cost").median().alias("median"))
        return read.group_by(*by, "currency").agg(*figures).collect()

    of_region = pl.col("region").str.ends_with(f"/{REGION}")
    groupings: dict[str, Callable[[int], object]] = {
        CASES[0].name: lambda _: grouped(["status"]),
        CASES[1].name: lambda _: grouped(["region", "status"]),
        CASES[2].name: lambda run: grouped(["year"], of_region & (pl.col("year") >= FIRST_YEAR + run)),
    }
    return {name: _time_calls(call, runs) for name, call in groupings.items()}


def _time_calls(call: Callable[[int], object], runs: int) -> Timing:
    timing, processor = Timing(), time.process_time()
    for run in range(runs):
        started = time.perf_counter()
        call(run)
        timing.seconds.append(time.perf_counter() - started)
    timing.processor = (time.process_time() - processor) / runs
    return timing


# ------------------------------------------------------------------------------------------------------------- report


def report(all_measured: Sequence[Measured]) -> str:
    """The figures as Markdown tables, and what was refused."""
    lines = [
        "| processes | quads in | case | p50 ms | most ms | processor s | answer kB | oxigraph p50 ms | ours ÷ oxigraph | polars p50 ms | aim |",
        f"|{' --- |' * 11}",
        *(f"| {' | '.join(cells)} |" for each in all_measured for cells in _rows(each)),
        "",
        "| processes | quads MB | default answers, processor s | stages of one comparison, ms | server MiB | load |",
        f"|{' --- |' * 6}",
        *(f"| {' | '.join(_whole(each))} |" for each in all_measured),
    ]
    refused = sorted({text for each in all_measured for text in _refused(each)})
    return "\n".join([*lines, *([""] if refused else []), *(f"- {each}" for each in refused)])


def _rows(measured: Measured) -> Iterator[Sequence[str]]:
    for storage, cases in measured.ours.items():
        for name, timing in cases.items():
            bare, table = measured.oxigraph.get(name, Timing()).p50, measured.table.get(name, Timing()).p50
            yield (
                f"{measured.processes:,}",
                storage,
                name,
                _milliseconds(timing.p50),
                _milliseconds(max(timing.seconds, default=None)),
                f"{timing.processor or 0:.2f}",
                f"{timing.size / 1000:,.0f}",
                _milliseconds(bare),
                f"{timing.p50 / bare:.1f}" if timing.p50 and bare else "–",
                _milliseconds(table),
                _verdict(measured.processes, timing),
            )


def _whole(measured: Measured) -> Sequence[str]:
    stages = ", ".join(f"{name} {seconds * 1000:,.0f}" for name, seconds in measured.stages.items())
    memory = ", ".join(f"{storage} {size // 2**20:,}" for storage, size in measured.memory.items())
    numbers = (f"{measured.processes:,}", f"{measured.megabytes:,.0f}", f"{measured.answer_seconds:.1f}")
    return (*numbers, stages, memory, f"{measured.load:.1f}")


def _refused(measured: Measured) -> Iterator[str]:
    for storage, cases in {**measured.ours, "oxigraph": measured.oxigraph}.items():
        for name, timing in cases.items():
            for text in timing.refused:
                yield f"{measured.processes:,}, {storage}, {name}: {text}"


def _milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:,.1f}"


def _verdict(processes: int, timing: Timing) -> str:
    """Whether the median meets the aim for so many processes, and every request is answered."""
    if timing.refused:
        return f"missed: {len(timing.refused)} refused"
    aim = next((seconds for most, seconds in AIMS if processes <= most), None)
    if aim is None or timing.p50 is None:
        return ""
    return f"{'met' if timing.p50 <= aim else 'missed'}: {aim:g} s"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print Markdown tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, nargs="+", default=[166, 10_000, 100_000], help="processes of a release")
    parser.add_argument("--runs", type=int, default=7, help="comparisons of each case")
    parser.add_argument(
        "--samples", type=Path, help="a release to add records to; without it the samples are published"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        samples = options.samples.resolve() if options.samples else publish_samples(folder / "samples")
        found = [measure(prepare(samples, each, folder / str(each)), options.runs) for each in options.records]
    print(f"{datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores\n\n{report(found)}")
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
