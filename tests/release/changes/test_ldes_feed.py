"""Replaying the LDES feed gives the release, its pages never change, and the Atom feed is valid."""

import gzip
import json
import os
import re
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from passo_lod.catalog import Catalog
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.namespaces import AS, DCT, LDES, OWL, PASSO, PROV, RDF, SKOS, TREE, XSD
from passo_lod.pipeline.publish import publish
from passo_lod.release.changes import feed_members
from passo_lod.release.changes.atom_feed import NAMESPACE, atom_document
from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.feed_history import latest_history
from passo_lod.release.changes.feed_model import FeedTitles
from passo_lod.release.changes.ldes_feed import MAX_LISTED, write_feed
from passo_lod.release.identity.tombstones import NOTES
from passo_lod.release.publish_policy import OPEN
from passo_lod.release_layout import DUMP, FEED_INDEX
from tests.nquads import n_quads_lines

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"
BASE = "https://data.example.org/"
SOURCE = NamedNode(f"{BASE}dataset/prova")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TITLES = FeedTitles({"it": "Prove & prove", "en": "Trials"}, {"it": "Noi"})
SERVER = "https://server.example.org/"


def write_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_test_release(releases: Path, name: str, data: Sequence[Quad], now: datetime = NOW) -> Path:
    """Write a release that has only a dump and its feed."""
    building = releases / f".tmp-{name}"
    write_file(building / DUMP, gzip.compress("".join(n_quads_lines(data)).encode()))
    release = DumpRef(name, BASE, building / DUMP)
    files = write_feed(building, releases, release, now, TITLES, write_file)
    listed = [{**vars(file), "media_type": file.media_type.name} for file in files]
    write_file(
        building / "manifest.json",
        json.dumps({"id": name, "created": "2026-11-22T10:00:00Z", "base": BASE, "files": listed}).encode(),
    )
    return building.rename(releases / name)


def graph(data: bytes, path: str) -> list[Quad]:
    return list(ox.parse(data, format=ox.RdfFormat.TRIG, base_iri=SERVER + path))


def followed_pages(release: Path) -> Iterator[list[Quad]]:
    """The pages that a client finds from the entry document by its relations."""
    entry = graph((release / "feed/feed.ttl").read_bytes(), "feed")
    nodes = {quad.object.value for quad in entry if quad.predicate == TREE.node}
    visited: set[str] = set()
    while nodes - visited:
        node = min(nodes - visited)
        visited.add(node)
        path = node.removeprefix(SERVER)
        page = graph(gzip.decompress((release / f"{path}.trig.gz").read_bytes()), path)
        nodes |= {quad.object.value for quad in page if quad.predicate == TREE.node}
        yield page


def replay(release: Path) -> dict[str, set[Triple]]:
    """The triples of each thing in its newest version in the feed."""
    newest: dict[str, tuple[str, set[Triple]]] = {}
    for page in followed_pages(release):
        members = {quad.object for quad in page if quad.predicate == TREE.member}
        for member in members:
            thing = single_value(page, member, DCT.isVersionOf).value
            time = single_value(page, member, PROV.generatedAtTime).value
            described = {
                Triple(quad.subject, quad.predicate, quad.object) for quad in page if quad.graph_name == member
            }
            assert thing not in newest or newest[thing][0] != time, "two versions at one time have no order"
            newest[thing] = max(newest.get(thing, ("", set())), (time, described), key=lambda each: each[0])
    return {thing: described for thing, (_, described) in newest.items() if described}


def single_value(page: Sequence[Quad], subject: object, predicate: NamedNode) -> NamedNode | Literal:
    (value,) = (quad.object for quad in page if quad.subject == subject and quad.predicate == predicate)
    assert isinstance(value, NamedNode | Literal)
    return value


def triples(data: Sequence[Quad]) -> set[Triple]:
    return {Triple(quad.subject, quad.predicate, quad.object) for quad in data}


def union(described: dict[str, set[Triple]]) -> set[Triple]:
    return set().union(*described.values())


def process(code: str, title: str) -> list[Quad]:
    node = NamedNode(f"{BASE}id/process/{code}")
    return [
        Quad(node, RDF.type, PASSO.ParticipatoryProcess, SOURCE),
        Quad(node, DCT.title, Literal(title, language="it"), SOURCE),
    ]


def tombstone(code: str) -> list[Quad]:
    node = NamedNode(f"{BASE}id/process/{code}")
    notes = [
        Quad(node, SKOS.changeNote, Literal(text, language=each), SOURCE) for each, text in NOTES["absent"].items()
    ]
    return [*notes, Quad(node, OWL.deprecated, Literal("true", datatype=XSD.boolean), SOURCE)]


# --- Replaying ------------------------------------------------------------------------------------------------------------

subjects = [
    f"{BASE}{path}" for path in ("id/process/xx-1", "id/process/xx-1/cost", "id/process/xx-11", "doc/process/xx-1")
]
quads = st.builds(
    Quad,
    st.sampled_from(
        [*map(NamedNode, subjects), PASSO.cost, NamedNode("https://other.example.org/a b".replace(" ", "#"))]
    ),
    st.sampled_from([DCT.title, RDF.type, OWL.deprecated]),
    st.one_of(st.text(max_size=3).map(Literal), st.just(SOURCE)),
    st.sampled_from([SOURCE, NamedNode(f"{BASE}dataset/altra")]),
)


@settings(max_examples=40)
@given(st.lists(st.lists(quads, max_size=10), min_size=1, max_size=4))
def test_replaying_the_feed_of_any_history_gives_the_last_release(history: Sequence[Sequence[Quad]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        for number, data in enumerate(history):
            release = write_test_release(Path(place), f"r{number}", data, NOW + timedelta(days=number))
            assert union(replay(release)) == triples(data)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def test_the_first_release_adds_everything(releases: Path) -> None:
    release = write_test_release(releases, "r1", [*process("xx-1", "Orto"), *process("xx-2", "Parco")])
    (page,) = followed_pages(release)
    types = {quad.object for quad in page if quad.predicate == RDF.type and quad.graph_name == DefaultGraph()}
    assert types == {TREE.Node, AS.Create}


def test_a_removed_thing_gets_a_version_that_says_so(releases: Path) -> None:
    write_test_release(releases, "r1", [*process("xx-1", "Orto"), *process("xx-2", "Parco")])
    release = write_test_release(releases, "r2", [*process("xx-1", "Orto"), *tombstone("xx-2")])
    last = next(page for page in followed_pages(release) if any(quad.object == AS.Delete for quad in page))
    member = NamedNode(f"{BASE}id/process/xx-2/version/r2")
    assert single_value(last, member, RDF.type) == AS.Delete
    assert [quad.object for quad in last if quad.predicate == TREE.member] == [member]
    assert b"Parco" not in ox.serialize(last, format=ox.RdfFormat.TRIG)  # type: ignore[operator]


def test_every_member_has_one_iri_one_time_and_one_thing(releases: Path) -> None:
    """Also if a thing has several versions."""
    for number, title in enumerate(["Orto", "Orto nuovo", "Orto"]):
        release = write_test_release(releases, f"r{number}", process("xx-1", title), NOW + timedelta(days=number))
    members = [quad.object for page in followed_pages(release) for quad in page if quad.predicate == TREE.member]
    assert len(members) == len(set(members)) == 3


# --- What stays ---------------------------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "feed/pages").glob("*"))}


def test_old_pages_stay_byte_for_byte_also_if_their_releases_are_pruned(releases: Path) -> None:
    first = tree(write_test_release(releases, "r1", process("xx-1", "Orto")))
    second = tree(write_test_release(releases, "r2", process("xx-1", "Orto nuovo")))
    shutil.rmtree(releases / "r1")
    release = write_test_release(releases, "r3", process("xx-1", "Orto"))
    shutil.rmtree(releases / "r2")
    third = tree(release)
    assert len(first) == 1 < len(second) == 2 < len(third) == 3
    assert third.items() > second.items() > first.items()
    assert union(replay(release)) == triples(process("xx-1", "Orto"))


def test_pages_are_copied_if_they_cannot_be_linked(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_error(*_: object, **__: object) -> None:
        raise OSError(18, "another file system")

    write_test_release(releases, "r1", process("xx-1", "Orto"))
    monkeypatch.setattr(os, "link", raise_error)
    release = write_test_release(releases, "r2", process("xx-1", "Orto nuovo"))
    assert (release / "feed/pages/r1-p1.trig.gz").stat().st_nlink == 1
    assert tree(release).items() > tree(releases / "r1").items()


def test_a_release_that_changes_nothing_adds_nothing(releases: Path) -> None:
    one = write_test_release(releases, "r1", process("xx-1", "Orto"))
    other = write_test_release(releases, "r2", process("xx-1", "Orto"), NOW + timedelta(days=1))
    for path in (one / "feed").rglob("*.*"):
        assert (other / path.relative_to(one)).read_bytes() == path.read_bytes()


def test_the_same_history_at_the_same_times_gives_the_same_bytes(tmp_path: Path) -> None:
    states = [process("xx-1", "Orto"), [*process("xx-2", "Parco"), *tombstone("xx-1")]]
    written = []
    for place, order in (("a", 1), ("b", -1)):
        for number, data in enumerate(states):
            release = write_test_release(tmp_path / place, f"r{number}", data[::order], NOW)
        written.append({path.name: path.read_bytes() for path in (release / "feed").rglob("*.*")})
    assert written[0] == written[1]


def test_time_increases_also_if_the_clock_is_set_back(releases: Path) -> None:
    write_test_release(releases, "r1", process("xx-1", "Orto"))
    write_test_release(releases, "r2", process("xx-1", "Orto nuovo"), NOW - timedelta(days=3))
    assert [each.time for each in latest_history(releases).releases] == [
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:00:01Z",
    ]  # type: ignore[union-attr]


def test_after_a_rollback_the_feed_continues_after_its_newest_members(releases: Path) -> None:
    """`current` may point to an older release, while clients already have the newer one."""
    write_test_release(releases, "r1", process("xx-1", "Orto"))
    write_test_release(
        releases, "r2", [*process("xx-1", "Orto"), *process("xx-2", "Sbagliato")], NOW + timedelta(days=1)
    )
    (releases / "current").symlink_to("r1")
    release = write_test_release(releases, "r3", process("xx-1", "Orto"), NOW + timedelta(days=2))
    assert union(replay(release)) == triples(process("xx-1", "Orto"))
    assert (release / "feed/pages/r2-p1.trig.gz").is_file()


def test_a_damaged_earlier_release_does_not_stop_the_feed(releases: Path) -> None:
    write_test_release(releases, "r1", process("xx-1", "Orto"))
    broken = write_test_release(releases, "r2", process("xx-1", "Orto nuovo"))
    (broken / DUMP).write_bytes(b"\x1f\x8b nothing")
    release = write_test_release(releases, "r3", process("xx-1", "Orto"))
    assert union(replay(release)) == triples(process("xx-1", "Orto"))
    (release / "feed/pages/r1-p1.trig.gz").unlink()
    again = write_test_release(releases, "r4", process("xx-1", "Piazza"))
    assert union(replay(again)) == triples(process("xx-1", "Piazza"))


def test_pages_are_bounded_and_chained_by_time(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_members, "MAX_MEMBERS", 3)
    monkeypatch.setattr(feed_members, "_MEMORY_BYTES", 1000)  # so that lines are sorted on disk too
    data = [quad for number in range(10) for quad in process(f"xx-{number}", "x" * number)]
    release = write_test_release(releases, "r1", data)
    pages = list(followed_pages(release))
    assert [sum(quad.predicate == TREE.member for quad in page) for page in pages] == [3, 3, 3, 1]
    assert [any(quad.object == TREE.GreaterThanOrEqualToRelation for quad in page) for page in pages] == [True] * 3 + [
        False
    ]
    assert union(replay(release)) == triples(data)


def test_lines_that_are_sorted_on_disk_are_not_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(feed_members, "_MEMORY_BYTES", 200_000)
    tracemalloc.start()
    try:
        items = ((f"{number * 7919 % 1000}", bytes(20_000)) for number in range(1000))
        found = [thing for thing, _ in feed_members._sorted_by_thing(items, tmp_path)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == sorted(map(str, range(1000)))
    assert peak < 10_000_000, "of twenty million bytes"


def test_a_page_is_full_by_its_bytes_too(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_members, "MAX_BYTES", 1000)
    data = [quad for number in range(4) for quad in process(f"xx-{number}", "x" * 900)]
    assert len(list(followed_pages(write_test_release(releases, "r1", data)))) == 4


def test_the_entry_document_describes_the_event_stream(releases: Path) -> None:
    release = write_test_release(releases, "r1", process("xx-1", "Orto"))
    root = graph((release / "feed/feed.ttl").read_bytes(), "feed")
    stream, node = NamedNode(f"{BASE}feed#stream"), NamedNode(f"{SERVER}feed")
    assert single_value(root, stream, TREE.view) == node
    assert single_value(root, stream, LDES.timestampPath) == PROV.generatedAtTime
    assert single_value(root, stream, LDES.versionOfPath) == DCT.isVersionOf
    assert single_value(root, stream, LDES.versionDeleteObject) == AS.Delete
    policy = single_value(root, node, LDES.retentionPolicy)
    assert single_value(root, policy, LDES.startingFrom) == Literal("2026-11-22T10:00:00Z", datatype=XSD.dateTime)


# --- Atom ---------------------------------------------------------------------------------------------------------

ATOM = f"{{{NAMESPACE}}}"
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def parse_valid_feed(text: bytes) -> ElementTree.Element:
    """Parse a feed and check what RFC 4287, section 4.1, requires of it and its entries."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")] == ["self", "alternate"]
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    ids = [each.text for each in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    for each in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(each.findall(f"{ATOM}{name}")) == 1
            assert each.findtext(f"{ATOM}{name}")
        assert DATE_TIME.fullmatch(str(each.findtext(f"{ATOM}updated")))
        assert str(each.findtext(f"{ATOM}id")).startswith(BASE)
    return root


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_atom_feed_lists_each_release_and_each_process(releases: Path, language: str) -> None:
    write_test_release(releases, "r1", [*process("xx-1", "Orto <b>&"), *process("xx-2", "Parco\ufffe")])
    release = write_test_release(
        releases, "r2", [*process("xx-1", "Orto nuovo"), *tombstone("xx-2"), *process("xx-3", "Ponte")]
    )
    root = parse_valid_feed((release / f"feed/feed.{language}.atom").read_bytes())
    titles = [str(each.findtext(f"{ATOM}title")) for each in root.findall(f"{ATOM}entry")]
    expected = {
        "it": [
            "Pubblicazione 2026-11-22: 1 processo nuovo, 1 processo modificato, 1 processo non più pubblicato",
            "Non più pubblicato: xx-2",
            "Modificato: Orto nuovo",
            "Nuovo: Ponte",
            "Pubblicazione 2026-11-22: 2 processi nuovi",
            "Nuovo: Orto <b>&",
            "Nuovo: xx-2",
        ],
        "en": [
            "Release 2026-11-22: 1 new process, 1 process changed, 1 process no longer published",
            "No longer published: xx-2",
            "Changed: Orto nuovo",
            "New: Ponte",
            "Release 2026-11-22: 2 new processes",
            "New: Orto <b>&",
            "New: xx-2",
        ],
    }
    assert titles == expected[language]


def test_characters_that_xml_does_not_allow_are_left_out(releases: Path) -> None:
    release = write_test_release(releases, "r1", process("xx-1", "Or\x01to\ufffe"))
    root = parse_valid_feed((release / "feed/feed.it.atom").read_bytes())
    assert [each.text for each in root.iter(f"{ATOM}title")][2] == "Nuovo: Orto"


def test_of_many_processes_some_are_listed_and_all_are_counted(releases: Path) -> None:
    count = MAX_LISTED + 5
    release = write_test_release(
        releases, "r1", [quad for number in range(count) for quad in process(f"xx-{number}", "Orto")]
    )
    entries = parse_valid_feed((release / "feed/feed.en.atom").read_bytes()).findall(f"{ATOM}entry")
    assert len(entries) == MAX_LISTED + 1
    assert entries[0].findtext(f"{ATOM}summary") == f"{count} new processes"


def test_a_feed_without_a_release_is_valid() -> None:
    parse_valid_feed(atom_document([], BASE, replace(TITLES, publisher={}), "it"))


# --- Real data ----------------------------------------------------------------------------------------------------------


def test_replaying_real_releases_gives_their_dump_without_the_data_cube(
    small_data: Callable[[str], Path], tmp_path: Path
) -> None:
    data = small_data("fed")
    samples = data / "sources" / "emilia-romagna" / "samples"
    shutil.copy(PAGES / "good-l2.txt", samples / "1.txt")
    shutil.copy(PAGES / "good-l1.txt", samples / "2.txt")
    releases = tmp_path / "releases"
    publish(Catalog.open(data), releases, policy=OPEN)
    text = (samples / "1.txt").read_text(encoding="utf-8")
    (samples / "1.txt").write_text(text.replace("15/09/2022", "16/09/2022"), encoding="utf-8")
    (samples / "2.txt").rename(samples / "3.txt")
    published = publish(Catalog.open(data), releases, policy=OPEN)
    dump = list(ox.parse(gzip.decompress((published.folder / DUMP).read_bytes()), format=ox.RdfFormat.N_QUADS))
    is_of_cube = [quad.graph_name.value.endswith("/dataset/cube") for quad in dump]
    assert any(is_of_cube)
    stated = [quad for quad, is_figure in zip(dump, is_of_cube, strict=True) if not is_figure]
    assert union(replay(published.folder)) == triples(stated)
    index = json.loads((published.folder / FEED_INDEX).read_bytes())
    assert index["issues"][-1]["counts"]["process"] == {"added": 1, "changed": 1, "removed": 1}
