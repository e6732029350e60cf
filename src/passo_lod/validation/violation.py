"""Define what the prefilter's engines find: a `Violation`, or shapes that they do not support."""

from typing import NamedTuple

from pyoxigraph import NamedNode


class Violation(NamedTuple):
    """A node that does not meet a shape, whatever the shape's severity."""

    focus: str
    """IRI of the focus node; empty for a blank node or literal."""
    shape: str
    """IRI of the shape; empty for a blank node."""
    component: str
    """Local name of the violated constraint component (SHACL, 4)."""


class UnsupportedShapes(Exception):
    """An engine of the prefilter cannot evaluate the shapes; the message says which and why."""


def iri_or_empty(term: object) -> str:
    """Return the IRI of a term; empty for a blank node or literal."""
    return term.value if isinstance(term, NamedNode) else ""


def local_name(iri: str) -> str:
    """Return the part of an IRI after `#`.

    >>> local_name("http://www.w3.org/ns/shacl#Warning")
    'Warning'
    """
    return iri.rsplit("#", 1)[-1]
