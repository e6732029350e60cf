"""The series of releases: every retained version of the data is a dataset with a stable address, and refers to its predecessor."""

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
SERIES, ALL_DATA, CATALOG = (URIRef(BASE + each) for each in ("dataset/releases", "dataset/all", "catalog"))


@pytest.fixture
def data(small_data: Callable[[str], Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(data_folder(small_data, "versions"), tmp_path / "data"))


def catalogue(release: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(release / "datasets.ttl")


def former_versions(graph: rdflib.Graph) -> list[URIRef]:
    """The former versions of all data, the newest first."""
    found: list[URIRef] = []
    node = graph.value(ALL_DATA, DCAT.prev)
    while isinstance(node, URIRef):
        found.append(node)
        node = graph.value(node, DCAT.prev)
    return found


def test_a_first_release_is_the_first_and_the_last_of_the_series(data: Path, tmp_path: Path) -> None:
    graph = catalogue(published(data, tmp_path / "releases"))
    assert graph.value(SERIES, DCAT.first) == graph.value(SERIES, DCAT.last) == ALL_DATA
    assert former_versions(graph) == []


def test_a_retained_version_is_a_dataset_whose_files_have_addresses_by_hash(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    before = catalogue(first)
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former_versions(graph)
    assert str(version) == f"{ALL_DATA}-{before.value(ALL_DATA, DCAT.version)}"
    assert graph.value(SERIES, DCAT.first) == version
    assert (CATALOG, DCAT.dataset, version) in graph
    assert (version, DCAT.inSeries, SERIES) in graph
    for predicate in (DCTERMS.issued, DCTERMS.modified, DCTERMS.spatial, DCTERMS.publisher):
        assert set(graph.objects(version, predicate)) == set(before.objects(ALL_DATA, predicate)), predicate
    listed = {file.sha256: file for file in read_manifest(first).files}
    addresses = [str(graph.value(each, DCAT.downloadURL)) for each in graph.objects(version, DCAT.distribution)]
    assert sorted(listed[each.removeprefix(f"{BASE}by-hash/sha256/")].path for each in addresses) == ["dump/passo.nq.gz", "dump/passo.nq.zst"]  # fmt: skip


def test_a_version_has_its_own_version_page_and_title(data: Path, tmp_path: Path) -> None:
    published(data, tmp_path / "releases")
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former_versions(graph)
    for each in (DCAT.version, DCTERMS.identifier, DCAT.landingPage):
        assert len(set(graph.objects(ALL_DATA, each))) == len(set(graph.objects(version, each))) == 1, each
    assert {str(each.language) for each in graph.objects(version, DCTERMS.title)} == {"it", "en"}  # type: ignore[attr-defined]
    assert set(graph.objects(version, DCTERMS.title)).isdisjoint(graph.objects(ALL_DATA, DCTERMS.title))
    assert all((node, RDF.type, DCAT.Distribution) in graph for node in graph.objects(version, DCAT.distribution))


def test_publishing_the_same_data_adds_no_version_and_changes_no_byte(data: Path, tmp_path: Path) -> None:
    published(data, tmp_path / "releases")
    edited(data)
    folders = [published(data, tmp_path / "releases") for _ in range(3)]
    assert len({(folder / "catalog.ttl").read_bytes() for folder in folders}) == 1
    assert len(former_versions(catalogue(folders[0]))) == 1


def test_versions_are_in_order_and_one_that_is_published_again_is_current(data: Path, tmp_path: Path) -> None:
    source = tmp_path / "original"
    shutil.copytree(data, source)
    versions = []
    for _ in range(3):
        graph = catalogue(published(data, tmp_path / "releases"))
        versions.append(str(graph.value(ALL_DATA, DCAT.version)))
        edited(data)
    assert [str(each).rpartition("-")[2] for each in former_versions(graph)] == versions[1::-1]
    back = catalogue(published(source, tmp_path / "releases"))
    assert str(back.value(ALL_DATA, DCAT.version)) == versions[0]
    assert [str(each).rpartition("-")[2] for each in former_versions(back)] == versions[:0:-1]


RELEASES = st.lists(
    st.tuples(st.sampled_from("ABC"), st.booleans(), st.sampled_from(["", "x"])), min_size=1, max_size=9
)


@given(RELEASES, st.integers(1, 4))
def test_the_releases_that_are_listed_as_retained_are_retained(history: list[tuple[str, bool, str]], keep: int) -> None:
    with tempfile.TemporaryDirectory() as folder, publish_lock(Path(folder)) as lock:
        for number, (content, is_rolled_back, digest) in enumerate(history):
            staying = [each.id for each in retained_releases(Path(folder), keep, content * 12, digest)]
            previous = current_name(lock.releases)
            set_current(lock, write_manifest_only(Path(folder), number, content, digest))
            list(prune_locked(lock, keep, previous, digest))
            assert [each.id for each in stored_releases(Path(folder))][:-1] == staying
            if is_rolled_back and staying:
                set_current(lock, Path(folder) / staying[0])


def withdrawn_digest(release: Path) -> str:
    registry = read_manifest(release).registry
    assert registry
    return registry.cleared


def write_manifest_only(releases: Path, number: int, content: str, withdrawn: str) -> Path:
    """Write a release that has only a manifest."""
    folder = releases / f"2026-01-01T00000{number}Z-000000"
    folder.mkdir()
    digest = content * 64
    file = {"path": "dump/passo.nq.gz", "media_type": "x", "bytes": 1, "sha256": digest, "content_sha256": digest}
    document = {
        "id": folder.name,
        "created": "2026-01-01T00:00:00Z",
        "base": BASE,
        "registry": {"cleared": withdrawn},
        "files": [file],
    }
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def test_publishing_the_same_version_repeatedly_removes_no_other_version(data: Path, tmp_path: Path) -> None:
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
    assert len(former_versions(graph)) == 1
    assert not first.exists(), "two versions are retained, and this would be the third"


def test_no_version_is_listed_that_contains_a_withdrawn_record(data: Path, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    published(data, releases)
    published(edited(data), releases)
    settings = data / "sources" / "emilia-romagna" / "source.yaml"
    kept = settings.read_text(encoding="utf-8")
    settings.write_text(f"{kept}\nwithdrawn: {{'1298': chiesto da chi lo ha scritto}}\n", encoding="utf-8")
    graph = catalogue(published(data, releases))
    assert former_versions(graph) == []
    clean = graph.value(ALL_DATA, DCAT.version)
    later = former_versions(catalogue(published(edited(data, "1514"), releases)))
    assert [str(each) for each in later] == [f"{ALL_DATA}-{clean}"], "one of the retained versions does not contain it"
    settings.write_text(kept, encoding="utf-8")
    published(data, releases)
    before = current_name(releases)
    settings.write_text(f"{kept}\nwithdrawn: {{'1298': chiesto di nuovo}}\n", encoding="utf-8")
    published(data, releases)
    rollback(releases, before)
    graph = catalogue(published(data, releases))
    assert former_versions(graph) == [], "it was published again, and withdrawn again"


def test_a_release_that_may_contain_a_withdrawn_record_is_not_retained_for_its_version(
    data: Path, tmp_path: Path
) -> None:
    releases, policy = tmp_path / "releases", PublishPolicy(accepted=OPEN.accepted, keep=2)
    first = publish(Catalog.open(data), releases, policy=policy).folder
    settings = data / "sources" / "emilia-romagna" / "source.yaml"
    withdrawn = "\nwithdrawn: {'1298': chiesto da chi lo ha scritto}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + withdrawn, encoding="utf-8")
    second = publish(Catalog.open(data), releases, policy=policy).folder
    assert withdrawn_digest(first) == ""
    digest = withdrawn_digest(second)
    assert first.is_dir(), "it is one of the two newest"
    third = publish(Catalog.open(data), releases, policy=policy).folder
    assert withdrawn_digest(third) == digest
    assert not first.exists(), "it is not one of the two newest any more"


def test_withdrawals_are_known_also_if_the_clock_was_wrong(
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
        assert f"{ALL_DATA}-{catalogue(ahead).value(ALL_DATA, DCAT.version)}" not in map(
            str, former_versions(catalogue(published_on(day)))
        )
        if not ahead.exists():
            break
    assert not ahead.exists()


def test_withdrawals_in_another_history_are_known_after_a_merge(data: Path, tmp_path: Path) -> None:
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
    assert former_versions(catalogue(published(data, releases))) == []


def test_a_version_that_is_published_again_is_listed_at_its_last_place(data: Path, tmp_path: Path) -> None:
    releases, original = tmp_path / "releases", tmp_path / "original"
    shutil.copytree(data, original)
    one = str(catalogue(published(original, releases)).value(ALL_DATA, DCAT.version))
    two = str(catalogue(published(edited(data), releases)).value(ALL_DATA, DCAT.version))
    published(original, releases)
    graph = catalogue(published(edited(data), releases))
    assert [str(each).rpartition("-")[2] for each in former_versions(graph)] == [one, two]


def test_the_addresses_of_versions_follow_the_current_settings(data: Path, tmp_path: Path) -> None:
    settings = data / "passo.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"{text}url: https://old.example.org/\n", encoding="utf-8")
    published(data, tmp_path / "releases")
    settings.write_text(f"{text}url: https://new.example.org/\n", encoding="utf-8")
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former_versions(graph)
    assert not [term for triple in graph for term in triple if "old.example.org" in term]
    page = URIRef(f"https://new.example.org/dataset/{str(version).rpartition('/')[2]}.html")
    assert graph.value(version, DCAT.landingPage) == page
    for file in graph.objects(version, DCAT.distribution):
        assert graph.value(file, DCAT.accessURL) == page
        assert str(graph.value(file, DCAT.downloadURL)).startswith("https://new.example.org/by-hash/sha256/")


def test_a_file_without_a_valid_checksum_is_not_listed(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    text = (first / "datasets.ttl").read_text(encoding="utf-8")
    (first / "datasets.ttl").write_text(
        text.replace("all#passo.nq.gz-sha256> a spdx", "all#x-sha256> a spdx")
        + f'<{ALL_DATA}#passo.nq.gz-sha256> <http://spdx.org/rdf/terms#checksumValue> "no <digest>" .\n',
        encoding="utf-8",
    )
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former_versions(graph)
    assert [str(each).rpartition("#")[2] for each in graph.objects(version, DCAT.distribution)] == ["passo.nq.zst"]


def test_only_the_dataset_itself_is_renamed_to_the_version(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    others = [f"https://other.example.org/?of={ALL_DATA}", f"{ALL_DATA}egato"]
    text = (first / "datasets.ttl").read_text(encoding="utf-8")
    more = "".join(f"<{ALL_DATA}> <{DCTERMS.relation}> <{each}> .\n" for each in others)
    more += f"<{ALL_DATA}#x> <{DCAT.downloadURL}> <{BASE}x> . <{ALL_DATA}> <{DCTERMS.relation}> <{ALL_DATA}#x> .\n"
    (first / "datasets.ttl").write_text(text + more, encoding="utf-8")
    graph = catalogue(published(edited(data), tmp_path / "releases"))
    (version,) = former_versions(graph)
    assert {str(each) for each in graph.objects(version, DCTERMS.relation)} == {*others, f"{version}#x"}


def test_a_release_with_a_damaged_catalogue_is_skipped(data: Path, tmp_path: Path) -> None:
    first = published(data, tmp_path / "releases")
    was = f"{ALL_DATA}-{catalogue(first).value(ALL_DATA, DCAT.version)}"
    second = published(edited(data), tmp_path / "releases")
    whole = f"<{ALL_DATA}> <{DCAT.version}>".encode()
    odd = (
        whole + b' "0/../<x>" .',
        whole + b' "0123456789ab" ; <urn:x> [] .',
        whole + b' "0123456789ab" ; <urn:x> << <urn:x> <urn:x> <urn:x> >> .',
    )
    for content in (b"no turtle <", b"", *odd):
        (first / "datasets.ttl").write_bytes(content)
        graph = catalogue(published(edited(data), tmp_path / "releases"))
        assert str(catalogue(second).value(ALL_DATA, DCAT.version)) in {
            str(each).rpartition("-")[2] for each in former_versions(graph)
        }
        assert not {was, f"{ALL_DATA}-0123456789ab"} & {str(each) for each in former_versions(graph)}
