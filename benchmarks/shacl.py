"""Measure what validating costs: stock pySHACL, pySHACL as we ask it, the gate, and the whole validator, on the same records.

    python -m benchmarks.shacl --records 10000

Records are made by benchmarks/records.py. Stock pySHACL, which is slow, is given `--stock` of them; what is compared is processor time
a record, in batches of 200 as they are published. The verdicts are compared too: which node does not meet which shape.
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

from benchmarks.records import GRAPH, ROOT, published, write
from passo_lod.catalog import Catalog
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.processing import BATCH
from passo_lod.records import Field
from passo_lod.validation.prefilter import prefilter_for
from passo_lod.validation.pyshacl_engine import PyshaclEngine
from passo_lod.validation.rdflib_store import IndexedTriples, local_name
from passo_lod.validation.validator import Validator

_PROCESS = re.compile(r"/(?:id|doc)/process/(bench-\d+)")
_VOCABULARY = re.compile(r"/(?:onto|controlled-vocabulary|alignment|id/place)/")
Verdicts = set[tuple[str, str, str]]
"""Focus node, shape and constraint component of each result."""


@dataclass(frozen=True)
class Record:
    """A record as the validator asks for one, without a file that it comes from."""

    id: str
    quads: tuple[Quad, ...]
    line: None = None

    @property
    def name(self) -> tuple[str, str, str]:
        """Source, record id and path."""
        return "benchmark", self.id, "generated"

    def field_for(self, subject: str, predicate: str, value: str | None = None) -> Field | None:
        """None: nothing was mapped."""

    @property
    def labels_for(self) -> Callable[[str], tuple[str, ...]]:
        """None."""
        return lambda _: ()


@dataclass(frozen=True)
class Batch:
    """Records, and what they refer to."""

    records: Sequence[Record]
    data: tuple[Quad, ...]


def batches(dump: Path, workshop: PipelineContext, size: int = BATCH) -> Iterator[Batch]:
    """The records of a dump, in batches as the pipeline makes them."""
    records = list(_records(dump))
    for start in range(0, len(records), size):
        part = records[start : start + size]
        quads = [quad for each in part for quad in each.quads]
        yield Batch(part, (*workshop.places_in(quads), *quads))


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


# ------------------------------------------------------------------------------------------------------- what is measured


@dataclass(frozen=True)
class Way:
    """One way to validate a batch."""

    name: str
    run: Callable[[Batch], Verdicts | None]
    records: int


def ways(workshop: PipelineContext, records: int, stock: int, cached: int) -> list[Way]:
    """All that are compared, the slowest first; the slow ones are given fewer records."""
    validator = workshop.validator
    gate = prefilter_for(validator.shapes)
    reference = PyshaclEngine(validator.shapes)
    assert gate is not None, "pyshifty is not installed"

    def triples(batch: Batch) -> tuple[Triple, ...]:
        every = (*validator.background, *batch.data)
        return tuple({Triple(each.subject, each.predicate, each.object): None for each in every})

    def by_stock(batch: Batch) -> Verdicts:
        graph = rdflib.Graph().parse(data=ox.serialize(triples(batch), format=RdfFormat.N_TRIPLES) or b"", format="nt")
        _, report, _ = pyshacl.validate(graph, shacl_graph=validator.shapes, inference="none", inplace=True)
        return _of_records(batch, _verdicts(report))

    def by_reference(batch: Batch) -> Verdicts:
        nodes = ({each.subject.value for each in record.quads} for record in batch.records)
        found = reference.whole(IndexedTriples.of(triples(batch)), nodes)
        return {(each.focus, each.shape, each.component) for each in found}

    def by_gate(batch: Batch) -> Verdicts:
        return _of_records(batch, gate.refused(triples(batch)))

    def by_all(batch: Batch) -> None:
        validator.validate(batch.records, batch.data)

    alone = Validator(validator.shapes, validator.background, None)
    return [
        Way("stock pySHACL", by_stock, stock),
        Way("pySHACL as we ask it", by_reference, cached),
        Way("the validator without the gate", lambda batch: alone.validate(batch.records, batch.data) and None, cached),
        Way("the gate", by_gate, records),
        Way("the validator", by_all, records),
    ]


def _of_records(batch: Batch, verdicts: Iterable[tuple[str, str, str]]) -> Verdicts:
    """The verdicts on what records describe; what they refer to is judged by some ways, and not by others."""
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
class Measured:
    """What one way cost, and what it found."""

    name: str
    records: int
    seconds: float
    milliseconds: float
    """Median over the batches, a record."""
    verdicts: list[Verdicts | None]


def measure(way: Way, made: Sequence[Batch]) -> Measured:
    """Processor time of one way, batch by batch."""
    costs, verdicts, done = [], [], 0
    for batch in made:
        if done >= way.records:
            break
        start = time.process_time()
        verdicts.append(way.run(batch))
        costs.append((time.process_time() - start) / len(batch.records))
        done += len(batch.records)
    spent = sum(cost * len(batch.records) for cost, batch in zip(costs, made, strict=False))
    return Measured(way.name, done, spent, statistics.median(costs) * 1000, verdicts)


def table(found: Sequence[Measured]) -> Iterator[str]:
    """What was measured, as Markdown."""
    stock, gate = found[0], next(each for each in found if each.name == "the gate")
    yield "| | records | CPU s | ms a record (median) | stock pySHACL ÷ it |"
    yield "| --- | --- | --- | --- | --- |"
    for each in found:
        ratio = stock.milliseconds / each.milliseconds
        yield f"| {each.name} | {each.records:,} | {each.seconds:.1f} | {each.milliseconds:.2f} | {ratio:.1f} |"
    yield ""
    for each in found:
        if each.verdicts[0] is not None and each is not gate:
            yield _agreement(each, gate)


def _agreement(one: Measured, other: Measured) -> str:
    pairs = [(a, b) for a, b in zip(one.verdicts, other.verdicts, strict=False) if a is not None and b is not None]
    total, differ = sum(len(a) for a, _ in pairs), sum(len(a ^ b) for a, b in pairs)
    return f"{one.name} and {other.name}: {total:,} verdicts on {one.records:,} records, {differ} differ."


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000, help="how many records to make")
    parser.add_argument("--stock", type=int, default=BATCH, help="how many of them stock pySHACL validates")
    parser.add_argument("--cached", type=int, default=5 * BATCH, help="how many of them pySHACL validates as we ask it")
    parser.add_argument("--dump", type=Path, help="a release's passo.nq.gz; without it the shipped data is published")
    asked = parser.parse_args()
    workshop = PipelineContext.open(Catalog.open(ROOT / "data"))
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.nq"
        if asked.dump:
            write(asked.records, made, asked.dump)
        else:
            with published() as dump:
                write(asked.records, made, dump)
        given = list(batches(made, workshop))
    _show([measure(way, given) for way in ways(workshop, asked.records, asked.stock, asked.cached)])


def _show(found: Iterable[Measured]) -> None:
    print("\n".join(table(list(found))))


if __name__ == "__main__":
    main()
