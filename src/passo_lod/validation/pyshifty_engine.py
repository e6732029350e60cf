"""Evaluate SHACL Core with pyshifty for `prefilter`, with the shapes read once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox
import rdflib
from pyoxigraph import NamedNode, RdfFormat, Triple
from rdflib.namespace import SH

from passo_lod.validation.violation import UnsupportedShapes, Violation, iri_or_empty, local_name

if TYPE_CHECKING:
    from shifty._shifty import PreparedValidator, W3cResult

try:
    from shifty import _shifty as pyshifty
except ImportError:  # there is no wheel for some platforms
    pyshifty = None  # type: ignore[assignment]


def is_installed() -> bool:
    """Return whether pyshifty is installed."""
    return pyshifty is not None


@dataclass(frozen=True)
class PyshiftyEngine:
    """pyshifty with its shapes read."""

    prepared: "PreparedValidator"

    @classmethod
    def open(cls, shapes: rdflib.Graph) -> "PyshiftyEngine":
        """Read a shapes graph.

        Raises:
            UnsupportedShapes: pyshifty cannot read the shapes, or reports that it does not support all of them.
        """
        try:
            ntriples = shapes.serialize(format="nt", encoding="utf-8")
            engine = cls(pyshifty.PreparedValidator(ntriples, None, "nt", None))
            diagnostics = [*engine.prepared.diagnostics, *engine._validate(b"").diagnostics]
        except Exception as problem:  # the engine is written in Rust and raises any type
            raise UnsupportedShapes(f"pyshifty does not support the shapes ({problem})") from problem
        if diagnostics:
            raise UnsupportedShapes(f"pyshifty does not support the shapes ({'; '.join(diagnostics)})")
        return engine

    def find_violations(self, triples: Sequence[Triple]) -> Iterator[Violation]:
        """Yield the violations of a data graph; literals keep their lexical forms."""
        data = ox.serialize(triples, format=RdfFormat.N_TRIPLES) or b""
        yield from parse_report(self._validate(data).report_turtle)

    def _validate(self, data: bytes) -> "W3cResult":
        """Validate as pySHACL does: shapes are no data, nothing is inferred, every severity counts, unsupported is an error."""
        return self.prepared.validate_w3c(
            data,
            data_format="nt",
            graph_mode="data",
            run_infer=False,
            minimum_severity="info",
            sort_results=False,
            on_unsupported="error",
        )


def parse_report(report: str) -> Iterator[Violation]:
    """Yield the results of a validation report in Turtle (SHACL, 3.6); `sh:detail` is skipped."""
    properties: dict[object, dict[str, object]] = {}
    results = []
    for triple in ox.parse(report, format=RdfFormat.TURTLE):
        if triple.predicate.value == str(SH.result):
            results.append(triple.object)
        else:
            properties.setdefault(triple.subject, {})[triple.predicate.value] = triple.object
    for result in results:
        yield _violation(properties[result])


def _violation(result: Mapping[str, object]) -> Violation:
    focus, shape = result[str(SH.focusNode)], result.get(str(SH.sourceShape))
    component = result[str(SH.sourceConstraintComponent)]
    assert isinstance(component, NamedNode)  # noqa: S101 - SHACL, 3.6.2.7
    return Violation(iri_or_empty(focus), iri_or_empty(shape), local_name(component.value))
