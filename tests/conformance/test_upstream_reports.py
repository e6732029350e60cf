"""Each program in `docs/upstream-oxigraph.md` prints the actual result that the report gives, so that a change of the engine is noticed."""

import contextlib
import io
import re
from pathlib import Path

import pyoxigraph
import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "upstream-oxigraph.md").read_text(encoding="utf-8")
REPORT = re.compile(r"^## (.*?)\n.*?^```python\n(.*?)^```.*?^Actual:\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
REPORTS = [pytest.param(program, actual, id=title) for title, program, actual in REPORT.findall(PAGE)]


@pytest.mark.parametrize(("program", "actual"), REPORTS)
def test_the_program_of_a_report_prints_the_actual_result(program: str, actual: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(program, {})
    assert output.getvalue() == actual


def test_every_report_has_a_program_and_the_version() -> None:
    assert len(REPORTS) == PAGE.count("\n## ") == PAGE.count(f"\npyoxigraph {pyoxigraph.__version__}.\n") > 1
