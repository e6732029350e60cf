"""Test that the server replaces its release while it answers requests, and ignores a damaged one."""

import time

import httpx
import pytest

from passo_lod.errors import ReleaseError
from passo_lod.web.app import create_app

QUERY = {"query": "SELECT ?t { <https://data.example.org/passo/id/process/xx-1> <http://purl.org/dc/terms/title> ?t }"}


def data(title):
    return f'data:invented {{ <https://data.example.org/passo/id/process/xx-1> a passo:ParticipatoryProcess ; dct:title "{title}"@it . }}'


def set_current(folder, name):
    (folder / "next").symlink_to(name)
    (folder / "next").replace(folder / "current")


def test_server_replaces_its_release_when_current_points_at_another(tmp_path, serve_folder, write_release):
    write_release(tmp_path / "one", "one", data("Prima"))
    write_release(tmp_path / "two", "two", data("Dopo"))
    set_current(tmp_path, "one")
    with serve_folder(tmp_path) as address, httpx.Client(base_url=address) as client:
        assert "Prima" in client.get("/doc/process/xx-1").text
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken/manifest.json").write_text("{}")
        set_current(tmp_path, "broken")
        set_current(tmp_path, "two")
        wait_until(lambda: client.get("/readyz").json()["release"] == "two", client)
        assert "Dopo" in client.get("/doc/process/xx-1").text
        assert "Dopo" in client.get("/sparql", params=QUERY).text


def wait_until(condition, client, seconds=30.0):
    last = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < last, "the release was not replaced"
        for path in ("/doc/process/xx-1", "/sparql?query=ASK%7B%7D", "/dump/passo.nq.gz"):
            assert client.get(path).status_code == 200
        time.sleep(0.02)


def test_an_application_without_a_release_is_an_error(tmp_path):
    with pytest.raises(ReleaseError, match="publish one first"):
        create_app(tmp_path)
