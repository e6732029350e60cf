"""Test that results of SHACL are in plain words: the constraint component, the property's name, the shape's own message."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from rdflib.namespace import SH

from passo_lod.mapping.mapped_record import MappedRecord
from passo_lod.messages.message_catalogue import LANGUAGES, load_messages
from passo_lod.namespaces import PREFIXES
from passo_lod.records import Record
from passo_lod.report import ResultTexts
from passo_lod.term_labels import TermLabels
from passo_lod.validation.pyshacl_engine import ShaclResult
from passo_lod.validation.result_conversion import ResultConverter
from passo_lod.validation.validated_batch import ValidatedBatch
from passo_lod.validation.validator import NOT_FOR_RECORDS

SHAPES = Path(__file__).resolve().parents[2] / "shapes"
NODE, AMOUNT, START, END = (f"https://example.org/{name}" for name in ("node", "amount", "start", "end"))
TURTLE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <https://example.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:shape sh:path e:amount ; sh:name "importo"@it , "amount"@en ; sh:minInclusive %s ; sh:maxCount %s ; sh:datatype xsd:date ;
    sh:message "Un importo."@it , "An amount."@en .
e:order sh:path e:start ; sh:lessThanOrEquals e:end .
"""


QUADS = (
    Quad(NamedNode(NODE), NamedNode(START), Literal("9")),
    Quad(NamedNode(NODE), NamedNode(END), Literal("7")),
)
RECORD = MappedRecord(Record("source", "s-1", "1.txt", {}), QUADS, (), {}, lambda _: ())


def texts(
    component: str, path: str, shape: str = "shape", parameters: tuple[str, ...] = ("0", "1"), value: str = "9"
) -> ResultTexts:
    shapes = rdflib.Graph().parse(data=TURTLE % parameters, format="turtle")
    messages = tuple(shapes.objects(rdflib.URIRef(f"https://example.org/{shape}"), SH.message))
    result = ShaclResult(NODE, f"https://example.org/{shape}", component, "Violation", path, value, messages)  # type: ignore[arg-type]
    (found,) = ResultConverter(shapes, TermLabels({})).convert(result, ValidatedBatch([RECORD]))
    return found.texts["en"]


@pytest.mark.parametrize(
    ("component", "parameters", "message"),
    [
        ("MinCount", ("0", "1"), "“amount” is missing."),
        ("MaxCount", ("0", "1"), "“amount” has more than one value."),
        ("MaxCount", ("0", "2"), "“amount” has more than 2 values."),
        ("MinInclusive", ("0", "1"), "“amount” is negative."),
        ("MinInclusive", ("0.0", "1"), "“amount” is negative."),
        ("MinInclusive", ("3", "1"), "“amount” is less than 3."),
        ("Datatype", ("0", "1"), "The value of “amount” is not a date."),
        ("Xone", ("0", "1"), "“amount” does not meet the rule."),
    ],
)
def test_a_component_is_told_with_the_name_of_the_property_and_the_bound(
    component: str, parameters: tuple[str, ...], message: str
) -> None:
    found = texts(f"{component}ConstraintComponent", AMOUNT, parameters=parameters, value="-1")
    assert found == (message, "An amount.")


def test_a_text_where_a_number_should_be_is_not_called_negative() -> None:
    found = texts("MinInclusiveConstraintComponent", AMOUNT, value="dieci")
    assert found.message == "“amount” does not meet the rule."


def test_an_order_is_told_with_both_values_and_a_shape_without_message_has_no_remedy() -> None:
    message = f"“{START}” (9) is greater than “{END}” (7)."
    assert texts("LessThanOrEqualsConstraintComponent", START, "order") == (message, "")


# -- the shapes of records


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in SHAPES.glob("*.ttl"):
        if path.name not in NOT_FOR_RECORDS:
            graph.parse(path, format="turtle")
    return graph


def property_constraints(shapes: rdflib.Graph) -> Iterator[str]:
    """The components of the shapes that have a path."""
    for shape in set(shapes.subjects(SH.path)):
        for predicate in shapes.predicates(shape):
            if component := CONSTRAINT_PARAMETERS_MAP.get(predicate):
                yield component.__name__.removesuffix("ConstraintComponent")


def test_every_component_of_our_shapes_has_words_of_its_own(shapes: rdflib.Graph) -> None:
    known = load_messages(LANGUAGES[0])
    with_variants = {"NodeKind": "NodeKind-IRI"}
    unknown = {each for each in property_constraints(shapes) if f"shacl.{with_variants.get(each, each)}" not in known}
    assert unknown <= {"SPARQLBasedConstraint", "QualifiedValueShape"}, (
        "the first has a message of its own, the second two names"
    )


def test_the_messages_of_our_shapes_are_in_both_languages_without_prefixed_names_and_iris(shapes: rdflib.Graph) -> None:
    name = re.compile(rf"\b(?:{'|'.join(map(re.escape, PREFIXES))}):[A-Za-z]")
    messages = [message for message in shapes.objects(None, SH.message) if isinstance(message, rdflib.Literal)]
    assert [str(message) for message in messages if name.search(message)] == []
    for shape in set(shapes.subjects(SH.message)):
        languages = {getattr(message, "language", None) for message in shapes.objects(shape, SH.message)}
        assert languages == {"it", "en"}, shape
