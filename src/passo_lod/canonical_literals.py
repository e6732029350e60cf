"""Write literals in their canonical form, so that dumps, the SPARQL endpoint and `STR()` give the same text (used by `pipeline`).

Oxigraph stores numbers, times and durations by value: it returns `"10000.00"^^xsd:decimal` as `"10000"^^xsd:decimal`, and every datatype
derived from `xsd:integer` as `xsd:integer`. These are the canonical forms of XSD 1.1 Datatypes, except that an `xsd:double` or `xsd:float` has
no exponent. Oxigraph returns all other literals as they are: strings, ill-typed literals, numbers out of its range.
"""

import re
from collections.abc import Iterable

import pyoxigraph as ox
from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import XSD

_LOCAL_NAMES = (
    *("boolean", "decimal", "float", "double"),
    *("integer", "long", "int", "short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
    *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    *("dateTime", "dateTimeStamp", "date", "time", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
    *("duration", "yearMonthDuration", "dayTimeDuration"),
)
NORMALISED_DATATYPES = frozenset(XSD[name] for name in _LOCAL_NAMES)
"""The datatypes whose literals Oxigraph stores by value."""

_CANONICAL_FORMS = {
    XSD.integer: re.compile(r"0|-?[1-9][0-9]{0,17}"),
    XSD.decimal: re.compile(r"0|-?[1-9][0-9]{0,8}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,8}[1-9]"),
    XSD.gYear: re.compile(r"[0-9]{4}"),
    XSD.date: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
"""Forms that are certainly canonical; recognising them is some forty times as fast as asking the engine."""


def canonical_quads(quads: Iterable[Quad]) -> tuple[Quad, ...]:
    """The quads with their objects in canonical form, in the same order; if quads become equal, only one of them stays."""
    given = tuple(quads)
    canonical = tuple(map(_canonical_quad, given))
    is_unchanged = all(new is old for new, old in zip(canonical, given, strict=True))
    return given if is_unchanged else tuple(dict.fromkeys(canonical))  # to hash a quad takes longer than all else here


def canonical_literal(literal: Literal) -> Literal:
    """The literal as Oxigraph returns it.

    >>> canonical_literal(Literal("10000.00", datatype=XSD.decimal)).value, canonical_literal(Literal("10000.00")).value
    ('10000', '10000.00')
    """
    datatype = literal.datatype
    if datatype not in NORMALISED_DATATYPES:
        return literal
    form = _CANONICAL_FORMS.get(datatype)
    return literal if form and form.fullmatch(literal.value) else _returned_by_engine(literal)


def _canonical_quad(quad: Quad) -> Quad:
    value = quad.object
    if not isinstance(value, Literal) or (canonical := canonical_literal(value)) == value:
        return quad
    return Quad(quad.subject, quad.predicate, canonical, quad.graph_name)


_ANY = NamedNode("x:any")


def _returned_by_engine(literal: Literal) -> Literal:
    store = ox.Store()
    store.add(Quad(_ANY, _ANY, literal))
    (quad,) = store
    assert isinstance(quad.object, Literal)  # noqa: S101 - the literal that was added
    return quad.object
