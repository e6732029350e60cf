"""The inputs of `shared/field` on maps that do not hold or that nothing links to."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passo_lod.cli.commands import app
from passo_lod.errors import MappingError
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process

SETTINGS = """\
title: {it: Prova, en: Test}
prefix: whentest
observatory: id/organisation/whentest
language: it
licence: https://creativecommons.org/licenses/by/4.0/
site: https://example.org/
region: "08"
reader: table
files: when-test.csv
id-from: Codice
id: '(?P<id>.+)'
layout: {columns: [Codice, Titolo, Comune, Ente, Importo]}
"""

Publish = Callable[[Callable[[str], str]], list[RecordOutcome]]


@pytest.fixture
def publish(tmp_path: Path, shared: Path, pipeline_context: PipelineContext) -> Publish:
    """Processes the table of the field with its mapping.yaml, after a change of it."""

    def publish(change: Callable[[str], str]) -> list[RecordOutcome]:
        given = shared / "field" / "02-orphan-amount"
        (tmp_path / "whentest").mkdir()
        folder = tmp_path / "whentest"
        (folder / "source.yaml").write_text(SETTINGS, encoding="utf-8")
        (folder / "when-test.csv").write_bytes((given / "when-test.csv").read_bytes())
        text = (given / "mapping.yaml").read_text(encoding="utf-8")
        # The mapping is that of an earlier version, with a reason for absence as a value, and a converter that is called otherwise now.
        former = ("cvl:answer/not-stated", "schema:currency")
        lines = (line for line in text.splitlines(keepends=True) if not any(each in line for each in former))
        text = "".join(lines).replace("convert: euro", "convert: money, currency: EUR")
        (folder / "mapping.yaml").write_text(change(text), encoding="utf-8")
        return process(SourcePipeline.open(folder, pipeline_context), pipeline_context)

    return publish


def with_funding_when(text: str) -> str:
    text = text.replace("/funding\n    po:", "/funding\n    when: [Importo]\n    po:")
    return text.replace(
        "      - {p: passo:hasFunding",
        "      - {p: passo:responsibleUnit, mapping: office}\n      - {p: passo:hasFunding",
    )


def test_map_that_never_exists_is_an_error_that_names_what_hangs_on_it(publish: Publish) -> None:
    with pytest.raises(MappingError, match=r"the map 'funding' never exists, so nothing links to .*'amount'"):
        publish(lambda text: text)


def test_map_that_nobody_reaches_is_an_error(publish: Publish) -> None:
    with pytest.raises(MappingError, match="nothing links to the map 'office'"):
        publish(
            lambda text: with_funding_when(text).replace("      - {p: passo:responsibleUnit, mapping: office}\n", "")
        )


def test_amount_hangs_on_the_process_and_an_office_without_its_condition_states_nothing(publish: Publish) -> None:
    outcomes = publish(with_funding_when)
    assert len(outcomes) == 3
    for outcome in outcomes:
        assert outcome.mapped is not None
        quads = [str(quad) for quad in outcome.mapped.quads]
        assert not any("/office" in each for each in quads)
        links = [re.findall("<([^>]+)>", each)[:3] for each in quads if "MonetaryAmount" not in each]
        amount = next(subject for subject, *_ in links if subject.endswith("/funding/amount"))
        assert any(each[2] == amount for each in links if len(each) > 2)
        assert any(each[2] == amount.removesuffix("/amount") for each in links if len(each) > 2)


def test_draft_has_a_condition_on_a_map_that_only_its_parts_make_exist(
    tmp_path: Path, shared: Path, pipeline_context: PipelineContext
) -> None:
    table = (shared / "field" / "01-when-leaks" / "when-test.csv").read_text(encoding="utf-8")
    (tmp_path / "when-test.csv").write_text(table.replace("Importo", "Importo finanziato"), encoding="utf-8")
    (tmp_path / "data").mkdir()
    options = ["--licence", "https://creativecommons.org/licenses/by/4.0/", "--site", "https://example.org/"]
    command = ["new-source", "whentest", "--from", str(tmp_path / "when-test.csv"), "--data", str(tmp_path / "data")]
    answer = CliRunner().invoke(app, [*command, *options, "--observatory", "Prova"])
    assert answer.exit_code == 0, answer.output
    folder = tmp_path / "data" / "sources" / "whentest"
    mapping = (folder / "mapping.yaml").read_text(encoding="utf-8")
    assert "/funding\n    when: [Importo finanziato]\n" in mapping
    for outcome in process(SourcePipeline.open(folder, pipeline_context), pipeline_context):
        assert outcome.mapped is not None
        objects = {str(quad.object) for quad in outcome.mapped.quads}
        amounts = {str(quad.subject) for quad in outcome.mapped.quads if "/funding/amount>" in str(quad.subject)}
        assert len(amounts) == 1
        assert amounts <= objects
