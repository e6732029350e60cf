"""Test that search engines find the address of every page, each of which answers, in sitemaps of at most so many addresses."""

import re
from xml.etree import ElementTree

import httpx
import pytest

from passo_lod.web.endpoints.sitemap import MOST_ADDRESSES

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
MANY = 2 * MOST_ADDRESSES + 500


def entries(text):
    """The address and the date of each entry."""
    root = ElementTree.fromstring(text)
    assert root.tag in (f"{NAMESPACE}urlset", f"{NAMESPACE}sitemapindex")
    return {each.findtext(f"{NAMESPACE}loc"): each.findtext(f"{NAMESPACE}lastmod") for each in root}


def test_robots_txt_names_the_sitemap_of_this_server(client, address):
    answer = client.get("/robots.txt")
    assert answer.text.splitlines()[-1] == f"Sitemap: {address}/sitemap.xml"
    assert client.get("/sitemap.xml").headers["Content-Type"] == "application/xml"


def test_the_sitemap_lists_pages_datasets_and_documents_once_and_each_answers(client, address):
    listed = entries(client.get("/sitemap.xml").content)
    paths = [each.removeprefix(address) for each in listed]
    for path in (
        *("/", "/processes", "/dump/", "/dataset/invented.html", "/doc/process/xx-0001", "/doc/place/istat-099001"),
        *(
            "/doc/onto",
            "/doc/onto/cost",
            "/doc/controlled-vocabulary/progress-status/completed",
            "/doc/alignment/other",
        ),
    ):
        assert path in paths
    assert not [path for path in paths if path.startswith("/sparql") or "/phase" in path]
    answers = {path: client.get(path, headers={"Accept": "text/html"}).status_code for path in paths}
    assert {path for path, status in answers.items() if status != 200} <= {"/report", "/catalog.html"}


def test_a_document_has_the_date_of_its_last_change(client, address):
    listed = entries(client.get("/sitemap.xml").content)
    assert listed[f"{address}/doc/process/xx-0001"] == "2022-12-21"
    assert listed[f"{address}/doc/place/istat-099001"] is None


def test_a_client_that_has_the_sitemap_gets_304(client):
    tag = client.get("/sitemap.xml").headers["ETag"]
    assert client.get("/sitemap.xml", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("number", ["0", "2", "01", "x", "9" * 5000])
def test_a_sitemap_that_does_not_exist_is_404(client, number):
    assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_many_addresses_are_in_several_sitemaps_that_an_index_lists(tmp_path, write_release, serve_folder):
    things = "".join(
        f"<https://data.example.org/passo/id/place/x-{number}> a dct:Location .\n" for number in range(MANY)
    )
    write_release(tmp_path / "many", "many", f"data:places {{ {things} }}")
    (tmp_path / "current").symlink_to("many")
    with serve_folder(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        index = list(entries(client.get("/sitemap.xml").content))
        assert index == [f"{address}/sitemap-{number}.xml" for number in (1, 2, 3)]
        parts = [list(entries(client.get(part).content)) for part in index]
    assert [len(part) for part in parts[:2]] == [MOST_ADDRESSES] * 2
    listed = [each for part in parts for each in part]
    assert len(listed) == len(set(listed))
    assert len([each for each in listed if re.search("/doc/place/x-[0-9]+$", each)]) == MANY
