"""Fixtures that many tests use: the vocabulary, source and pages of the project, opened once."""

import csv
import fcntl
import json
import os
import pickle
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import settings
from pyoxigraph import NamedNode

from passo_lod.catalog import Catalog
from passo_lod.mapping.places.place_description import place_quads
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.executors import default_workers, open_executor
from passo_lod.pipeline.processing import RecordOutcome, process
from passo_lod.pipeline.publish import Published, publish
from tests.exclusive_runs import ExclusiveRuns

# Hypothesis has no deadline, because a busy machine is no reason to fail.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

collect_ignore = ["ckan/read.py"]
"""This file runs in the environment in which CKAN is installed."""

EXCLUSIVE_RUNS = pytest.StashKey[ExclusiveRuns]()
ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "data" / "sources" / "emilia-romagna"
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        metavar="SOURCE",
        default=None,
        help="rewrite the expected files of a source from what its samples become (`queries`: the answers of the stored queries; `mutations`: the table in shapes/README.md), for reading line by line",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """In several processes, run a test marked `exclusive` while no other test runs."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    folder = item.config.cache.mkdir("exclusive-runs")  # type: ignore[union-attr]
    runs = item.config.stash.setdefault(EXCLUSIVE_RUNS, ExclusiveRuns(folder))
    runs.begin(exclusive=is_exclusive(item))
    try:
        return (yield)
    finally:
        if not (is_exclusive(item) and nextitem is not None and is_exclusive(nextitem)):
            runs.end()


def is_exclusive(item: pytest.Item) -> bool:
    return item.get_closest_marker("exclusive") is not None


@pytest.fixture(scope="session", autouse=True)
def without_waiting_for_the_disk() -> Iterator[None]:
    """Publishing in this process does not wait until the disk has written each of its hundred files; `tests/release/repository` kills others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def pipeline_context() -> PipelineContext:
    return PipelineContext.open(Catalog.open(ROOT / "data"))


@pytest.fixture(scope="session")
def small_context(pipeline_context: PipelineContext) -> PipelineContext:
    """Without the vocabulary and with the places of two provinces only, so that a test that publishes often is fast."""
    return small(pipeline_context)


def small(pipeline_context: PipelineContext) -> PipelineContext:
    all_places, base = pipeline_context.places, pipeline_context.catalog.base
    within = [place for place in all_places if any(each.code in ("037", "099") for each in all_places.ancestry(place))]
    places = PlaceIndex({step.code: step for place in within for step in all_places.ancestry(place)}.values())
    quads = tuple(place_quads(base, places, NamedNode(base + "dataset/places")))
    return replace(pipeline_context, vocabulary_quads=(), places=places, place_quads=quads)


@pytest.fixture(scope="session")
def source_pipeline(pipeline_context: PipelineContext) -> SourcePipeline:
    return SourcePipeline.open(SOURCE, pipeline_context)


@pytest.fixture(scope="session")
def shipping(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The samples in this repository, published once for all test processes, from a copy; tests do not change the release."""
    return published_once(tmp_path_factory, "shipped", copy_samples)


def published_once(factory: pytest.TempPathFactory, name: str, copy_data: Callable[[Path, Path], object]) -> Published:
    own = factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "published").is_file():
            copy_data(ROOT / "data", place / "data")
            for folder in ("ontology", "shapes"):
                shutil.copytree(ROOT / folder, place / folder)
            shutil.copy(ROOT / "passo.yaml", place)
            catalog = Catalog.open(place / "data")
            with open_executor(default_workers(catalog)) as executor:
                published = publish(catalog, place / "releases", executor=executor)
            (place / "published").write_bytes(pickle.dumps(published))
        return pickle.loads((place / "published").read_bytes())  # type: ignore[no-any-return]


def copy_samples(data: Path, copy: Path) -> Path:
    """Copy a data folder with the samples only, a twentieth of all records, and with what is decided and registered of them."""
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("cases"))
    samples = copy / "sources" / "participedia" / "samples"
    ids = {case["id"] for case in json.loads((samples / "cases-2017.json").read_text(encoding="utf-8"))}
    with (samples / "cases-export.csv").open(encoding="utf-8", newline="") as file:
        ids |= {case["id"] for case in csv.DictReader(file)}
    decisions = samples.parent / "duplicates.yaml"
    kept = yaml.safe_load(decisions.read_text(encoding="utf-8"))
    kept["same"] = [each for each in kept["same"] if ids >= {each["keep"], *each["duplicates"]}]
    kept["different"] = [each for each in kept["different"] if ids >= set(each["records"])]
    decisions.write_text(yaml.safe_dump(kept), encoding="utf-8")
    registry = copy / "registry.jsonl"
    lines = registry.read_text(encoding="utf-8").splitlines(keepends=True)
    registry.write_text("".join(line for line in lines if is_of_samples(line, ids)), encoding="utf-8")
    return copy


def is_of_samples(line: str, ids: set[str]) -> bool:
    """Whether a line of the registry is not about a case that is no sample, nor about a place abroad, which cases bring along."""
    case = re.search(r"process/pp-(\d+)", line)
    return (case is None or case[1] in ids) and not re.search(r"id/place/(iso|geonames)-", line)


@pytest.fixture(scope="session")
def shipped(shipping: Published) -> Path:
    """The folder of that release."""
    return shipping.folder


@pytest.fixture(scope="session")
def shipping_in_full(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """All data in this repository, published once for all test processes, which takes a minute."""
    return published_once(tmp_path_factory, "shipped-in-full", shutil.copytree)


@pytest.fixture(scope="session")
def shipped_in_full(shipping_in_full: Published) -> Path:
    """The folder of that release."""
    return shipping_in_full.folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real pages beside the project: `$PASSO_SHARED`, or `../shared`; it is not part of the project."""
    folder = Path(os.environ.get("PASSO_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist; PASSO_SHARED names the folder with seeds/ and records/")
    return folder


@pytest.fixture(scope="session")
def good_page() -> str:
    """An invented page of layout L2 without a mistake."""
    return (PAGES / "good-l2.txt").read_text(encoding="utf-8")


@pytest.fixture
def outcome_of(
    tmp_path: Path, pipeline_context: PipelineContext, source_pipeline: SourcePipeline
) -> Callable[..., RecordOutcome]:
    """Processes a page that is given as text."""

    def outcome(text: str, name: str = "4711.txt") -> RecordOutcome:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        (only,) = process(source_pipeline, pipeline_context, [path])
        return only

    return outcome


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a data folder with the source of the project, without samples, and with the places of its region only."""
    places = tmp_path_factory.mktemp("places")
    for name in ("countries", "regions", "provinces"):
        shutil.copy(ROOT / "data" / "places" / f"{name}.csv", places)
    with (places / "provinces.csv").open(encoding="utf-8", newline="") as file:
        provinces = {row["code"] for row in csv.DictReader(file) if row["region"] == "08"}
    with (ROOT / "data" / "places" / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    at = header.index("province")
    with (places / "municipalities.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *(row for row in rows if row[at] in provinces)])

    def make(name: str) -> Path:
        data = tmp_path_factory.mktemp(name) / "data"
        source = data / "sources" / SOURCE.name
        (source / "samples").mkdir(parents=True)
        for file in ("source.yaml", "mapping.yaml", "reference.ttl"):
            shutil.copy(SOURCE / file, source)
        shutil.copytree(places, data / "places")
        return data

    return make
