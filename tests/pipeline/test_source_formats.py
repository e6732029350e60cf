"""A format asks for what one of its records answers; what it does not ask is not asked of its records."""

from pyoxigraph import Literal, NamedNode, Quad

from passo_lod.namespaces import DCT, PASSO, RDF
from passo_lod.pipeline.source_formats import asked_properties, format_quads

BASE = "https://w3id.org/passo/"
PROCESS = NamedNode(f"{BASE}id/process/xx-1")
COST = NamedNode(f"{BASE}id/process/xx-1/cost")
MISSING = NamedNode(f"{BASE}doc/process/xx-1#missing-participantCount")


def test_a_value_and_a_reason_for_having_none_are_answers_and_a_value_of_a_part_is_not() -> None:
    quads = [
        Quad(PROCESS, RDF.type, PASSO.ParticipatoryProcess),
        Quad(PROCESS, DCT.title, Literal("Piazza", language="it")),
        Quad(PROCESS, PASSO.cost, COST),
        Quad(COST, DCT.description, Literal("Costo", language="it")),
        Quad(MISSING, PASSO.missingProperty, PASSO.participantCount),
    ]
    assert asked_properties(quads) == tuple(sorted([DCT.title.value, PASSO.cost.value, PASSO.participantCount.value]))


def test_each_format_has_its_questions_in_the_graph_of_the_source() -> None:
    quads = list(format_quads(BASE, "casi", {"table": {DCT.title.value}, "json": {DCT.title.value, PASSO.cost.value}}))
    asked = {(str(quad.subject), quad.object) for quad in quads if quad.predicate == PASSO.asks}
    assert asked == {
        (f"<{BASE}id/format/casi-json>", DCT.title),
        (f"<{BASE}id/format/casi-json>", PASSO.cost),
        (f"<{BASE}id/format/casi-table>", DCT.title),
    }
    assert {quad.graph_name for quad in quads} == {NamedNode(f"{BASE}dataset/casi")}
