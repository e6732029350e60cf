"""A release that is opened, and things that are found in it by their IRI."""

import asyncio
import json
import shutil

import pytest
from pyoxigraph import NamedNode

from passo_lod.errors import QueryRefused, ReleaseError
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Query
from passo_lod.store.release import find_release

BASE = "https://data.example.org/passo/"


@pytest.fixture(scope="module")
def store(release):
    return LocalStore.open(release)


def test_a_number_is_described_as_it_was_published(store):
    values = {quad.object.value for quad in store.describe(BASE + "id/process/xx-0001/cost")}
    assert "10000.00" in values


def test_a_thing_is_described_from_the_dump_as_the_patterns_find_it(store):
    for subject in store.subjects_of("https://w3id.org/passo/onto"):
        assert set(store.describe(subject)) >= set(store.pattern(NamedNode(subject), None, None))


def test_a_store_without_workers_says_that_it_answers_no_queries(store):
    with pytest.raises(QueryRefused) as refused:
        asyncio.run(store.query(Query("ASK {}")))
    assert refused.value.reason == "unavailable"


# ---------------------------------------------------------------------------------------------------------- releases


def test_current_is_followed_to_the_release_it_points_at(release, tmp_path):
    (tmp_path / "current").symlink_to(release)
    assert find_release(tmp_path) == release.resolve()
    assert find_release(release) == release.resolve()


def test_a_folder_without_a_release_is_named_in_the_error(tmp_path):
    with pytest.raises(ReleaseError, match="publish one first"):
        find_release(tmp_path)


@pytest.fixture
def copy(release, tmp_path):
    return shutil.copytree(release, tmp_path / "copy")


def test_a_release_without_its_dump_is_not_opened(copy):
    (copy / "dump/passo.nq.gz").unlink()
    with pytest.raises(ReleaseError, match=r"no file dump/passo\.nq\.gz"):
        LocalStore.open(copy)


def test_a_dump_that_is_cut_off_is_not_opened(copy):
    dump = copy / "dump/passo.nq.gz"
    dump.write_bytes(dump.read_bytes()[:-200])
    with pytest.raises(ReleaseError, match=r"passo\.nq\.gz"):
        LocalStore.open(copy)


def test_a_manifest_without_a_base_is_named_with_what_is_missing(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["base"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match=r"manifest\.json: base: Field required"):
        LocalStore.open(copy)


def test_a_file_that_leads_out_of_the_release_is_no_file_of_it(copy, tmp_path):
    (tmp_path / "secret").write_text("x")
    (copy / "dump/link").symlink_to(tmp_path / "secret")
    store = LocalStore.open(copy)
    assert not store.release.has("dump/link")
    assert not store.release.has("../secret")
