"""Who replays the feed has the release; what was once in it stays as it was; people can subscribe to it."""

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
from passo_lod.release_layout import DUMP, FEED_INDEX, LANGUAGES
from tests.nquads import n_quads_lines

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"
BASE = "https://data.example.org/"
SOURCE = NamedNode(f"{BASE}dataset/prova")
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
WORDS = FeedTitles({"it": "Prove & prove", "en": "Trials"}, {"it": "Noi"})
SERVER = "https://server.example.org/"


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def issued(releases: Path, name: str, data: Sequence[Quad], now: datetime = NOW) -> Path:
    """A release with nothing but a dump and its feed."""
    building = releases / f".tmp-{name}"
    put(building / DUMP, gzip.compress("".join(n_quads_lines(data)).encode()))
    edition = DumpRef(name, BASE, building / DUMP)
    files = write_feed(building, releases, edition, now, WORDS, put)
    listed = [{**vars(file), "media_type": file.media_type.name} for file in files]
    put(
        building / "manifest.json",
        json.dumps({"id": name, "created": "2026-11-22T10:00:00Z", "base": BASE, "files": listed}).encode(),
    )
    return building.rename(releases / name)


def graph(data: bytes, path: str) -> list[Quad]:
    return list(ox.parse(data, format=ox.RdfFormat.TRIG, base_iri=SERVER + path))


def followed(release: Path) -> Iterator[list[Quad]]:
    """The pages that a client comes to, from the root by its relations."""
    ways = graph((release / "feed/feed.ttl").read_bytes(), "feed")
    nodes = {quad.object.value for quad in ways if quad.predicate == TREE.node}
    seen: set[str] = set()
    while nodes - seen:
        node = min(nodes - seen)
        seen.add(node)
        path = node.removeprefix(SERVER)
        page = graph(gzip.decompress((release / f"{path}.trig.gz").read_bytes()), path)
        nodes |= {quad.object.value for quad in page if quad.predicate == TREE.node}
        yield page


def replayed(release: Path) -> dict[str, set[Triple]]:
    """What is said of each thing, when its newest version is taken from the feed."""
    newest: dict[str, tuple[str, set[Triple]]] = {}
    for page in followed(release):
        members = {quad.object for quad in page if quad.predicate == TREE.member}
        for member in members:
            thing = only(page, member, DCT.isVersionOf).value
            time = only(page, member, PROV.generatedAtTime).value
            said = {Triple(quad.subject, quad.predicate, quad.object) for quad in page if quad.graph_name == member}
            assert thing not in newest or newest[thing][0] != time, "two versions at one time have no order"
            newest[thing] = max(newest.get(thing, ("", set())), (time, said), key=lambda each: each[0])
    return {thing: said for thing, (_, said) in newest.items() if said}


def only(page: Sequence[Quad], subject: object, predicate: NamedNode) -> NamedNode | Literal:
    (value,) = (quad.object for quad in page if quad.subject == subject and quad.predicate == predicate)
    assert isinstance(value, NamedNode | Literal)
    return value


def triples(data: Sequence[Quad]) -> set[Triple]:
    return {Triple(quad.subject, quad.predicate, quad.object) for quad in data}


def union(said: dict[str, set[Triple]]) -> set[Triple]:
    return set().union(*said.values())


def process(code: str, title: str) -> list[Quad]:
    node = NamedNode(f"{BASE}id/process/{code}")
    return [
        Quad(node, RDF.type, PASSO.ParticipatoryProcess, SOURCE),
        Quad(node, DCT.title, Literal(title, language="it"), SOURCE),
    ]


def gone(code: str) -> list[Quad]:
    node = NamedNode(f"{BASE}id/process/{code}")
    notes = [
        Quad(node, SKOS.changeNote, Literal(text, language=each), SOURCE) for each, text in NOTES["absent"].items()
    ]
    return [*notes, Quad(node, OWL.deprecated, Literal("true", datatype=XSD.boolean), SOURCE)]


# --- The law ------------------------------------------------------------------------------------------------------------

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
def test_who_replays_the_feed_of_any_history_has_the_last_release(history: Sequence[Sequence[Quad]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        for number, data in enumerate(history):
            release = issued(Path(place), f"r{number}", data, NOW + timedelta(days=number))
            assert union(replayed(release)) == triples(data)


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def test_the_first_release_adds_all_there_is(releases: Path) -> None:
    release = issued(releases, "r1", [*process("xx-1", "Orto"), *process("xx-2", "Parco")])
    (page,) = followed(release)
    types = {quad.object for quad in page if quad.predicate == RDF.type and quad.graph_name == DefaultGraph()}
    assert types == {TREE.Node, AS.Create}


def test_what_a_release_takes_back_is_a_version_of_its_own_that_says_so(releases: Path) -> None:
    issued(releases, "r1", [*process("xx-1", "Orto"), *process("xx-2", "Parco")])
    release = issued(releases, "r2", [*process("xx-1", "Orto"), *gone("xx-2")])
    last = next(page for page in followed(release) if any(quad.object == AS.Delete for quad in page))
    member = NamedNode(f"{BASE}id/process/xx-2/version/r2")
    assert only(last, member, RDF.type) == AS.Delete
    assert [quad.object for quad in last if quad.predicate == TREE.member] == [member]
    assert b"Parco" not in ox.serialize(last, format=ox.RdfFormat.TRIG)  # type: ignore[operator]


def test_every_member_has_one_name_one_time_and_one_thing(releases: Path) -> None:
    """Also where one thing has several versions."""
    for number, title in enumerate(["Orto", "Orto nuovo", "Orto"]):
        release = issued(releases, f"r{number}", process("xx-1", title), NOW + timedelta(days=number))
    members = [quad.object for page in followed(release) for quad in page if quad.predicate == TREE.member]
    assert len(members) == len(set(members)) == 3


# --- What stays ---------------------------------------------------------------------------------------------------------


def tree(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "feed/pages").glob("*"))}


def test_old_pages_stay_byte_for_byte_and_pruned_releases_take_none_with_them(releases: Path) -> None:
    first = tree(issued(releases, "r1", process("xx-1", "Orto")))
    second = tree(issued(releases, "r2", process("xx-1", "Orto nuovo")))
    shutil.rmtree(releases / "r1")
    release = issued(releases, "r3", process("xx-1", "Orto"))
    shutil.rmtree(releases / "r2")
    third = tree(release)
    assert len(first) == 1 < len(second) == 2 < len(third) == 3
    assert third.items() > second.items() > first.items()
    assert union(replayed(release)) == triples(process("xx-1", "Orto"))


def test_pages_are_copied_where_they_cannot_be_linked(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "another file system")

    issued(releases, "r1", process("xx-1", "Orto"))
    monkeypatch.setattr(os, "link", refuse)
    release = issued(releases, "r2", process("xx-1", "Orto nuovo"))
    assert (release / "feed/pages/r1-p1.trig.gz").stat().st_nlink == 1
    assert tree(release).items() > tree(releases / "r1").items()


def test_a_release_that_changes_nothing_adds_nothing(releases: Path) -> None:
    one = issued(releases, "r1", process("xx-1", "Orto"))
    other = issued(releases, "r2", process("xx-1", "Orto"), NOW + timedelta(days=1))
    for path in (one / "feed").rglob("*.*"):
        assert (other / path.relative_to(one)).read_bytes() == path.read_bytes()


def test_the_same_history_at_the_same_times_gives_the_same_bytes(tmp_path: Path) -> None:
    states = [process("xx-1", "Orto"), [*process("xx-2", "Parco"), *gone("xx-1")]]
    written = []
    for place, turn in (("a", 1), ("b", -1)):
        for number, data in enumerate(states):
            release = issued(tmp_path / place, f"r{number}", data[::turn], NOW)
        written.append({path.name: path.read_bytes() for path in (release / "feed").rglob("*.*")})
    assert written[0] == written[1]


def test_time_goes_on_also_where_the_clock_does_not(releases: Path) -> None:
    issued(releases, "r1", process("xx-1", "Orto"))
    issued(releases, "r2", process("xx-1", "Orto nuovo"), NOW - timedelta(days=3))
    assert [each.time for each in latest_history(releases).releases] == [
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:00:01Z",
    ]  # type: ignore[union-attr]


def test_after_a_step_back_the_feed_goes_on_from_what_was_told_last(releases: Path) -> None:
    """`current` may point to an older release again; those who follow have seen the newer."""
    issued(releases, "r1", process("xx-1", "Orto"))
    issued(releases, "r2", [*process("xx-1", "Orto"), *process("xx-2", "Sbagliato")], NOW + timedelta(days=1))
    (releases / "current").symlink_to("r1")
    release = issued(releases, "r3", process("xx-1", "Orto"), NOW + timedelta(days=2))
    assert union(replayed(release)) == triples(process("xx-1", "Orto"))
    assert (release / "feed/pages/r2-p1.trig.gz").is_file()


def test_a_release_before_that_cannot_be_read_stops_nothing(releases: Path) -> None:
    issued(releases, "r1", process("xx-1", "Orto"))
    broken = issued(releases, "r2", process("xx-1", "Orto nuovo"))
    (broken / DUMP).write_bytes(b"\x1f\x8b nothing")
    release = issued(releases, "r3", process("xx-1", "Orto"))
    assert union(replayed(release)) == triples(process("xx-1", "Orto"))
    (release / "feed/pages/r1-p1.trig.gz").unlink()
    again = issued(releases, "r4", process("xx-1", "Piazza"))
    assert union(replayed(again)) == triples(process("xx-1", "Piazza"))


def test_pages_are_bounded_and_chained_by_time(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_members, "MAX_MEMBERS", 3)
    monkeypatch.setattr(feed_members, "_MEMORY_BYTES", 1000)  # so that lines are sorted on disk too
    data = [quad for number in range(10) for quad in process(f"xx-{number}", "x" * number)]
    release = issued(releases, "r1", data)
    pages = list(followed(release))
    assert [sum(quad.predicate == TREE.member for quad in page) for page in pages] == [3, 3, 3, 1]
    assert [any(quad.object == TREE.GreaterThanOrEqualToRelation for quad in page) for page in pages] == [True] * 3 + [
        False
    ]
    assert union(replayed(release)) == triples(data)


def test_what_is_sorted_on_the_disk_is_not_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(feed_members, "_MEMORY_BYTES", 200_000)
    tracemalloc.start()
    try:
        said = ((f"{number * 7919 % 1000}", bytes(20_000)) for number in range(1000))
        found = [thing for thing, _ in feed_members._sorted_by_thing(said, tmp_path)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == sorted(map(str, range(1000)))
    assert peak < 10_000_000, "of twenty million bytes"


def test_a_page_is_full_by_its_bytes_too(releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_members, "MAX_BYTES", 1000)
    data = [quad for number in range(4) for quad in process(f"xx-{number}", "x" * 900)]
    assert len(list(followed(issued(releases, "r1", data)))) == 4


def test_the_way_in_says_what_a_client_has_to_know(releases: Path) -> None:
    release = issued(releases, "r1", process("xx-1", "Orto"))
    root = graph((release / "feed/feed.ttl").read_bytes(), "feed")
    stream, node = NamedNode(f"{BASE}feed#stream"), NamedNode(f"{SERVER}feed")
    assert only(root, stream, TREE.view) == node
    assert only(root, stream, LDES.timestampPath) == PROV.generatedAtTime
    assert only(root, stream, LDES.versionOfPath) == DCT.isVersionOf
    assert only(root, stream, LDES.versionDeleteObject) == AS.Delete
    policy = only(root, node, LDES.retentionPolicy)
    assert only(root, policy, LDES.startingFrom) == Literal("2026-11-22T10:00:00Z", datatype=XSD.dateTime)


# --- For people ---------------------------------------------------------------------------------------------------------

ATOM = f"{{{NAMESPACE}}}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def valid(text: bytes) -> ElementTree.Element:
    """RFC 4287, 4.1: what a feed and each of its entries must have, once."""
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
        assert MOMENT.fullmatch(str(each.findtext(f"{ATOM}updated")))
        assert str(each.findtext(f"{ATOM}id")).startswith(BASE)
    return root


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_are_told_of_each_release_and_each_process(releases: Path, language: str) -> None:
    issued(releases, "r1", [*process("xx-1", "Orto <b>&"), *process("xx-2", "Parco\ufffe")])
    release = issued(releases, "r2", [*process("xx-1", "Orto nuovo"), *gone("xx-2"), *process("xx-3", "Ponte")])
    root = valid((release / f"feed/feed.{language}.atom").read_bytes())
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


def test_what_no_xml_can_hold_is_left_out(releases: Path) -> None:
    release = issued(releases, "r1", process("xx-1", "Or\x01to\ufffe"))
    root = valid((release / "feed/feed.it.atom").read_bytes())
    assert [each.text for each in root.iter(f"{ATOM}title")][2] == "Nuovo: Orto"


def test_of_many_processes_some_are_told_one_by_one_and_all_are_counted(releases: Path) -> None:
    count = MAX_LISTED + 5
    release = issued(releases, "r1", [quad for number in range(count) for quad in process(f"xx-{number}", "Orto")])
    entries = valid((release / "feed/feed.en.atom").read_bytes()).findall(f"{ATOM}entry")
    assert len(entries) == MAX_LISTED + 1
    assert entries[0].findtext(f"{ATOM}summary") == f"{count} new processes"


def test_a_feed_without_a_release_in_it_is_valid_too() -> None:
    valid(atom_document([], BASE, replace(WORDS, publisher={}), "it"))


# --- Real data ----------------------------------------------------------------------------------------------------------


def test_real_publishes_with_edits_are_replayed_into_their_dump(
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
    assert union(replayed(published.folder)) == triples(dump)
    index = json.loads((published.folder / FEED_INDEX).read_bytes())
    assert index["issues"][-1]["counts"]["process"] == {"added": 1, "changed": 1, "removed": 1}
