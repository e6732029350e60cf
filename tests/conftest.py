"""What the tests share: the project's own vocabulary, source and pages, opened once for all of them."""

import csv
import os
import shutil
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from pyoxigraph import NamedNode

from passo_lod.catalog import Catalog
from passo_lod.mapping.places import Places, place_quads
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome, process
from tests.exclusive_runs import Turns

# A busy machine is no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

collect_ignore = ["ckan/read.py"]
"""It is run where CKAN is installed, which is an environment of its own."""

TURNS = pytest.StashKey[Turns]()
ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "data" / "sources" / "emilia-romagna"
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        metavar="SOURCE",
        default=None,
        help="rewrite the expected files of a source from what its samples become (`queries`: the answers of the stored queries), for reading line by line",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Where tests run in several processes, those that measure time have the machine to themselves."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    turns = item.config.stash.setdefault(TURNS, Turns(item.config.cache.mkdir("turns")))  # type: ignore[union-attr]
    turns.begin(alone=is_alone(item))
    try:
        return (yield)
    finally:
        if not (is_alone(item) and nextitem is not None and is_alone(nextitem)):
            turns.end()


def is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@pytest.fixture(scope="session")
def workshop() -> PipelineContext:
    return PipelineContext.open(Catalog.open(ROOT / "data"))


@pytest.fixture(scope="session")
def small_workshop(workshop: PipelineContext) -> PipelineContext:
    """The vocabulary and the places of one region, so that little is published again with every edition."""
    return small(workshop)


def small(workshop: PipelineContext) -> PipelineContext:
    all_places, base = workshop.places, workshop.catalog.base
    within = [place for place in all_places if any(each.code == "08" for each in all_places.ancestry(place))]
    places = Places({step.code: step for place in within for step in all_places.ancestry(place)}.values())
    quads = tuple(place_quads(base, places, NamedNode(base + "dataset/places")))
    return replace(workshop, vocabulary_quads=(), places=places, place_quads=quads)


@pytest.fixture(scope="session")
def line(workshop: PipelineContext) -> SourcePipeline:
    return SourcePipeline.open(SOURCE, workshop)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The facts at hand beside the project: `$PASSO_SHARED`, or `../shared`; they are not part of it."""
    folder = Path(os.environ.get("PASSO_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there; PASSO_SHARED names the folder with seeds/ and records/")
    return folder


@pytest.fixture(scope="session")
def good_page() -> str:
    """An invented page of layout L2 of which nothing is wrong."""
    return (PAGES / "good-l2.txt").read_text(encoding="utf-8")


@pytest.fixture
def outcome_of(tmp_path: Path, workshop: PipelineContext, line: SourcePipeline) -> Callable[..., RecordOutcome]:
    """What becomes of a page, given as text."""

    def outcome(text: str, name: str = "4711.txt") -> RecordOutcome:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        (only,) = process(line, workshop, [path])
        return only

    return outcome


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes a data folder with the project's source, no samples, and of the places only those of the region."""
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
