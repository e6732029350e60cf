"""Another release is turned to while requests go on, and a broken one is not."""

import time

import httpx
import pytest

from passo_lod.errors import ReleaseError
from passo_lod.web.app import create_app

QUERY = {"query": "SELECT ?t { <https://data.example.org/passo/id/process/xx-1> <http://purl.org/dc/terms/title> ?t }"}


def data(title):
    return f'data:invented {{ <https://data.example.org/passo/id/process/xx-1> a passo:ParticipatoryProcess ; dct:title "{title}"@it . }}'


def point(folder, name):
    (folder / "next").symlink_to(name)
    (folder / "next").replace(folder / "current")


def test_server_turns_to_the_release_that_current_points_at(tmp_path, serve_folder, write_release):
    write_release(tmp_path / "one", "one", data("Prima"))
    write_release(tmp_path / "two", "two", data("Dopo"))
    point(tmp_path, "one")
    with serve_folder(tmp_path) as address, httpx.Client(base_url=address) as client:
        assert "Prima" in client.get("/doc/process/xx-1").text
        (tmp_path / "broken").mkdir()
        (tmp_path / "broken/manifest.json").write_text("{}")
        point(tmp_path, "broken")
        point(tmp_path, "two")
        until(lambda: client.get("/readyz").json()["release"] == "two", client)
        assert "Dopo" in client.get("/doc/process/xx-1").text
        assert "Dopo" in client.get("/sparql", params=QUERY).text


def until(happens, client, patience=30.0):
    last = time.monotonic() + patience
    while not happens():
        assert time.monotonic() < last, "the release was not turned to"
        for path in ("/doc/process/xx-1", "/sparql?query=ASK%7B%7D", "/dump/passo.nq.gz"):
            assert client.get(path).status_code == 200
        time.sleep(0.02)


def test_application_is_not_made_without_a_release(tmp_path):
    with pytest.raises(ReleaseError, match="publish one first"):
        create_app(tmp_path)
