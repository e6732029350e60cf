"""The series of releases: every version of the data that is kept is a dataset, at an address that does not change, with the one before it."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib import DCTERMS, RDF, Namespace, URIRef

from passo_lod.catalog import Catalog
from passo_lod.pipeline.publish import publish
from passo_lod.release import writer
from passo_lod.release.publish_policy import OPEN, PublishPolicy
from passo_lod.release.repository.pruning import prune_locked, retained_releases
from passo_lod.release.repository.publish_lock import current_name, publish_lock
from passo_lod.release.repository.releases import rollback, set_current, stored_releases
from passo_lod.release_layout import read_manifest
from tests.catalogues import BASE, data_folder, edited, published

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SERIES, WHOLE, CATALOG = (URIRef(BASE + each) for each in ("dataset/releases", "dataset/all", "catalog"))


@pytest.fixture
def data(small_data: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_folder(small_data, "versions"), tmp_path / "data"))


def catalogue(release: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(release / "catalog.ttl")


def former(graph: rdflib.Graph) -> list[URIRef]:
    """The versions before the whole, the newest first."""
    found: list[URIRef] = []
    node = graph.value(WHOLE, DCAT.prev)
    while isinstance(node, URIRef):
        found.append(node)
        node = graph.value(node, DCAT.prev)
    return found


def test_a_first_release_is_the_first_and_the_last_of_the_series(data: Path, tmp_path: Path) -> None:
    graph = catalogue(published(data, tmp_path / "releases"))
    assert graph.value(SERIES, DCAT.first) == graph.value(SERIES, DCAT.last) == WHOLE
    assert former(graph) == []


def test_a_version_that_is_kept_is_a_dataset_with_its_own_files_by_their_hashes(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    before = catalogue(first)
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former(graph)
    assert str(version) == f"{WHOLE}-{before.value(WHOLE, DCAT.version)}"
    assert graph.value(SERIES, DCAT.first) == version
    assert (CATALOG, DCAT.dataset, version) in graph
    assert (version, DCAT.inSeries, SERIES) in graph
    for told in (DCTERMS.issued, DCTERMS.modified, DCTERMS.spatial, DCTERMS.publisher):
        assert set(graph.objects(version, told)) == set(before.objects(WHOLE, told)), told
    listed = {file.sha256: file for file in read_manifest(first).files}
    addresses = [str(graph.value(each, DCAT.downloadURL)) for each in graph.objects(version, DCAT.distribution)]
    assert sorted(listed[each.removeprefix(f"{BASE}by-hash/sha256/")].path for each in addresses) == ["dump/passo.nq.gz", "dump/passo.nq.zst"]  # fmt: skip


def test_nothing_said_of_a_version_is_said_of_the_whole(data: Path, tmp_path: Path) -> None:
    published(data, tmp_path / "releases")
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former(graph)
    for each in (DCAT.version, DCTERMS.identifier, DCAT.landingPage):
        assert len(set(graph.objects(WHOLE, each))) == len(set(graph.objects(version, each))) == 1, each
    assert {str(each.language) for each in graph.objects(version, DCTERMS.title)} == {"it", "en"}  # type: ignore[attr-defined]
    assert set(graph.objects(version, DCTERMS.title)).isdisjoint(graph.objects(WHOLE, DCTERMS.title))
    assert all((node, RDF.type, DCAT.Distribution) in graph for node in graph.objects(version, DCAT.distribution))


def test_what_is_published_again_is_no_version_of_its_own_and_changes_no_byte(data: Path, tmp_path: Path) -> None:
    published(data, tmp_path / "releases")
    edited(data)
    folders = [published(data, tmp_path / "releases") for _ in range(3)]
    assert len({(folder / "catalog.ttl").read_bytes() for folder in folders}) == 1
    assert len(former(catalogue(folders[0]))) == 1


def test_versions_stand_in_their_order_and_one_that_comes_back_is_the_whole_again(data: Path, tmp_path: Path) -> None:
    source = tmp_path / "original"
    shutil.copytree(data, source)
    versions = []
    for _ in range(3):
        graph = catalogue(published(data, tmp_path / "releases"))
        versions.append(str(graph.value(WHOLE, DCAT.version)))
        edited(data)
    assert [str(each).rpartition("-")[2] for each in former(graph)] == versions[1::-1]
    back = catalogue(published(source, tmp_path / "releases"))
    assert str(back.value(WHOLE, DCAT.version)) == versions[0]
    assert [str(each).rpartition("-")[2] for each in former(back)] == versions[:0:-1]


RELEASES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.booleans(), st.sampled_from(["", "x"])), min_size=1, max_size=9
)


@given(RELEASES, st.integers(1, 4))
def test_what_is_said_to_stay_beside_a_release_stays_when_it_is_published(
    told: list[tuple[str, bool, str]], keep: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, publish_lock(Path(folder)) as work:
        for number, (content, is_current, cleared) in enumerate(told):
            stays = [each.id for each in retained_releases(Path(folder), keep, content * 12, cleared)]
            previous = current_name(work.releases)
            set_current(work, shelved_release(Path(folder), number, content, cleared))
            list(prune_locked(work, keep, previous, cleared))
            assert [each.id for each in stored_releases(Path(folder))][:-1] == stays
            if is_current and stays:  # a step back
                set_current(work, Path(folder) / stays[0])


def withdrawn_digest(release: Path) -> str:
    registry = read_manifest(release).registry
    assert registry
    return registry.cleared


def shelved_release(releases: Path, number: int, content: str, cleared: str) -> Path:
    """A release, as far as the shelf looks at it."""
    folder = releases / f"2026-01-01T00000{number}Z-000000"
    folder.mkdir()
    digest = content * 64
    file = {"path": "dump/passo.nq.gz", "media_type": "x", "bytes": 1, "sha256": digest, "content_sha256": digest}
    document = {
        "id": folder.name,
        "created": "2026-01-01T00:00:00Z",
        "base": BASE,
        "registry": {"cleared": cleared},
        "files": [file],
    }
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def test_publishing_the_same_again_and_again_pushes_no_version_out(data: Path, tmp_path: Path) -> None:
    releases, policy = tmp_path / "releases", PublishPolicy(accepted=OPEN.accepted, keep=2)
    first = publish(Catalog.open(data), releases, policy=policy).folder
    edited(data)
    texts = {
        (publish(Catalog.open(data), releases, policy=policy).folder / "catalog.ttl").read_bytes() for _ in range(4)
    }
    assert len(texts) == 1
    assert first.is_dir()
    assert stored_releases(releases)[0].id == first.name
    assert len(stored_releases(releases)) == 3
    edited(data)
    graph = catalogue(publish(Catalog.open(data), releases, policy=policy).folder)
    assert len(former(graph)) == 1
    assert not first.exists(), "two versions are kept, and this would be the third"


def test_no_version_is_listed_that_holds_what_was_taken_back_since(data: Path, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    published(data, releases)
    published(edited(data), releases)
    settings = data / "sources" / "emilia-romagna" / "source.yaml"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(f"{kept}\nwithdrawn: {{'1298': chiesto da chi lo ha scritto}}\n", encoding="utf-8")
    graph = catalogue(published(data, releases))
    assert former(graph) == []
    clean = graph.value(WHOLE, DCAT.version)
    later = former(catalogue(published(edited(data, "1514"), releases)))
    assert [str(each) for each in later] == [f"{WHOLE}-{clean}"], "of those that are kept, one does not hold it"
    settings.write_text(kept, encoding="utf-8")
    published(data, releases)
    before = current_name(releases)
    settings.write_text(f"{kept}\nwithdrawn: {{'1298': chiesto di nuovo}}\n", encoding="utf-8")
    published(data, releases)
    rollback(releases, before)
    graph = catalogue(published(data, releases))
    assert former(graph) == [], "it came back once more, and was taken back once more"


def test_a_release_that_may_hold_what_was_taken_back_is_not_kept_for_its_version(data: Path, tmp_path: Path) -> None:
    releases, policy = tmp_path / "releases", PublishPolicy(accepted=OPEN.accepted, keep=2)
    first = publish(Catalog.open(data), releases, policy=policy).folder
    settings = data / "sources" / "emilia-romagna" / "source.yaml"
    withdrawn = "\nwithdrawn: {'1298': chiesto da chi lo ha scritto}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + withdrawn, encoding="utf-8")
    second = publish(Catalog.open(data), releases, policy=policy).folder
    assert withdrawn_digest(first) == ""
    digest = withdrawn_digest(second)
    assert first.is_dir(), "of the two newest it is one"
    third = publish(Catalog.open(data), releases, policy=policy).folder
    assert withdrawn_digest(third) == digest
    assert not first.exists(), "and now it is none of them"


def test_what_was_taken_back_is_known_whatever_the_clock_said(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases, policy = tmp_path / "releases", PublishPolicy(accepted=OPEN.accepted, keep=2)

    def published_on(day: int) -> Path:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Clock":
                return cls(2026, 5, day, 12, tzinfo=tz)

        monkeypatch.setattr(writer, "datetime", Clock)
        return publish(Catalog.open(data), releases, policy=policy).folder

    ahead = published_on(25)
    settings = data / "sources" / "emilia-romagna" / "source.yaml"
    withdrawn = "\nwithdrawn: {'1298': chiesto da chi lo ha scritto}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + withdrawn, encoding="utf-8")
    published_on(20)
    edited(data, "1514")
    for day in (26, 27, 28):
        assert f"{WHOLE}-{catalogue(ahead).value(WHOLE, DCAT.version)}" not in map(
            str, former(catalogue(published_on(day)))
        )
        if not ahead.exists():
            break
    assert not ahead.exists()


def test_what_another_history_took_back_is_known_when_both_are_one(data: Path, tmp_path: Path) -> None:
    registry, releases = data / "registry.jsonl", tmp_path / "releases"
    published(data, releases)
    common = registry.read_text(encoding="utf-8")
    settings = data / "sources" / "emilia-romagna" / "source.yaml"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(f"{kept}\nwithdrawn: {{'1298': chiesto}}\n", encoding="utf-8")
    published(data, tmp_path / "elsewhere")
    theirs = registry.read_text(encoding="utf-8").removeprefix(common)
    registry.write_text(common, encoding="utf-8")
    settings.write_text(kept, encoding="utf-8")
    published(edited(data, "1514"), releases)
    registry.write_text(common + theirs, encoding="utf-8")
    settings.write_text(f"{kept}\nwithdrawn: {{'1298': chiesto}}\n", encoding="utf-8")
    assert former(catalogue(published(data, releases))) == []


def test_a_version_that_comes_back_stands_where_it_came_back(data: Path, tmp_path: Path) -> None:
    releases, original = tmp_path / "releases", tmp_path / "original"
    shutil.copytree(data, original)
    one = str(catalogue(published(original, releases)).value(WHOLE, DCAT.version))
    two = str(catalogue(published(edited(data), releases)).value(WHOLE, DCAT.version))
    published(original, releases)
    graph = catalogue(published(edited(data), releases))
    assert [str(each).rpartition("-")[2] for each in former(graph)] == [one, two]


def test_the_addresses_of_versions_are_those_of_today(data: Path, tmp_path: Path) -> None:
    settings = data / "passo.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"{text}url: https://old.example.org/\n", encoding="utf-8")
    published(data, tmp_path / "releases")
    settings.write_text(f"{text}url: https://new.example.org/\n", encoding="utf-8")
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former(graph)
    assert not [term for triple in graph for term in triple if "old.example.org" in term]
    page = URIRef(f"https://new.example.org/dataset/{str(version).rpartition('/')[2]}.html")
    assert graph.value(version, DCAT.landingPage) == page
    for file in graph.objects(version, DCAT.distribution):
        assert graph.value(file, DCAT.accessURL) == page
        assert str(graph.value(file, DCAT.downloadURL)).startswith("https://new.example.org/by-hash/sha256/")


def test_a_file_whose_checksum_is_not_told_is_not_listed(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    text = (first / "catalog.ttl").read_text(encoding="utf-8")
    (first / "catalog.ttl").write_text(
        text.replace("all#passo.nq.gz-sha256> a spdx", "all#x-sha256> a spdx")
        + f'<{WHOLE}#passo.nq.gz-sha256> <http://spdx.org/rdf/terms#checksumValue> "no <digest>" .\n',
        encoding="utf-8",
    )
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former(graph)
    assert [str(each).rpartition("#")[2] for each in graph.objects(version, DCAT.distribution)] == ["passo.nq.zst"]


def test_only_what_is_the_whole_is_named_after_its_version(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    others = [f"https://other.example.org/?of={WHOLE}", f"{WHOLE}egato"]
    text = (first / "catalog.ttl").read_text(encoding="utf-8")
    more = "".join(f"<{WHOLE}> <{DCTERMS.relation}> <{each}> .\n" for each in others)
    more += f"<{WHOLE}#x> <{DCAT.downloadURL}> <{BASE}x> . <{WHOLE}> <{DCTERMS.relation}> <{WHOLE}#x> .\n"
    (first / "catalog.ttl").write_text(text + more, encoding="utf-8")
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former(graph)
    assert {str(each) for each in graph.objects(version, DCTERMS.relation)} == {*others, f"{version}#x"}


def test_a_release_whose_catalogue_cannot_be_read_is_passed_over(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    was = f"{WHOLE}-{catalogue(first).value(WHOLE, DCAT.version)}"
    second = published(edited(data), tmp_path / "releases")
    whole = f"<{WHOLE}> <{DCAT.version}>".encode()
    odd = (
        whole + b' "0/../<x>" .',
        whole + b' "0123456789ab" ; <urn:x> [] .',
        whole + b' "0123456789ab" ; <urn:x> << <urn:x> <urn:x> <urn:x> >> .',
    )
    for content in (b"no turtle <", b"", *odd):
        (first / "catalog.ttl").write_bytes(content)
        graph = catalogue(published(edited(data), tmp_path / "releases"))
        assert str(catalogue(second).value(WHOLE, DCAT.version)) in {
            str(each).rpartition("-")[2] for each in former(graph)
        }
        assert not {was, f"{WHOLE}-0123456789ab"} & {str(each) for each in former(graph)}
