"""Every Turtle and SPARQL file of the project can be parsed, and a faulty one is named with its line."""

from pathlib import Path

import pytest

from tests.rdf_syntax import main, problem_of

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("ontology", "shapes", "data", "src/passo_lod/queries", "src/passo_lod/release/tables", "benchmarks")


def test_every_turtle_and_sparql_file_can_be_parsed() -> None:
    files = [path for name in FOLDERS for ending in ("ttl", "rq") for path in (ROOT / name).rglob(f"*.{ending}")]
    assert len(files) > 100
    assert [problem for path in files if (problem := problem_of(path))] == []


@pytest.mark.parametrize(("name", "text"), [("a.ttl", "<x> <y> .\n"), ("a.rq", "SELECT * {\n")])
def test_a_faulty_file_is_named_and_ends_with_status_1(
    tmp_path: Path, name: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert main([str(tmp_path / name)]) == 1
    assert name in capsys.readouterr().out
