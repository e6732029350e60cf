"""Every shape has an example, and every example has exactly the results that it lists.

A file of `shapes/examples/invalid` begins with one line per result, `# expects: <severity> <path> <source shape>`;
a file of `valid` has no result. Both are validated together with `setting.ttl`, the schemes and the alignments; the concepts that a file
does not mention are targets in `test_the_setting_of_the_examples_has_no_result` only, because their results are the same for every file.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph
import pyshacl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyshacl.shape import Shape
from rdflib import OWL, RDF, SH, BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Node

from passo_lod.validation.pyshacl_engine import _fast_pyshacl

ROOT = Path(__file__).resolve().parents[1]
ONTOLOGY = ROOT / "ontology"
SHAPES = ROOT / "shapes"
EXAMPLES = SHAPES / "examples"
SETTING = EXAMPLES / "setting.ttl"

PASSO = Namespace("https://w3id.org/passo/onto/")
S = Namespace("https://w3id.org/passo/shapes/")

INVALID = sorted((EXAMPLES / "invalid").glob("*.ttl"))
VALID = sorted((EXAMPLES / "valid").glob("*.ttl"))
SHAPE_FILES = sorted(SHAPES.glob("*.ttl"))


@cache
def shapes() -> Graph:
    return graph(*SHAPE_FILES)


@cache
def ontology() -> Graph:
    return graph(ONTOLOGY / "passo.ttl")


@cache
def background() -> Graph:
    """Return the triples that every example is validated with: schemes, alignments, and invented resources."""
    return graph(*ONTOLOGY.glob("schemes/*.ttl"), *ONTOLOGY.glob("alignments/*.ttl"), SETTING)


class DataGraph(Graph):
    """A graph that parses each query text once; pySHACL runs the same few for every process."""

    def query(self, query_object: str, *options: Any, **named_options: Any) -> Result:
        return super().query(prepared(query_object), *options, **named_options)


@cache
def prepared(query: str) -> Query:
    return prepareQuery(query)


def graph(*files: Path) -> Graph:
    parsed = DataGraph(bind_namespaces="none")
    for file in files:
        parsed.parse(file)
    return parsed


def with_background(data: Graph) -> Graph:
    for triple in background():
        data.add(triple)
    return data


@contextmanager
def targets_among(nodes: set[Node]) -> Iterator[None]:
    """Let pySHACL validate only these nodes of those that the shapes target."""
    focus_nodes = Shape.focus_nodes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shape, "focus_nodes", lambda shape, *given, **named: focus_nodes(shape, *given, **named) & nodes)
        yield


def results_of(example: Path) -> Counter[str]:
    """Validate the nodes that an example or the setting mentions."""
    data = graph(SETTING, example)
    with targets_among(data.all_nodes()):
        return results(with_background(data))


def results(data: Graph) -> Counter[str]:
    """Count the results of a validation as `<severity> <path> <source shape>`, without `sh:detail`."""
    with _fast_pyshacl():
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes(), inference="none", advanced=False, inplace=True)
    return Counter(
        f"{local_name(report.value(result, SH.resultSeverity))} "
        f"{path_text(report, result)} "
        f"{local_name(report.value(result, SH.sourceShape))}"
        for result in report.objects(None, SH.result)
    )


def path_text(report: Graph, result: Node) -> str:
    path = report.value(result, SH.resultPath)
    if path is None:
        return "-"
    steps = Collection(report, path) if isinstance(path, BNode) else [path]
    return "/".join(shapes().namespace_manager.curie(str(step)) for step in steps)


def local_name(iri: Node | None) -> str:
    return str(iri).replace(str(S), "").replace(str(SH), "")


def expected_results(example: Path) -> Counter[str]:
    lines = example.read_text(encoding="utf-8").splitlines()
    return Counter(line.removeprefix("# expects: ") for line in lines if line.startswith("# expects: "))


def stem_of(file: Path) -> str:
    return file.stem


# ---- examples


@pytest.mark.parametrize("example", INVALID, ids=stem_of)
def test_invalid_example_has_exactly_the_results_that_it_lists(example: Path) -> None:
    assert results_of(example) == expected_results(example)


@pytest.mark.parametrize("example", VALID, ids=stem_of)
def test_valid_example_has_no_result(example: Path) -> None:
    assert results_of(example) == Counter()


def test_the_setting_of_the_examples_has_no_result() -> None:
    assert results(with_background(graph())) == Counter()


@pytest.mark.parametrize("example", INVALID, ids=stem_of)
def test_invalid_example_begins_with_its_expected_results(example: Path) -> None:
    assert example.read_text(encoding="utf-8").startswith("# expects: ")
    assert expected_results(example)


def test_every_own_class_has_a_valid_example() -> None:
    in_examples = set(graph(SETTING, *VALID).objects(None, RDF.type))
    assert own_terms(OWL.Class) - in_examples == set()


def test_every_own_property_has_a_valid_example() -> None:
    in_examples = set(graph(SETTING, *VALID).predicates())
    assert own_terms(OWL.ObjectProperty, OWL.DatatypeProperty) - in_examples == set()


# ---- coverage: without a shape, any instance of a class conforms


def own_terms(*kinds: URIRef) -> set[Node]:
    return {term for kind in kinds for term in ontology().subjects(RDF.type, kind)}


def test_every_own_class_is_the_target_of_a_shape() -> None:
    assert own_terms(OWL.Class) - set(shapes().objects(None, SH.targetClass)) == set()


def test_every_own_property_is_the_path_of_a_shape() -> None:
    assert own_terms(OWL.ObjectProperty, OWL.DatatypeProperty) - set(shapes().objects(None, SH.path)) == set()


def test_every_scheme_has_a_shape_for_its_concepts() -> None:
    missing = [
        file.stem for file in ONTOLOGY.glob("schemes/*.ttl") if (S[f"in-{file.stem}"], None, None) not in shapes()
    ]
    assert missing == []


# ---- form: data stewards read the messages


def shapes_of(kind: URIRef) -> list[Node]:
    return sorted(shapes().subjects(RDF.type, kind))


def test_the_shapes_are_valid_shacl() -> None:
    # Checked by the shapes for shapes of the SHACL recommendation, appendix C.
    with _fast_pyshacl():
        pyshacl.validate(Graph(), shacl_graph=shapes(), inference="none", meta_shacl=True)


def test_every_shape_has_an_iri_of_the_shapes_namespace() -> None:
    odd = [shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in shapes_of(kind) if shape not in S]
    assert odd == []


def test_blank_nodes_are_lists_only() -> None:
    blank = {term for triple in shapes() for term in triple if isinstance(term, BNode)}
    assert [node for node in blank if (node, RDF.first, None) not in shapes()] == []


@pytest.mark.parametrize("predicate", [SH.name, SH.message], ids=["name", "message"])
def test_every_property_shape_has_name_and_message_in_italian_and_english(predicate: URIRef) -> None:
    incomplete = [
        local_name(shape)
        for shape in shapes_of(SH.PropertyShape)
        if sorted(text.language for text in shapes().objects(shape, predicate)) != ["en", "it"]
    ]
    assert incomplete == []


def test_every_property_shape_belongs_to_a_node_shape() -> None:
    owned = set(shapes().objects(None, SH.property))
    for head in shapes().objects(None, SH["or"]):
        owned |= set(Collection(shapes(), head))
    assert [local_name(shape) for shape in shapes_of(SH.PropertyShape) if shape not in owned] == []


def test_every_property_of_a_node_shape_is_defined() -> None:
    defined = set(shapes_of(SH.PropertyShape))
    assert [local_name(shape) for shape in set(shapes().objects(None, SH.property)) if shape not in defined] == []


def test_shapes_of_lower_severity_belong_to_recommended_node_shapes() -> None:
    recommended = [shape for shape, severity in shapes().subject_objects(SH.severity) if severity != SH.Violation]
    owners = {local_name(owner) for shape in recommended for owner in shapes().subjects(SH.property, shape)}
    assert [owner for owner in owners if not owner.endswith("Recommended")] == []


# ---- queries: the same results in two SPARQL 1.1 engines

QUERIES = {local_name(rule): str(query) for rule, query in shapes().subject_objects(SH.select)}


def with_prefixes(query: str) -> str:
    declared = [
        (shapes().value(node, SH.prefix), shapes().value(node, SH.namespace))
        for node in shapes().objects(None, SH.declare)
    ]
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in declared) + query


@pytest.mark.parametrize("rule", sorted(QUERIES))
def test_query_finds_the_same_in_rdflib_and_in_oxigraph(rule: str) -> None:
    query = with_prefixes(QUERIES[rule])
    for data, store in example_data():
        found = {str(row.this) for row in data.query(query)}
        assert {row["this"].value for row in store.query(query)} == found


@cache
def example_data() -> list[tuple[Graph, pyoxigraph.Store]]:
    graphs = [graph(SETTING, example) for example in [*INVALID, *VALID]]
    return [(data, oxigraph_store(data)) for data in graphs]


def oxigraph_store(data: Graph) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(data.serialize(format="nt").encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    return store


DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(DAYS, DAYS, st.integers(-1, 1))
def test_duration_is_checked_by_the_days_between_the_dates(one: date, other: date, error: int) -> None:
    start, end = sorted((one, other))
    months = int((Decimal((end - start).days) / Decimal("30.4")).quantize(Decimal(1), ROUND_HALF_UP))
    stated = max(months + error, 0)
    data = f"""
        @prefix schema: <https://schema.org/> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <urn:xx> schema:startDate "{start}"^^xsd:date ;
            schema:endDate "{end}"^^xsd:date ;
            schema:duration "P{stated}M"^^xsd:duration ."""
    store = pyoxigraph.Store()
    store.load(data.encode(), format=pyoxigraph.RdfFormat.TURTLE)
    query = with_prefixes(QUERIES["ParticipatoryProcessRecommended-durationFromDates-query"])
    assert bool(list(store.query(query))) == (stated != months)
