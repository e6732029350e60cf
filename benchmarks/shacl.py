"""Measure the cost of validation on the same records: stock pySHACL, pySHACL by its parts, the prefilter, and the validator.

    python -m benchmarks.shacl --records 10000

The records come from benchmarks/records.py. Stock pySHACL is slow, and validates `--stock` of them. The figure is processor time per record, in
batches of 200 as in publishing. The results are compared too: which node violates which constraint of which shape.
"""

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import rdflib
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple
from rdflib.namespace import SH

from benchmarks.records import GRAPH, ROOT, publish_shipped, write
from passo_lod.catalog import Catalog
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.processing import BATCH
from passo_lod.records import Field
from passo_lod.validation.indexed_triples import IndexedTriples
from passo_lod.validation.prefilter import prefilter_for
from passo_lod.validation.pyshacl_engine import PyshaclEngine
from passo_lod.validation.validator import Validator
from passo_lod.validation.violation import local_name

_PROCESS = re.compile(r"/(?:id|doc)/process/(bench-\d+)")
_VOCABULARY = re.compile(r"/(?:onto|controlled-vocabulary|alignment|id/place)/")
Verdicts = set[tuple[str, str, str]]
"""Focus node, shape and constraint component of each result."""


@dataclass(frozen=True)
class Record:
    """A record in the form that the validator reads, without a source file."""

    id: str
    quads: tuple[Quad, ...]
    line: None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """Source, record id and path of the file."""
        return "benchmark", self.id, "generated"

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """No field: the record is generated, not mapped."""

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        """No labels."""
        return lambda _: ()


@dataclass(frozen=True)
class Batch:
    """Records with the quads that they refer to."""

    records: Sequence[Record]
    data: tuple[Quad, ...]


def batches(dump: Path, pipeline_context: PipelineContext, size: int = BATCH) -> Iterator[Batch]:
    """Yield the records of a dump, in batches as the pipeline forms them."""
    records = list(_records(dump))
    for start in range(0, len(records), size):
        part = records[start : start + size]
        quads = [quad for each in part for quad in each.quads]
        yield Batch(part, (*pipeline_context.places_in(quads), *quads))


def _records(dump: Path) -> Iterator[Record]:
    graph = NamedNode(GRAPH[1:-1])
    own: dict[str, list[Quad]] = {}
    others: dict[str, list[Quad]] = {}
    for quad in ox.parse(path=str(dump), format=RdfFormat.N_QUADS):
        found = _PROCESS.search(quad.subject.value)
        if found:
            own.setdefault(found[1], []).append(quad)
        elif quad.graph_name == graph or not _VOCABULARY.search(quad.subject.value):
            others.setdefault(quad.subject.value, []).append(quad)
    for name, quads in sorted(own.items()):
        named = sorted({quad.object.value for quad in quads if isinstance(quad.object, NamedNode)})
        yield Record(name, (*quads, *(quad for each in named for quad in others.get(each, ()))))


# ------------------------------------------------------------------------------------------------------- measuring


@dataclass(frozen=True)
class Method:
    """A method to validate a batch, and how many records it is measured with."""

    name: str
    run: Callable[[Batch], Verdicts | None]
    records: int


def methods(pipeline_context: PipelineContext, records: int, stock: int, cached: int) -> list[Method]:
    """All methods, the slowest first; slow ones validate fewer records."""
    validator = pipeline_context.validator
    prefilter = prefilter_for(validator.shapes)
    engine = PyshaclEngine(validator.shapes)
    assert prefilter is not None, "pyshifty is not installed"

    def triples(batch: Batch) -> tuple[Triple, ...]:
        quads = (*validator.background, *batch.data)
        return tuple({Triple(each.subject, each.predicate, each.object): None for each in quads})

    def stock_pyshacl(batch: Batch) -> Verdicts:
        graph = rdflib.Graph().parse(data=ox.serialize(triples(batch), format=RdfFormat.N_TRIPLES) or b"", format="nt")
        _, report, _ = pyshacl.validate(graph, shacl_graph=validator.shapes, inference="none", inplace=True)
        return _of_records(batch, _verdicts(report))

    def pyshacl_by_parts(batch: Batch) -> Verdicts:
        nodes = ({each.subject.value for each in record.quads} for record in batch.records)
        found = engine.validate_nodes(IndexedTriples.of(triples(batch)), nodes)
        return {(each.focus, each.shape, each.component) for each in found}

    def only_prefilter(batch: Batch) -> Verdicts:
        return _of_records(batch, prefilter.find_violations(triples(batch)))

    def whole_validator(batch: Batch) -> None:
        validator.validate(batch.records, batch.data)

    without_prefilter = Validator(validator.shapes, validator.background, None)
    return [
        Method("stock pySHACL", stock_pyshacl, stock),
        Method("pySHACL by its parts", pyshacl_by_parts, cached),
        Method(
            "the validator without the prefilter",
            lambda batch: without_prefilter.validate(batch.records, batch.data) and None,
            cached,
        ),
        Method("the prefilter", only_prefilter, records),
        Method("the validator", whole_validator, records),
    ]


def _of_records(batch: Batch, verdicts: Iterable[tuple[str, str, str]]) -> Verdicts:
    """The verdicts on the subjects of records; only some methods validate also what records refer to."""
    described = {quad.subject.value for record in batch.records for quad in record.quads}
    return {(focus, shape, component) for focus, shape, component in verdicts if focus in described}


def _verdicts(report: object) -> Verdicts:
    assert isinstance(report, rdflib.Graph)
    wanted = (SH.focusNode, SH.sourceShape)
    return {
        (
            *(str(report.value(each, predicate)) for predicate in wanted),
            local_name(str(report.value(each, SH.sourceConstraintComponent))),
        )
        for each in report.objects(None, SH.result)
    }


@dataclass(frozen=True)
class Measurement:
    """The cost of one method, and its verdicts."""

    name: str
    records: int
    seconds: float
    milliseconds: float
    """Per record, median over the batches."""
    verdicts: list[Verdicts | None]


def measure(method: Method, batches: Sequence[Batch]) -> Measurement:
    """Measure the processor time of one method, batch by batch."""
    costs, verdicts, done = [], [], 0
    for batch in batches:
        if done >= method.records:
            break
        start = time.process_time()
        verdicts.append(method.run(batch))
        costs.append((time.process_time() - start) / len(batch.records))
        done += len(batch.records)
    total = sum(cost * len(batch.records) for cost, batch in zip(costs, batches, strict=False))
    return Measurement(method.name, done, total, statistics.median(costs) * 1000, verdicts)


def table(measurements: Sequence[Measurement]) -> Iterator[str]:
    """Yield the figures as a Markdown table."""
    stock, prefilter = measurements[0], next(each for each in measurements if each.name == "the prefilter")
    yield "| | records | CPU s | ms a record (median) | stock pySHACL ÷ it |"
    yield "| --- | --- | --- | --- | --- |"
    for each in measurements:
        ratio = stock.milliseconds / each.milliseconds
        yield f"| {each.name} | {each.records:,} | {each.seconds:.1f} | {each.milliseconds:.2f} | {ratio:.1f} |"
    yield ""
    for each in measurements:
        if each.verdicts[0] is not None and each is not prefilter:
            yield _agreement(each, prefilter)


def _agreement(one: Measurement, other: Measurement) -> str:
    pairs = [(a, b) for a, b in zip(one.verdicts, other.verdicts, strict=False) if a is not None and b is not None]
    total, differ = sum(len(a) for a, _ in pairs), sum(len(a ^ b) for a, b in pairs)
    return f"{one.name} and {other.name}: {total:,} verdicts on {one.records:,} records, {differ} differ."


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000, help="how many records to generate")
    parser.add_argument("--stock", type=int, default=BATCH, help="how many of them stock pySHACL validates")
    parser.add_argument("--cached", type=int, default=5 * BATCH, help="how many of them pySHACL validates by its parts")
    parser.add_argument("--dump", type=Path, help="a release's passo.nq.gz; without it the shipped data is published")
    options = parser.parse_args()
    pipeline_context = PipelineContext.open(Catalog.open(ROOT / "data"))
    with tempfile.TemporaryDirectory() as folder:
        generated = Path(folder) / "generated.nq"
        if options.dump:
            write(options.records, generated, options.dump)
        else:
            with publish_shipped() as dump:
                write(options.records, generated, dump)
        all_batches = list(batches(generated, pipeline_context))
    compared = methods(pipeline_context, options.records, options.stock, options.cached)
    print("\n".join(table([measure(method, all_batches) for method in compared])))


if __name__ == "__main__":
    main()
