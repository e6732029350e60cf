"""The first changes that CONTRIBUTING.md describes work as it describes them."""

import re
from pathlib import Path
from textwrap import dedent

import pyoxigraph as ox
import pytest

from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import process
from passo_lod.queries.stored_queries import parse_query
from passo_lod.sources.columns import Columns
from passo_lod.sources.reader_registry import READERS

PAGE = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(beginning: str) -> str:
    """The one code block of the page that begins so."""
    blocks = [dedent(text) for text in re.findall(r"^ +```\w*\n(.*?)^ +```", PAGE, re.DOTALL | re.MULTILINE)]
    (found,) = (text for text in blocks if text.startswith(beginning))
    return found


def test_the_example_of_a_concept_is_complete() -> None:
    prefixes = "@prefix cvl: <https://w3id.org/passo/controlled-vocabulary/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    (text,) = re.findall(r"^ +```turtle\n(.*?)^ +```", PAGE, re.DOTALL | re.MULTILINE)[:1]
    properties = {
        triple.predicate.value.rpartition("#")[2] for triple in ox.parse(prefixes + text, format=ox.RdfFormat.TURTLE)
    }
    assert properties >= {"type", "inScheme", "topConceptOf", "notation", "prefLabel", "definition"}


def test_the_example_of_a_stored_query_has_its_header() -> None:
    query = parse_query("costs-stated", block("#+ title@it"))
    assert set(query.titles) == set(query.notes) == {"it", "en"}
    assert query.view == {"view": "chart", "value": "withCost", "label": "region", "series": "-"}


def test_the_example_of_a_reader_publishes_its_record(
    tmp_path: Path, pipeline_context: PipelineContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    module: dict[str, object] = {}
    exec(block('"""Read iCalendar'), module)
    monkeypatch.setitem(READERS, "ical", (Columns.parse, module["read_ical"]))  # type: ignore[arg-type]
    folder = tmp_path / "events"
    (folder / "samples").mkdir(parents=True)
    (folder / "samples" / "2026.ics").write_text(block("BEGIN:VCALENDAR"), encoding="utf-8")
    (folder / "source.yaml").write_text(block("title:"), encoding="utf-8")
    (folder / "mapping.yaml").write_text(block("mappings:"), encoding="utf-8")
    (outcome,) = process(SourcePipeline.open(folder, pipeline_context), pipeline_context)
    assert (outcome.reading.id, outcome.published) == ("cal-41", True)
