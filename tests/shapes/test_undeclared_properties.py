"""A property of our namespace that the vocabulary does not declare is found where it enters: in mapping.yaml, or in RDF."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import RdfFormat

from passo_lod.errors import MappingError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.report import Severity

SOURCE = Path(__file__).resolve().parents[2] / "data" / "sources" / "emilia-romagna"

RDF = """\
@prefix passo: <https://w3id.org/passo/onto/> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
<https://altrove.example/id/process/p1> a passo:ParticipatoryProcess ;
    dct:identifier "al-p1" ;
    dct:title "Piano del verde"@it ;
    passo:usesTecnique <https://w3id.org/passo/controlled-vocabulary/technique/focus-group> .
<https://altrove.example/doc/process/p1> a passo:ObservatoryRecord ;
    foaf:primaryTopic <https://altrove.example/id/process/p1> .
"""
SETTINGS = """\
title: {it: Altrove, en: Elsewhere}
description: {it: Un altro catalogo}
prefix: alt
licence: https://creativecommons.org/licenses/by/4.0/
attribution: Altrove
reader: rdf
files: files/*
"""


@pytest.mark.parametrize(
    ("right", "wrong", "near"),
    [
        ("p: passo:usesTechnique,", "p: passo:usesTecnique,", "passo:usesTechnique"),
        ("o: passo:ParticipatoryProcess}", "o: passo:ParticipatoryProces}", "passo:ParticipatoryProcess"),
    ],
    ids=["property", "class"],
)
def test_a_mapping_with_an_undeclared_term_is_refused(
    pipeline_context: PipelineContext, tmp_path: Path, right: str, wrong: str, near: str
) -> None:
    folder = tmp_path / SOURCE.name
    folder.mkdir()
    for name in ("source.yaml", "reference.ttl"):
        (folder / name).write_bytes((SOURCE / name).read_bytes())
    mapping = (SOURCE / "mapping.yaml").read_text(encoding="utf-8")
    line = mapping[: mapping.index(right)].count("\n") + 1
    (folder / "mapping.yaml").write_text(mapping.replace(right, wrong), encoding="utf-8")
    with pytest.raises(MappingError, match=rf"mapping\.yaml:{line}: .* is no term of the vocabulary; near it: {near}"):
        SourcePipeline.open(folder, pipeline_context)


def test_an_undeclared_property_in_rdf_is_a_warning_with_its_line_and_what_is_near(
    pipeline_context: PipelineContext, tmp_path: Path
) -> None:
    folder = tmp_path / "altrove"
    (folder / "files").mkdir(parents=True)
    (folder / "source.yaml").write_text(SETTINGS, encoding="utf-8")
    lines = (ox.serialize(ox.parse(RDF, format=RdfFormat.TURTLE), format=RdfFormat.N_QUADS) or b"").splitlines()
    (folder / "files" / "dump.nq").write_bytes(b"\n".join(lines))
    (line,) = (number for number, each in enumerate(lines, 1) if b"usesTecnique" in each)
    pipeline = SourcePipeline.open(folder, pipeline_context)
    (only,) = process(pipeline, pipeline_context)
    (result,) = (each for each in only.results if each.code == "undeclared-property")
    assert result.severity is Severity.WARNING
    assert (result.field, result.line) == ("passo:usesTecnique", line)
    assert "passo:usesTechnique" in result.texts["en"].expected
