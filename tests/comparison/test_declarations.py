"""Dimensions and measures are declared in Turtle only: what a declaration needs, and that a new one works without a line of Python."""

import asyncio
import gzip
from collections.abc import Mapping
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store

from passo_lod.comparison.address import read_comparison
from passo_lod.comparison.answers import answer
from passo_lod.comparison.declarations import Declarations
from passo_lod.errors import VocabularyError

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "ontology" / "comparison.ttl").read_text(encoding="utf-8")
NEW = """
dimension:method-type
    a                    passo:Dimension ;
    rdfs:label           "tipo di metodo"@it , "type of method"@en ;
    rdfs:comment         "Una prova."@it , "A test."@en ;
    sh:path              passo:methodType ;
    passo:stateProperty  passo:methodType .

measure:tools
    a                    passo:ValueCount ;
    rdfs:label           "strumenti"@it , "tools"@en ;
    rdfs:comment         "Una prova."@it , "A test."@en ;
    sh:path              passo:toolType ;
    passo:stateProperty  passo:toolType .
"""


def declared(turtle: str) -> Declarations:
    return Declarations.of(ox.parse(turtle, format=RdfFormat.TURTLE))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def store(shipped: Path) -> Store:
    """The shipped release in memory."""
    store = Store()
    with gzip.open(shipped / "dump/passo.nq.gz") as file:
        store.bulk_load(file, format=RdfFormat.N_QUADS)
    return store


def rows(store: Store, declarations: Declarations, parameters: Mapping[str, str]) -> list[dict[str, str]]:
    async def ask(query: str) -> QuerySolutions:
        return store.query(query, use_default_graph_as_union=True)  # type: ignore[return-value]

    comparison = read_comparison(list(parameters.items()), declarations)
    return asyncio.run(answer(comparison, ask, ("en",))).rows


def test_there_are_the_dimensions_and_measures_that_comparison_needs() -> None:
    found = declared(SHIPPED)
    assert {
        "region",
        "country",
        "province",
        "source",
        "year",
        "status",
        "nature",
        "level-band",
    } <= found.dimensions.keys()
    assert {"technique-family", "policy-area", "proposer-type", "interaction-mode"} <= found.dimensions.keys()
    assert {"pandemic-impact", "participation-type"} <= found.dimensions.keys()
    assert {
        "processes",
        "participants",
        "total-cost",
        "public-grant",
        "duration",
        "techniques",
    } <= found.measures.keys()
    for each in (*found.dimensions.values(), *found.measures.values()):
        assert each.labels.keys() == each.notes.keys() == {"it", "en"}, each.code


def test_a_new_dimension_and_a_new_measure_are_turtle_only(store: Store) -> None:
    found = rows(store, declared(SHIPPED + NEW), {"measure": "tools", "by": "method-type"})
    query = """PREFIX passo: <https://w3id.org/passo/onto/>
        SELECT ?type (COUNT(DISTINCT ?process) AS ?n) (COUNT(DISTINCT ?toolOf) AS ?known)
        { ?process passo:methodType ?type OPTIONAL { ?process passo:toolType ?tool BIND (?process AS ?toolOf) } } GROUP BY ?type"""
    expected = {
        str(row["type"].value).rpartition("/")[2]: (row["n"].value, row["known"].value)
        for row in store.query(query, use_default_graph_as_union=True)  # type: ignore[union-attr]
    }
    absences = (
        "not-stated",
        "not-asked",
        "not-captured",
        "not-understood",
        "not-applicable",
        "withheld",
        "not-comparable",
    )
    assert len(expected) > 5
    assert {row["group"]: (row["processes"], row["known"]) for row in found if row["group"] not in absences} == expected


def test_every_comparison_of_one_measure_and_one_dimension_counts_every_process(store: Store) -> None:
    found = declared(SHIPPED)
    query = "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> }"
    ((count,),) = store.query(query, use_default_graph_as_union=True)  # type: ignore[union-attr]
    for measure in found.measures:
        for by in ("source", "status"):
            total = sum(
                int(row["processes"]) for row in _one_per_group(rows(store, found, {"measure": measure, "by": by}))
            )
            assert total == int(count.value), (measure, by)


def _one_per_group(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """One row of each group: a group has a row for each currency."""
    return list({row["group"]: row for row in found}.values())


@pytest.mark.parametrize(
    ("remove", "expected"),
    [
        (
            "    sh:path              passo:startYear ;\n",
            "dimension/year: the declaration should state http://www.w3.org/ns/shacl#path",
        ),
        ("    passo:denominator    measure:participants .", "should state https://w3id.org/passo/onto/denominator"),
    ],
)
def test_a_declaration_without_something_is_refused_by_its_name(remove: str, expected: str) -> None:
    assert remove in SHIPPED
    with pytest.raises(VocabularyError) as refused:
        declared(SHIPPED.replace(remove, "    rdfs:seeAlso <x:y> ." if remove.endswith(".") else ""))
    assert expected in str(refused.value)


def test_a_ratio_of_what_is_no_number_is_refused() -> None:
    with pytest.raises(VocabularyError, match="a ratio is of two measures of numbers or money"):
        declared(SHIPPED.replace("passo:numerator      measure:total-cost", "passo:numerator      measure:duration"))
