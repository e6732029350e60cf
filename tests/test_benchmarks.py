"""The benchmarks run with one command, and the records they generate are reproducible and have the shape of real ones."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from benchmarks import comparison, pages, records, soak
from benchmarks.sparql.client import Reply
from passo_lod.catalog import Catalog
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.report import Severity

ROOT = Path(__file__).resolve().parents[1]
PROCESS = "https://w3id.org/passo/onto/ParticipatoryProcess"
RECORDS = 60


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dump of the shipped data, published for the benchmark."""
    copy = tmp_path_factory.mktemp("benchmark") / "passo.nq.gz"
    with records.publish_shipped() as published:
        copy.write_bytes(published.read_bytes())
    return copy


@pytest.fixture(scope="module")
def generated(dump: Path) -> Path:
    """The shipped data with some generated records."""
    out = dump.parent / "generated.nq"
    records.write(RECORDS, out, dump)
    return out


def test_records_are_generated_beside_the_published_ones_in_a_graph_of_their_own(generated: Path, dump: Path) -> None:
    published, store = ox.Store(), ox.Store()
    with records._open_text(dump) as lines:
        published.load("".join(lines).encode(), format=ox.RdfFormat.N_QUADS)
    store.load(path=str(generated), format=ox.RdfFormat.N_QUADS)
    graph = ox.NamedNode(records.GRAPH[1:-1])
    processes = store.quads_for_pattern(None, None, ox.NamedNode(PROCESS), graph)
    assert len(list(processes)) == RECORDS
    assert len(store) - len(published) == len(list(store.quads_for_pattern(None, None, None, graph)))
    assert all(quad in store for quad in published)


def test_a_record_has_about_as_many_triples_as_a_real_one(generated: Path) -> None:
    of_records = [line for line in generated.read_text(encoding="utf-8").splitlines() if "/process/bench-" in line]
    assert 60 < len(of_records) / RECORDS < 120


def test_the_lines_are_sorted(generated: Path) -> None:
    lines = generated.read_bytes().splitlines()
    assert lines == sorted(lines)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    generated: Path, dump: Path, tmp_path: Path
) -> None:
    records.write(RECORDS, tmp_path / "again.nq", dump)
    records.write(RECORDS, tmp_path / "other.nq", dump, seed=2)
    assert (tmp_path / "again.nq").read_bytes() == generated.read_bytes()
    assert (tmp_path / "other.nq").read_bytes() != generated.read_bytes()


def test_the_quick_benchmark_of_our_own_endpoint_answers_every_query_and_survives_every_hostile_one(
    dump: Path, tmp_path: Path
) -> None:
    words = ["--quick", "--engine", "passo-lod", "--dump", str(dump), "--json", str(tmp_path / "found.json")]
    command = [sys.executable, "-m", "benchmarks.sparql.run", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    for dataset in found["datasets"].values():
        assert len(dataset["queries"]) == 12
        assert {
            name: query for name, query in dataset["queries"].items() if "fault" in query["engines"]["passo-lod"]
        } == {}
        assert dataset["mix"]["passo-lod"]["failed"] == 0
    assert {name: each for name, each in found["hostile"]["passo-lod"].items() if not each["survived"]} == {}
    assert "| 12-bodies-of-one (look-up) |" in done.stdout
    assert str(tmp_path) not in done.stdout


# ---- pages


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[RecordOutcome]:
    """The outcomes of some generated pages."""
    folder = tmp_path_factory.mktemp("pages")
    for number in range(PAGES):
        (folder / f"{100_000 + number}.txt").write_text(pages.page(number), encoding="utf-8")
    pipeline_context = PipelineContext.open(Catalog.open(ROOT / "data"))
    return process(SourcePipeline.open(pages.SOURCE, pipeline_context), pipeline_context, sorted(folder.iterdir()))


PAGES = len(pages.FAULTS) * pages.FAULT_RATE


def test_a_page_has_about_as_many_triples_as_a_real_one(outcomes: list[RecordOutcome]) -> None:
    numbers = [len(outcome.mapped.quads) for outcome in outcomes if outcome.mapped]
    assert 70 < sum(numbers) / len(numbers) < 130


def test_every_page_without_a_fault_is_published_and_agrees_with_itself(
    outcomes: list[RecordOutcome],
) -> None:
    for number, outcome in enumerate(outcomes):
        codes = {result.code for result in outcome.results}
        if number % pages.FAULT_RATE:
            assert outcome.published, codes
            assert not [code for code in codes if "From" in code], codes


def test_pages_have_every_kind_of_fault(outcomes: list[RecordOutcome]) -> None:
    faulty = outcomes[:: pages.FAULT_RATE]
    worst = [sorted(result.code for result in each.results if result.severity is not Severity.INFO) for each in faulty]
    assert [] not in worst
    assert len({tuple(codes) for codes in worst}) == len(pages.FAULTS)


def test_the_same_number_and_seed_give_the_same_page() -> None:
    assert pages.page(7) == pages.page(7)
    assert pages.page(7) != pages.page(7, seed=2)
    assert pages.page(7) != pages.page(7 + 11)


def samples(*server: float) -> list[soak.Sample]:
    return [soak.Sample(float(minute * 60), memory, 2 * memory) for minute, memory in enumerate(server)]


def test_the_soak_compares_the_memory_of_the_server_at_the_beginning_and_the_end_of_the_settled_time() -> None:
    warming_up, settled = [900.0] * 10, [100.0] * 10 + [150.0] * 30 + [300.0] * 10
    assert soak.settled(samples(*warming_up, *settled)) == (100.0, 300.0)


def test_the_soak_misses_a_figure_on_the_wrong_side_of_its_aim_only() -> None:
    assert [soak.check("share", value, ">=", 0.999) for value in (0.9989, 0.999)] == [True, False]
    assert [soak.check("seconds", value, "<=", 1.0) for value in (1.01, 1.0)] == [True, False]


def test_an_answer_that_is_wrong_counts_as_not_answered() -> None:
    user = soak.User()
    user.answers.update({200: 8, 503: 2})
    user.wrong.append("/doc/process/xx-0001")
    assert user.share == 0.7


def test_the_curve_of_the_soak_is_an_image_with_both_lines() -> None:
    root = ElementTree.fromstring(soak.curve(samples(100.0, 120.0, 110.0), 180.0))
    assert [len(line.attrib["points"].split()) for line in root.iter("{http://www.w3.org/2000/svg}polyline")] == [3, 3]


# ---- comparisons


def test_every_comparison_of_the_benchmark_is_answered_and_asks_another_query(shipped: Path, tmp_path: Path) -> None:
    prepared = comparison.prepare(shipped, 0, tmp_path / "release")
    measured = comparison.measure(prepared, 2)
    assert prepared.processes == measured.processes > 100
    assert list(comparison._refused(measured)) == []
    for case in comparison.CASES:
        assert len(measured.ours["memory"][case.name].seconds) == 2
        assert len(measured.oxigraph[case.name].seconds) == 2
        queries = {comparison.evidence_query(comparison._comparison(case.parameters(run))) for run in range(30)}
        assert len(queries) == 30
    assert measured.ours["memory"]["default answer, first"].size > 1000
    assert "| by two dimensions |" in comparison.report([measured])


def test_a_refused_comparison_misses_the_aim_with_the_reason_of_the_server() -> None:
    reply = Reply(422, "application/problem+json", b'{"detail": "the result has more than 16 MiB"}', 0.1)
    assert comparison._reason(reply) == ": the result has more than 16 MiB"
    assert comparison._verdict(10_000, comparison.Timing([0.1], refused=["422"])) == "missed: 1 refused"
    verdicts = [comparison._verdict(10_000, comparison.Timing([seconds])) for seconds in (1.0, 1.1)]
    assert verdicts == ["met: 1 s", "missed: 1 s"]
