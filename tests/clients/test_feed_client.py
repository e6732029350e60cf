"""The ldes-client of npm replays the change feed of three releases; the result equals the last dump."""

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
    """Three releases: of the records one is added, one changes, one is removed, and one is removed and published again."""
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
    removed = (samples / "4.txt").rename(data / "4.txt")
    publish(Catalog.open(data), folder, policy=OPEN)
    removed.rename(samples / "4.txt")
    publish(Catalog.open(data), folder, policy=OPEN)
    return folder


@pytest.fixture(scope="module")
def address(releases: Path) -> Iterator[str]:
    with served(releases, "--workers", "1") as address:
        yield address


@pytest.fixture(scope="module")
def client() -> Client:
    """The client's command, installed at the versions of `package-lock.json` at the first use."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("npm and node are not installed; ldes-client runs on them")
    script = HERE / "node_modules/ldes-client/dist/bin/cli.js"
    if not script.is_file():
        install = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        process = subprocess.run(install, cwd=HERE, capture_output=True, text=True, timeout=300, check=False)
        if process.returncode:
            pytest.skip(f"npm could not install ldes-client: {process.stderr[-300:]}")

    def follow(url: str, *options: str) -> list[Quad]:
        process = subprocess.run([node, str(script), url, *options], capture_output=True, timeout=120, check=False)
        assert process.returncode == 0, process.stderr[-2000:]
        return list(ox.parse(ABBREVIATED.sub(_with_datatype, process.stdout), format=RdfFormat.N_QUADS))

    return follow


ABBREVIATED = re.compile(
    rb"^(<[^<>]*> <[^<>]*>) (?:(true|false)|([+-]?\d+)|([+-]?\d*\.\d+)|([+-]?[\d.]+[eE][+-]?\d+))(?= )", re.M
)
"""The client prints numbers and booleans without datatypes, as in Turtle, which is not valid N-Quads."""


def _with_datatype(found: re.Match[bytes]) -> bytes:
    datatype = (XSD.boolean, XSD.integer, XSD.decimal, XSD.double)[(found.lastindex or 2) - 2].value
    return b'%b "%b"^^<%b>' % (found[1], found[found.lastindex or 2], datatype.encode())


def versions(quads: list[Quad]) -> dict[str, tuple[str, str, set[Triple]]]:
    """The newest version of each resource: its time, the type of the activity, and its triples."""
    triples: dict[str, set[Triple]] = defaultdict(set)
    metadata: dict[str, dict[str, str]] = defaultdict(dict)
    for quad in quads:
        if quad.graph_name == DefaultGraph():
            metadata[quad.subject.value][quad.predicate.value] = quad.object.value
        else:
            triples[quad.graph_name.value].add(Triple(quad.subject, quad.predicate, quad.object))
    newest: dict[str, tuple[str, str, set[Triple]]] = {}
    for member, facts in metadata.items():
        resource = facts[DCT.isVersionOf.value]
        version = (facts[PROV.generatedAtTime.value], facts[RDF.type.value], triples[member])
        newest[resource] = max(newest.get(resource, version), version, key=lambda each: each[0])
    return newest


def dumped(releases: Path) -> set[Triple]:
    """The triples of the dump without the data cube, which the feed leaves out."""
    data = gzip.decompress((releases / "current/dump/passo.nq.gz").read_bytes())
    quads = ox.parse(data, format=RdfFormat.N_QUADS)
    return {
        Triple(quad.subject, quad.predicate, quad.object)
        for quad in quads
        if not quad.graph_name.value.endswith("/dataset/cube")
    }


@pytest.mark.parametrize("order", ["none", "ascending", "descending"])
def test_the_replayed_feed_equals_the_dump(client: Client, address: str, releases: Path, order: str) -> None:
    newest = versions(client(f"{address}/feed", "--ordered", order))
    assert set().union(*(triples for _, _, triples in newest.values())) == dumped(releases)
    processes = {
        resource.rpartition("/")[2]: activity
        for resource, (_, activity, _) in newest.items()
        if "/id/process/" in resource
    }
    assert processes == {
        "er-1": AS.Update.value,
        "er-2": AS.Delete.value,
        "er-3": AS.Create.value,
        "er-4": AS.Create.value,
    }


def test_the_client_materialises_the_last_version_of_each_resource(
    client: Client, address: str, releases: Path
) -> None:
    quads = client(f"{address}/feed", "--materialize", "--last-version-only")
    triples = {Triple(quad.subject, quad.predicate, quad.object) for quad in quads if quad.graph_name != DefaultGraph()}
    assert triples == dumped(releases)
    named = [quad.subject for quad in quads if quad.predicate == PROV.generatedAtTime]
    assert len(named) == len(set(named))
    assert f"{VOCABULARY}id/process/er-1" in {subject.value for subject in named}


def test_the_client_reads_only_changes_after_a_time(client: Client, address: str) -> None:
    times = sorted({time for time, _, _ in versions(client(f"{address}/feed")).values()})
    newest = versions(client(f"{address}/feed", "--after", times[-2]))
    assert {resource.rpartition("/")[2] for resource in newest if "/id/process/" in resource} == {"er-4"}
