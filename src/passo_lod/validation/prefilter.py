"""Find quickly which nodes violate which shapes, so that `validator` asks pySHACL about those only.

The prefilter writes no part of the report. pyshifty evaluates SHACL Core; pyoxigraph evaluates each SPARQL constraint with one query
for all nodes, where pySHACL runs one per node (docs/decisions/0019-validation-prefilter.md).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import rdflib
from pyoxigraph import Triple
from rdflib.namespace import SH

from passo_lod.validation import pyshifty_engine
from passo_lod.validation.pyshifty_engine import PyshiftyEngine
from passo_lod.validation.sparql_constraints import SparqlConstraints
from passo_lod.validation.violation import UnsupportedShapes, Violation

_LOG = logging.getLogger(__name__)


class Prefilter(Protocol):
    """A fast engine that finds the violations of a data graph."""

    def find_violations(self, triples: Sequence[Triple]) -> frozenset[Violation]:
        """Return all violations of a data graph, of every severity."""
        ...


@dataclass(frozen=True)
class ShiftyPrefilter:
    """pyshifty for SHACL Core, pyoxigraph for SPARQL constraints."""

    core: PyshiftyEngine
    sparql: SparqlConstraints

    @classmethod
    def open(cls, shapes: rdflib.Graph) -> "ShiftyPrefilter":
        """Prepare both engines for a shapes graph.

        Raises:
            UnsupportedShapes: an engine cannot evaluate a shape.
        """
        return cls(PyshiftyEngine.open(_without_sparql(shapes)), SparqlConstraints.of(shapes))

    def find_violations(self, triples: Sequence[Triple]) -> frozenset[Violation]:
        """Return all violations of a data graph, of every severity."""
        return frozenset(self.core.find_violations(triples)) | frozenset(self.sparql.find_violations(triples))


def prefilter_for(shapes: rdflib.Graph) -> Prefilter | None:
    """Return the prefilter for a shapes graph; if there is none, log the reason: pySHACL then validates everything."""
    if not pyshifty_engine.is_installed():
        _LOG.warning("pyshifty is not installed: pySHACL validates everything, which takes longer.")
        return None
    try:
        return ShiftyPrefilter.open(shapes)
    except UnsupportedShapes as reason:
        _LOG.warning("%s: pySHACL validates everything, which takes longer.", reason)
        return None


def _without_sparql(shapes: rdflib.Graph) -> rdflib.Graph:
    core = rdflib.Graph()
    for triple in shapes:
        if triple[1] != SH.sparql:
            core.add(triple)
    return core
