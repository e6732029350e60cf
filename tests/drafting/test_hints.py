"""The hint files name only schemes, concepts, terms, maps and converters that exist."""

from pathlib import Path

import pytest

from passo_lod.drafting import hints as module
from passo_lod.drafting.column_evidence import KINDS_BY_CONVERTER, KINDS_BY_DATATYPE
from passo_lod.drafting.hints import Hints
from passo_lod.mapping.converters.converter_registry import converters
from passo_lod.namespaces import curie
from passo_lod.pipeline.context import PipelineContext


def test_every_scheme_and_concept_that_a_hint_names_exists(hints: Hints, pipeline_context: PipelineContext) -> None:
    for target in hints.targets:
        assert set(target.schemes) <= set(pipeline_context.schemes.codes), target.name
    for code, concepts in hints.concepts.items():
        assert [each for each in concepts if pipeline_context.schemes[code].find(each) is None] == [], code


def test_every_target_has_a_map_a_kind_and_a_prefixed_name(hints: Hints) -> None:
    for target in hints.targets:
        assert target.leave or target.map in {"process", "record", *hints.maps}
        assert target.reads in {*KINDS_BY_DATATYPE, *KINDS_BY_CONVERTER, "concept", "place", "organisation"}
        assert target.leave or curie(target.p)
    for names in KINDS_BY_CONVERTER.values():
        assert set(names) <= set(converters("it", "https://example.org/"))


def test_a_term_that_the_ontology_does_not_define_is_no_target(pipeline_context: PipelineContext) -> None:
    only = [quad for quad in pipeline_context.vocabulary_quads if "cost" in str(quad.subject)]
    assert "status" not in {target.name for target in Hints.open(only).targets}
    assert "start-date" in {target.name for target in Hints.open(only).targets}


def test_labels_of_the_ontology_are_words_too(hints: Hints) -> None:
    status = hints.target("status")
    assert status is not None
    assert {("stato di avanzamento", "it"), ("progress status", "en")} <= set(status.words)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("n.d.", "not-stated"),
        ("N.C.", "not-stated"),
        ("Non indicato o dato non disponibile nelle fonti consultate", "not-stated"),
        ("Riserva di posti non prevista nel bando di riferimento", "not-applicable"),
        ("non è previsto", "not-applicable"),
        ("sans objet", "not-applicable"),
        ("null", "absent"),
        ("-", "absent"),
        ("—", "absent"),
        ("no", None),
        ("Nonantola", None),
        ("Novara", None),
        ("Unknown Pleasures", None),
    ],
)
def test_texts_for_no_value_are_recognised(hints: Hints, text: str, why: str | None) -> None:
    assert hints.missing_value_reason(text) == why


def test_the_hint_files_are_in_the_folder_of_the_module() -> None:
    assert {path.name for path in Path(module.FOLDER).glob("*.yaml")} == {"hints.yaml", "maps.yaml"}
