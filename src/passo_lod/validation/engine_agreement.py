"""Check for `validator` that the prefilter and pySHACL find the same violations; otherwise nothing is published."""

from collections.abc import Mapping, Sequence, Set

from passo_lod.errors import ValidatorsDisagree
from passo_lod.namespaces import shorten
from passo_lod.validation.pyshacl_engine import ShaclResult
from passo_lod.validation.validated_batch import ValidatedBatch
from passo_lod.validation.violation import Violation

WRONG_DATATYPE = frozenset({"DatatypeConstraintComponent", "OrConstraintComponent"})
"""Components that refuse a value of a wrong datatype; `sh:or` where several are right, as for dates."""

KNOWN_DIFFERENCES: Mapping[str, str] = {
    "MaxInclusiveConstraintComponent": "SHACL (4.3.4): a value that cannot be compared gives a result; pySHACL gives none",
    "LessThanOrEqualsConstraintComponent": "SHACL (4.5.4): values that cannot be compared give a result; pySHACL gives none",
    "SPARQLConstraintComponent": "SPARQL (17.3): comparing values that cannot be compared is an error; rdflib compares them",
}
"""Components about which the engines differ if a value has a wrong datatype; one of `WRONG_DATATYPE` is then violated too."""


def check_agreement(violations: Set[Violation], results: Sequence[ShaclResult], batch: ValidatedBatch) -> None:
    """Compare the prefilter's violations with pySHACL's results.

    Raises:
        ValidatorsDisagree: they differ, and not in a known way.
    """
    confirmed = {
        Violation(result.focus, result.shape, result.component) for result in results if result.focus in batch.nodes
    }
    with_wrong_datatype = _nodes_with_wrong_datatype(results, batch)
    for violation in sorted(violations ^ confirmed):
        if violation.component not in KNOWN_DIFFERENCES or violation.focus not in with_wrong_datatype:
            raise ValidatorsDisagree(_message(violation, batch, by_prefilter=violation in violations))


def _nodes_with_wrong_datatype(results: Sequence[ShaclResult], batch: ValidatedBatch) -> set[str]:
    """Return all nodes of the records that have a value of a wrong datatype."""
    nodes = (result.focus for result in results if result.component in WRONG_DATATYPE)
    return batch.nodes_of(position for node in nodes for position in batch.positions(node))


def _message(violation: Violation, batch: ValidatedBatch, *, by_prefilter: bool) -> str:
    names = ", ".join(
        f"{record} ({source}, {path})"
        for source, record, path in (each.identity for each in batch.describing(violation.focus))
    )
    pyshifty, pyshacl = ("refuses", "accepts") if by_prefilter else ("accepts", "refuses")
    return (
        f"{names}: the validators disagree about <{violation.focus}> and"
        f" {shorten(violation.shape) or 'a shape without a name'} ({violation.component}): pyshifty {pyshifty} it,"
        f" pySHACL {pyshacl} it. Nothing is published until they agree: please report this to the passo-lod maintainers;"
        " without pyshifty installed pySHACL decides alone."
    )
