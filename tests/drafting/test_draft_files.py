"""The files of a draft are valid YAML with the right values, whatever the names of the columns."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod import yaml_loader
from passo_lod.drafting.column_evidence import KnownValues
from passo_lod.drafting.draft import draft_source
from passo_lod.drafting.draft_files import scalar
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.errors import SourceError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline


@given(st.text(min_size=1, max_size=40))
def test_every_text_survives_a_round_trip_through_yaml(text: str) -> None:
    from tempfile import TemporaryDirectory

    try:
        text.encode()
    except UnicodeEncodeError:
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_text(f"a: {{p: {scalar(text)}, q: [{scalar(text)}]}}\nb: {scalar(text)}\n", encoding="utf-8")
        block = yaml_loader.load(path, SourceError)
    assert (block["a"]["p"], block["a"]["q"], block["b"]) == (text, [text], text)


NAMES = [
    "a: b", "a, b", "# c", "{x}", "[y]", "'quoted'", '"double"', "- d", "? e", "! f", "& g", "* h", "| i", "> j", "% k", "@ l", "`m`",
    "no", "yes", "null", "~", "1", "036002", "2020-01-01", "$(id)", "$(label)", "a\\b", "ünï", "日本", "𝒳", "  spaced  name ", "x" * 300,
]  # fmt: skip


def test_a_table_with_the_strangest_column_names_gives_a_draft_that_opens(
    tmp_path: Path, known: KnownValues, pipeline_context: PipelineContext
) -> None:
    quoted = ['"' + name.replace('"', '""') + '"' for name in NAMES]
    rows = [["id", "Titolo", *quoted]] + [[str(n), f"Titolo {n}", *([f"v{n}"] * len(NAMES))] for n in range(3)]
    (tmp_path / "strange.csv").write_text("".join(";".join(row) + "\n" for row in rows), encoding="utf-8")
    made = draft_source("strange", [tmp_path / "strange.csv"], known, DraftOptions(), ())
    folder = made.write(tmp_path / "sources", lambda folder: SourcePipeline.open(folder, pipeline_context))
    line = SourcePipeline.open(folder, pipeline_context)
    (first, *_) = line.source.readings()
    assert [result for reading in line.source.readings() for result in reading.results] == []
    assert first.record is not None
    assert len(first.record.fields) == len(NAMES) + 2


def test_no_file_is_left_if_the_draft_cannot_be_opened(tmp_path: Path, known: KnownValues) -> None:
    def refuse(folder: Path) -> None:
        raise SourceError("no")

    (tmp_path / "a.csv").write_text("id;titolo\n1;A b c\n2;D e f\n", encoding="utf-8")
    made = draft_source("a", [tmp_path / "a.csv"], known, DraftOptions(), ())
    with pytest.raises(SourceError, match="no"):
        made.write(tmp_path / "sources", refuse)
    assert list((tmp_path / "sources").iterdir()) == []


def test_a_draft_is_the_same_every_time(tmp_path: Path, known: KnownValues) -> None:
    (tmp_path / "a.csv").write_text("id;titolo;stato\n1;A b c;In corso\n2;D e f;Concluso\n", encoding="utf-8")
    first, second = (draft_source("a", [tmp_path / "a.csv"], known, DraftOptions(), ()).texts for _ in range(2))
    assert first == second
