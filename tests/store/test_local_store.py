"""A release folder is found and opened, or the error says what is wrong; resources are looked up in it."""

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


def test_a_number_keeps_the_lexical_form_of_the_dump(store):
    values = {quad.object.value for quad in store.describe(BASE + "id/process/xx-0001/cost")}
    assert "10000.00" in values


def test_a_description_from_the_dump_has_all_quads_that_match_the_subject(store):
    for subject in store.subjects_of("https://w3id.org/passo/onto"):
        assert set(store.describe(subject)) >= set(store.pattern(NamedNode(subject), None, None))


def test_a_store_without_workers_refuses_queries(store):
    with pytest.raises(QueryRefused) as refused:
        asyncio.run(store.query(Query("ASK {}")))
    assert refused.value.reason == "unavailable"


# ---------------------------------------------------------------------------------------------------------- releases


def test_the_link_current_is_resolved(release, tmp_path):
    (tmp_path / "current").symlink_to(release)
    assert find_release(tmp_path) == release.resolve()
    assert find_release(release) == release.resolve()


def test_the_error_names_a_folder_without_a_release(tmp_path):
    with pytest.raises(ReleaseError, match="publish one first"):
        find_release(tmp_path)


@pytest.fixture
def copy(release, tmp_path):
    return shutil.copytree(release, tmp_path / "copy")


def test_a_release_without_its_dump_is_not_opened(copy):
    (copy / "dump/passo.nq.gz").unlink()
    with pytest.raises(ReleaseError, match=r"no file dump/passo\.nq\.gz"):
        LocalStore.open(copy)


def test_a_truncated_dump_is_not_opened(copy):
    dump = copy / "dump/passo.nq.gz"
    dump.write_bytes(dump.read_bytes()[:-200])
    with pytest.raises(ReleaseError, match=r"passo\.nq\.gz"):
        LocalStore.open(copy)


def test_the_error_names_the_missing_key_of_a_manifest(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    del manifest["base"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ReleaseError, match=r"manifest\.json: base: Field required"):
        LocalStore.open(copy)


def test_a_path_that_leads_out_of_the_release_is_not_a_file_of_it(copy, tmp_path):
    (tmp_path / "secret").write_text("x")
    (copy / "dump/link").symlink_to(tmp_path / "secret")
    store = LocalStore.open(copy)
    assert not store.release.has("dump/link")
    assert not store.release.has("../secret")
