"""Publishing: each record is published, quarantined or withdrawn with a reason, and the same input gives the same bytes."""

import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode
from pyoxigraph import parse as ox_parse

from passo_lod.catalog import Catalog
from passo_lod.errors import MappingError, PassoError, SettingsError, VocabularyError
from passo_lod.mapping.converters.conversion import Converter
from passo_lod.media_types import N_QUADS
from passo_lod.namespaces import VOCABULARY
from passo_lod.pipeline.check import check_files
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, accounting, process
from passo_lod.pipeline.publish import Published, publish
from passo_lod.records import Reading
from passo_lod.release.publish_policy import OPEN
from passo_lod.report import Severity, ValidationResult
from tests.reports import results

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"
SOURCE = "emilia-romagna"

Make = Callable[[str], Path]

# --- A folder of good and of poisoned pages (with the expected outcome of each) ---------------------------------------------

PUBLISHED = {
    # page: the warnings it is published with, by code and line
    "good-l1": (),
    "good-l2": (),
    "good-l2n": (),
    "with-person-data": (),
    "unknown-technique": (("unknown-concept", 77),),
    "unknown-town": (("unknown-place", 73),),
    "unknown-label": (("unknown-label", 53), ("unknown-label", 55)),
    "control-characters": (),
    "separators": (("encoding", 117),),
    "decomposed": (),
    "windows": (),
    "caff\\xe8": (),
}
QUARANTINED = {
    # page: the violation that keeps it out, by code, line and a word of the reason
    "empty": ("empty", None, "the file is empty"),
    "lx": ("broken-layout", 12, "field descriptors"),
    "no-title": ("no-title", None, "no line begins with"),
    "label-twice": ("label-twice", 21, "stands twice"),
    "impossible-date": ("date", 23, "no such day"),
    "cost-in-words": ("money", 69, "not an amount in figures"),
    "award-over-cost": ("s:ParticipatoryProcess-awardWithinCost", 104, "does not meet the rule"),
    "end-before-start": ("s:ParticipatoryProcess-dateOrder", 19, "is before the start date"),
    "score-over-best": ("s:ParticipationScore-withinBest", 88, "is above the best of its scale"),
    "binary": ("binary", None, "not text"),
    "latin-1": ("encoding", 63, "not UTF-8"),
    "one-line": ("too-large", None, "50,000,000 bytes"),
    "many-lines": ("too-long", None, "lines of text"),
    "accents": ("accents", 117, "more than 30 accents"),
    "digits": ("integer", 99, "not a whole number"),
    "nowhere": ("unreadable", None, "cannot be opened"),
    "pipe": ("unreadable", None, "not a regular file"),
    "???": ("id", None, "name gives no id"),
    "4242": ("id-twice", None, "also that of samples/007_4242.txt"),
    "007_4242": ("id-twice", None, "also that of samples/4242.txt"),
}
WITHDRAWN = {"4343": "Doppione di un'altra scheda", "4344": "Su richiesta"}


def poisoned(samples: Path, good: str) -> None:
    """One page of each kind, the fixtures and those that no repository should hold."""
    for page in PAGES.glob("*.txt"):
        (samples / page.name).write_bytes(page.read_bytes())
    texts = {
        "control-characters": good.replace("Scegliere", "\x01Scegliere\x0b\x1f"),
        "separators": good.replace("Scegliere", "Scegliere\u2028fra\x85due"),
        "decomposed": good.replace("Settore", "Settore\u0300"),
        "windows": "\ufeff" + good.replace("\n", "\r\n"),
        "many-lines": good + "riga\n" * 10_000,
        "accents": good.replace("Scegliere", "Scegliere" + "\u0301\u0316" * 40_000),
        "digits": good.replace("\n25\n", "\n" + "9" * 5000 + "\n"),
        "4242": good,
        "007_4242": good,
        "4343": good,
        "4344": good.replace("dal", "tel. 051 0000000 dal"),
        "???": good,
        os.fsdecode(b"caff\xe8"): good,
    }
    for name, text in texts.items():
        (samples / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    (samples / "latin-1.txt").write_bytes(good.encode().replace(b"Comune di Imola", b"Comune di Forl\xec"))
    (samples / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (samples / "one-line.txt").write_bytes(b"a" * 50_000_000)
    (samples / "nowhere.txt").symlink_to("no-such-file")
    os.mkfifo(samples / "pipe.txt")
    (samples / "folder.txt").mkdir()


@pytest.fixture(scope="module")
def release(small_data: Make, tmp_path_factory: pytest.TempPathFactory, good_page: str) -> Published:
    data = small_data("poisoned")
    folder = data / "sources" / SOURCE
    poisoned(folder / "samples", good_page)
    settings = (folder / "source.yaml").read_text(encoding="utf-8")
    listed = "\n".join(f'  {key}: "{reason}"' for key, reason in WITHDRAWN.items())
    (folder / "source.yaml").write_text(f"{settings}\nwithdrawn:\n{listed}\n", encoding="utf-8")
    started = time.monotonic()
    published = publish(Catalog.open(data), tmp_path_factory.mktemp("releases"), policy=OPEN)
    assert time.monotonic() - started < 60, "nothing should hang"
    return published


def report(release: Published) -> dict[str, list[ValidationResult]]:
    found: dict[str, list[ValidationResult]] = {}
    for result in results(release.folder):
        found.setdefault(result.path.removeprefix("samples/").removesuffix(".txt"), []).append(result)
    return found


def processes(release: Published) -> set[str]:
    data = gzip.decompress((release.folder / "dump" / "passo.nq.gz").read_bytes())
    start = f"{VOCABULARY}id/process/er-"
    subjects = {
        quad.subject.value for quad in ox_parse(data, format=N_QUADS.rdf) if isinstance(quad.subject, NamedNode)
    }
    return {
        subject.removeprefix(start)
        for subject in subjects
        if subject.startswith(start) and "/" not in subject.removeprefix(start)
    }


def test_good_pages_are_published_and_no_other(release: Published) -> None:
    assert processes(release) == {"caff" if page.startswith("caff") else page for page in PUBLISHED}


@pytest.mark.parametrize("page", sorted(PUBLISHED))
def test_a_published_page_has_a_result_for_each_value_left_out(release: Published, page: str) -> None:
    results = report(release).get(page, [])
    assert not [result for result in results if result.severity is Severity.VIOLATION]
    unasked = [each for each in results if each.code != "likely-duplicate"]  # the pages are variants of each other
    mapped = [each for each in unasked if each.severity is Severity.WARNING and not each.code.startswith("s:")]
    assert tuple((result.code, result.line) for result in mapped) == PUBLISHED[page]
    assert all(result.expected for result in results)


@pytest.mark.parametrize("page", sorted(QUARANTINED))
def test_a_bad_page_is_named_with_file_line_and_reason(release: Published, page: str) -> None:
    code, line, reason = QUARANTINED[page]
    violations = [each for each in report(release)[page] if each.severity is Severity.VIOLATION]
    (result,) = [each for each in violations if each.code == code]
    assert result.line == line
    assert reason in result.texts["en"].message
    assert result.expected
    assert str(result).startswith(f"samples/{page}.txt:")


def test_the_accounting_adds_up_and_is_stored(release: Published) -> None:
    files = len(PUBLISHED) + len(QUARANTINED) + len(WITHDRAWN)
    assert release.accounting.as_json() == {
        "in": files,
        "published": len(PUBLISHED),
        "quarantined": len(QUARANTINED),
        "withdrawn": len(WITHDRAWN),
        "merged": 0,
    }
    for name in ("manifest.json", "report.json"):
        document = json.loads((release.folder / name).read_text(encoding="utf-8"))
        assert document["accounting"] == release.accounting.as_json()
        (source,) = document["sources"]
        assert {each["path"] for each in source["quarantined_records"]} == {
            f"samples/{page}.txt" for page in QUARANTINED
        }
        assert {each["record"]: each["reason"] for each in source["withdrawn_records"]} == {
            f"er-{key}": reason for key, reason in WITHDRAWN.items()
        }


def test_every_input_is_in_the_manifest(release: Published) -> None:
    (source,) = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))["sources"]
    pages = {Path(path).stem for path in source["inputs"] if path.startswith("samples/")}
    assert pages == {*PUBLISHED, *QUARANTINED, *WITHDRAWN}


def test_of_a_withdrawn_record_nothing_is_left_in_data_or_report(release: Published) -> None:
    assert not WITHDRAWN.keys() & {result.record.removeprefix("er-") for result in results(release.folder)}
    assert "051 0000000" not in every_text(release)


@pytest.mark.parametrize("secret", ["mario.inventato", "Mario Inventato", "051 0000000", "INVMRA80A01A944X"])
def test_personal_data_is_in_no_file_of_the_release(release: Published, secret: str) -> None:
    assert secret in (PAGES / "with-person-data.txt").read_text(encoding="utf-8")
    assert secret not in every_text(release)


def every_text(release: Published) -> str:
    files = [path.read_bytes() for path in release.folder.rglob("*") if path.is_file()]
    return "".join(_unpacked(data).decode(errors="replace") for data in files)


def _unpacked(data: bytes) -> bytes:
    """What is in a packed file; a Parquet file says the same as the CSV beside it."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    return zstd.decompress(data) if data[:4] == b"\x28\xb5\x2f\xfd" else data


@pytest.mark.parametrize(
    ("page", "name", "others"), [("unknown-technique", "usesTechnique", 1), ("unknown-town", "affectedTerritory", 1)]
)
def test_an_unknown_name_is_left_out_and_the_others_of_its_list_are_published(
    release: Published, page: str, name: str, others: int
) -> None:
    data = gzip.decompress((release.folder / "dump" / "passo.nt.gz").read_bytes()).decode()
    assert data.count(f"<{VOCABULARY}id/process/er-{page}> <{VOCABULARY}onto/{name}>") == others


def test_no_file_of_a_release_has_a_blank_node(release: Published) -> None:
    data = gzip.decompress((release.folder / "dump" / "passo.nt.gz").read_bytes()).decode()
    assert not [line for line in data.split("\n") if line.startswith("_:") or " _:" in line.split('"', 1)[0]]


# --- The same input gives the same bytes ----------------------------------------------------------------------------------------

PUBLISH = "import sys; from pathlib import Path; from passo_lod.catalog import Catalog; from passo_lod.pipeline.publish import publish; from passo_lod.release.publish_policy import OPEN; publish(Catalog.open(Path(sys.argv[1])), Path(sys.argv[2]), policy=OPEN)"

WORLDS = [
    {"TZ": "UTC", "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"},
    {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
    {
        "TZ": "America/Anchorage",
        "PYTHONHASHSEED": "4711",
        "LC_ALL": "it_IT.ISO-8859-1",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    },
]


def test_order_clock_zone_locale_and_hash_seed_change_no_byte(small_data: Make, tmp_path: Path) -> None:
    pages = [*sorted(PAGES.glob("*.txt")), ROOT / "data" / "sources" / SOURCE / "samples" / "9c01f1f444d477c3.txt"]
    running = []
    for number, world in enumerate(WORLDS):
        data = small_data(f"world-{number}")
        samples = data / "sources" / SOURCE / "samples"
        for age, page in enumerate(pages if number == 0 else pages[number:][::-1] + pages[:number]):
            (samples / page.name).write_bytes(page.read_bytes())
            os.utime(samples / page.name, (1_000_000_000 + age * number, 1_000_000_000 + age * number))
        command = [sys.executable, "-c", PUBLISH, str(data), str(tmp_path / str(number))]
        running.append(subprocess.Popen(command, env={**os.environ, **world}, stderr=subprocess.PIPE))
    for each in running:
        _, errors = each.communicate(timeout=120)
        assert each.returncode == 0, errors.decode()
        assert errors == b""
    first, *others = (contents(tmp_path / str(number) / "current") for number in range(len(WORLDS)))
    for other in others:
        assert sorted(other) == sorted(first)
        assert [path for path in first if other[path] != first[path]] == []


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a release but the feed, where the time stands (tests/release/changes/test_ldes_feed.py); of the manifest all but what says when it was made."""
    root = folder.resolve()
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    found = {name: path.read_bytes() for name, path in files.items() if not name.startswith("feed/")}
    document = json.loads(found["manifest.json"])
    document["files"] = [each for each in document["files"] if not each["path"].startswith("feed/")]
    for key in ("id", "created", "registry"):  # the registry of ids names the release that brought each
        document.pop(key, None)
    found["manifest.json"] = json.dumps(document).encode()
    sums = found["SHA256SUMS"].splitlines()
    timeless = [line for line in sums if not re.search(rb"  (manifest\.json$|feed/)", line)]
    found["SHA256SUMS"] = b"\n".join(timeless)
    return found


def test_the_order_of_the_files_changes_no_outcome(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    pages = sorted(PAGES.glob("*.txt"))
    forwards = {outcome.reading.path: outcome for outcome in process(source_pipeline, pipeline_context, pages)}
    for outcome in process(source_pipeline, pipeline_context, pages[::-1]):
        assert outcome.results == forwards[outcome.reading.path].results
        assert outcome.mapped is None or outcome.mapped.quads == forwards[outcome.reading.path].mapped.quads  # type: ignore[union-attr]


# --- Accounting and isolation -----------------------------------------------------------------------------------------------------

VIOLATION, WARNING = (ValidationResult(severity, "x") for severity in (Severity.VIOLATION, Severity.WARNING))


@pytest.fixture(scope="module")
def good_outcome(source_pipeline: SourcePipeline, pipeline_context: PipelineContext) -> RecordOutcome:
    (outcome,) = process(source_pipeline, pipeline_context, [PAGES / "good-l2.txt"])
    return outcome


@given(
    kinds=st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from([(), (WARNING,), (VIOLATION,), (WARNING, VIOLATION)]),
            st.sampled_from([None, "taken back"]),
        )
    )
)
def test_whatever_becomes_of_records_the_accounting_adds_up(
    good_outcome: RecordOutcome, kinds: list[tuple[bool, Sequence[ValidationResult], str | None]]
) -> None:
    outcomes = [
        RecordOutcome(
            Reading("1.txt", "er-1", None), good_outcome.mapped if mapped else None, tuple(results), withdrawn
        )
        for mapped, results, withdrawn in kinds
        if mapped or VIOLATION in results or withdrawn
    ]
    counted = accounting(outcomes)
    assert counted.records_in == len(outcomes)
    assert counted.published == sum(not each.withdrawn and VIOLATION not in each.results for each in outcomes)
    assert all(each.published + each.quarantined + (each.withdrawn is not None) == 1 for each in outcomes)


def test_a_program_fault_on_one_record_quarantines_only_that_record(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    def broken(text: str) -> Literal:
        if text == "8.000,00 €":
            raise ZeroDivisionError("division by zero")
        return source_pipeline.mapper.converters["money"].by("comma")(text)  # type: ignore[return-value]

    table = {**source_pipeline.mapper.converters, "money": Converter(broken, "an amount", "1")}
    faulty = replace(source_pipeline, mapper=replace(source_pipeline.mapper, converters=table))
    pages = [PAGES / f"{name}.txt" for name in ("good-l1", "good-l2", "good-l2n")]
    outcomes = process(faulty, pipeline_context, pages)
    assert [outcome.published for outcome in outcomes] == [True, False, True]
    (result,) = outcomes[1].results
    assert (result.code, result.record) == ("fault", "er-good-l2")
    assert "ZeroDivisionError: division by zero" in result.texts["en"].message


def test_a_program_fault_in_reading_a_file_quarantines_only_that_file(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    def broken(source: object, path: Path, shown: str) -> object:
        if path.stem == "good-l2":
            raise IndexError("out of range")
        return source_pipeline.source.reader(source, path, shown)

    faulty = replace(source_pipeline, source=replace(source_pipeline.source, reader=broken))  # type: ignore[arg-type]
    outcomes = process(faulty, pipeline_context, [PAGES / "good-l1.txt", PAGES / "good-l2.txt"])
    assert [(outcome.published, outcome.reading.id) for outcome in outcomes] == [
        (True, "er-good-l1"),
        (False, "er-good-l2"),
    ]


def test_records_that_share_an_id_are_quarantined_and_name_each_other(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext, tmp_path: Path, good_page: str
) -> None:
    names = ("4242.txt", "001_4242.txt", "002_4242.txt")
    for name in names:
        (tmp_path / name).write_text(good_page, encoding="utf-8")
    outcomes = process(source_pipeline, pipeline_context, [tmp_path / name for name in names])
    for outcome in outcomes:
        assert outcome.quarantined
        (result,) = outcome.results
        assert (result.code, result.source, result.record) == ("id-twice", SOURCE, "er-4242")
        others = (
            result.texts["en"].message.removeprefix("The id er-4242 is also that of ").removesuffix(".").split(", ")
        )
        assert sorted({outcome.reading.path, *others}) == sorted(str(tmp_path / name) for name in names)
        assert len(others) == 2


def test_progress_is_reported_for_each_batch(
    source_pipeline: SourcePipeline, pipeline_context: PipelineContext
) -> None:
    calls: list[tuple[str, int, int]] = []
    process(source_pipeline, pipeline_context, sorted(PAGES.glob("good*.txt")), lambda *call: calls.append(call))
    assert calls == [(SOURCE, 3, 3)]


# --- Mistakes of those who publish ------------------------------------------------------------------------------------------------


def with_mistake(data: Path, file: str, right: str, wrong: str) -> Path:
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return data


def test_a_files_pattern_that_matches_no_file_is_an_error(small_data: Make, tmp_path: Path) -> None:
    with pytest.raises(PassoError, match=r"no file fits 'samples/\*\.txt', as source\.yaml says under files"):
        publish(Catalog.open(small_data("empty")), tmp_path / "releases")
    assert not (tmp_path / "releases").exists()


def test_two_sources_with_the_same_prefix_are_an_error(small_data: Make, tmp_path: Path) -> None:
    data = small_data("twice")
    (data / "sources" / SOURCE).rename(data / "sources" / "one")
    (data / "sources" / "two").symlink_to(data / "sources" / "one")
    with pytest.raises(PassoError, match="the prefix 'er' is that of another source too"):
        publish(Catalog.open(data), tmp_path)


MISTAKES = [
    ("sources/emilia-romagna/mapping.yaml", "convert: integer", "convert: int", MappingError, r"mapping\.yaml:\d+: unknown converter 'int'; known: .*date"),
    ("sources/emilia-romagna/source.yaml", 'region: "08"', 'region: "99"', PassoError, r"source\.yaml.*'99'"),
    ("sources/emilia-romagna/reference.ttl", "@prefix", "@prfix", VocabularyError, r"reference\.ttl"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "right", "wrong", "error", "message"), MISTAKES, ids=[each[0] for each in MISTAKES])
def test_a_mistake_in_a_file_of_the_source_stops_before_anything_is_written(
    small_data: Make, tmp_path: Path, file: str, right: str, wrong: str, error: type[PassoError], message: str
) -> None:
    data = with_mistake(small_data("mistaken"), file, right, wrong)
    with pytest.raises(error, match=message):
        publish(Catalog.open(data), tmp_path / "releases")
    assert not (tmp_path / "releases").exists()


def test_check_of_an_unknown_source_says_which_are_known() -> None:
    with pytest.raises(PassoError, match=r"unknown source 'toscana'; known: .*emilia-romagna"):
        check_files(Catalog.open(ROOT / "data"), "toscana", [])


def test_a_missing_data_folder_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such folder"):
        Catalog.open(tmp_path / "nowhere")
