"""A real client of event streams, npm's ldes-client, replays the feed of three releases into exactly what the last one says."""

import gzip
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Triple

from passo_lod.catalog import Catalog
from passo_lod.namespaces import AS, DCT, PROV, RDF, VOCABULARY, XSD
from passo_lod.pipeline.publish import publish
from passo_lod.release.publish_policy import OPEN
from tests.serving import served

HERE = Path(__file__).parent / "ldes"
PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "emilia-romagna"
Client = Callable[..., list[Quad]]


@pytest.fixture(scope="module")
def releases(small_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One record is new, one changed and one withdrawn, and then it comes back."""
    data = small_data("feed-client")
    source = data / "sources" / "emilia-romagna"
    samples = source / "samples"
    folder = tmp_path_factory.mktemp("feed-client") / "releases"
    for name, page in (("1", "good-l2"), ("2", "good-l1"), ("4", "good-l2n")):
        shutil.copy(PAGES / f"{page}.txt", samples / f"{name}.txt")
    publish(Catalog.open(data), folder, policy=OPEN)
    text = (samples / "1.txt").read_text(encoding="utf-8")
    (samples / "1.txt").write_text(text.replace("15/09/2022", "16/09/2022"), encoding="utf-8")
    (samples / "2.txt").rename(samples / "3.txt")
    away = (samples / "4.txt").rename(data / "4.txt")
    publish(Catalog.open(data), folder, policy=OPEN)
    away.rename(samples / "4.txt")
    publish(Catalog.open(data), folder, policy=OPEN)
    return folder


@pytest.fixture(scope="module")
def address(releases: Path) -> Iterator[str]:
    with served(releases, "--workers", "1") as address:
        yield address


@pytest.fixture(scope="module")
def client() -> Client:
    """The client's command, installed at the versions of `package-lock.json` when it is first wanted."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm and node are not installed; ldes-client runs on them")
    script = HERE / "node_modules/ldes-client/dist/bin/cli.js"
    if not script.is_file():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(install, cwd=HERE, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"npm could not install ldes-client: {done.stderr[-300:]}")

    def follow(url: str, *options: str) -> list[Quad]:
        done = subprocess.run([node, str(script), url, *options], capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return list(ox.parse(SHORT.sub(_in_full, done.stdout), format=RdfFormat.N_QUADS))

    return follow


SHORT = re.compile(
    rb"^(<[^<>]*> <[^<>]*>) (?:(true|false)|([+-]?\d+)|([+-]?\d*\.\d+)|([+-]?[\d.]+[eE][+-]?\d+))(?= )", re.M
)
"""The command prints numbers and truths without their datatypes, as Turtle allows and N-Quads does not."""


def _in_full(found: re.Match[bytes]) -> bytes:
    datatype = (XSD.boolean, XSD.integer, XSD.decimal, XSD.double)[(found.lastindex or 2) - 2].value
    return b'%b "%b"^^<%b>' % (found[1], found[found.lastindex or 2], datatype.encode())


def versions(quads: list[Quad]) -> dict[str, tuple[str, str, set[Triple]]]:
    """Of each thing the newest version: its time, what happened, and what is said."""
    said: dict[str, set[Triple]] = defaultdict(set)
    about: dict[str, dict[str, str]] = defaultdict(dict)
    for quad in quads:
        if quad.graph_name == DefaultGraph():
            about[quad.subject.value][quad.predicate.value] = quad.object.value
        else:
            said[quad.graph_name.value].add(Triple(quad.subject, quad.predicate, quad.object))
    newest: dict[str, tuple[str, str, set[Triple]]] = {}
    for member, facts in about.items():
        thing = facts[DCT.isVersionOf.value]
        version = (facts[PROV.generatedAtTime.value], facts[RDF.type.value], said[member])
        newest[thing] = max(newest.get(thing, version), version, key=lambda each: each[0])
    return newest


def dumped(releases: Path) -> set[Triple]:
    data = gzip.decompress((releases / "current/dump/passo.nq.gz").read_bytes())
    quads = ox.parse(data, format=RdfFormat.N_QUADS)
    return {Triple(quad.subject, quad.predicate, quad.object) for quad in quads}


@pytest.mark.parametrize("order", ["none", "ascending", "descending"])
def test_the_client_replays_the_feed_into_exactly_the_dump(
    client: Client, address: str, releases: Path, order: str
) -> None:
    newest = versions(client(f"{address}/feed", "--ordered", order))
    assert set().union(*(said for _, _, said in newest.values())) == dumped(releases)
    processes = {thing.rpartition("/")[2]: what for thing, (_, what, _) in newest.items() if "/id/process/" in thing}
    assert processes == {
        "er-1": AS.Update.value,
        "er-2": AS.Delete.value,
        "er-3": AS.Create.value,
        "er-4": AS.Create.value,
    }


def test_the_client_gives_the_last_version_of_each_thing_under_its_own_name(
    client: Client, address: str, releases: Path
) -> None:
    quads = client(f"{address}/feed", "--materialize", "--last-version-only")
    said = {Triple(quad.subject, quad.predicate, quad.object) for quad in quads if quad.graph_name != DefaultGraph()}
    assert said == dumped(releases)
    named = [quad.subject for quad in quads if quad.predicate == PROV.generatedAtTime]
    assert len(named) == len(set(named))
    assert f"{VOCABULARY}id/process/er-1" in {subject.value for subject in named}


def test_the_client_asks_only_for_what_came_later(client: Client, address: str) -> None:
    times = sorted({time for time, _, _ in versions(client(f"{address}/feed")).values()})
    newest = versions(client(f"{address}/feed", "--after", times[-2]))
    assert {thing.rpartition("/")[2] for thing in newest if "/id/process/" in thing} == {"er-4"}
