"""SHACL property paths (SHACL, 2.3.1) become SPARQL property paths."""

import pyoxigraph as ox
import pytest
from pyoxigraph import NamedNode, RdfFormat

from passo_lod.comparison.property_path import sparql_path, statements_of
from passo_lod.errors import VocabularyError
from passo_lod.namespaces import SH

PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <x:> . "


def path(turtle: str) -> str:
    statements = statements_of(ox.parse(f"{PREFIXES} :shape sh:path {turtle} .", format=RdfFormat.TURTLE))  # type: ignore[arg-type]
    return sparql_path(statements[NamedNode("x:shape")][SH.path][0], statements)


@pytest.mark.parametrize(
    ("turtle", "sparql"),
    [
        (":a", "<x:a>"),
        ("( :a :b )", "<x:a>/<x:b>"),
        ("[ sh:inversePath :a ]", "^<x:a>"),
        ("[ sh:alternativePath ( :a :b ) ]", "<x:a>|<x:b>"),
        ("[ sh:zeroOrMorePath :a ]", "<x:a>*"),
        ("[ sh:oneOrMorePath :a ]", "<x:a>+"),
        ("[ sh:zeroOrOnePath :a ]", "<x:a>?"),
        ("( :a [ sh:zeroOrMorePath ( :b [ sh:inversePath :c ] ) ] )", "<x:a>/((<x:b>/(^<x:c>))*)"),
    ],
)
def test_each_form_of_a_path_is_written_in_sparql(turtle: str, sparql: str) -> None:
    assert path(turtle) == sparql


@pytest.mark.parametrize("turtle", ["[ sh:minCount 1 ]", "[ sh:inversePath [ ] ]"])
def test_what_is_no_path_is_refused(turtle: str) -> None:
    with pytest.raises(VocabularyError, match="no SHACL property path"):
        path(turtle)
