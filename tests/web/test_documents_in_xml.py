"""A document or result that RDF/XML cannot hold is refused with the other syntaxes, in which it is complete."""

import httpx
import pytest
import rdflib

THINGS = """
<https://data.example.org/passo/dataset/invented> {
  <https://data.example.org/passo/id/process/xx-1> <urn:p/1> "a property without a local name" .
  <https://data.example.org/passo/id/process/xx-2> dct:title "a control \\u0001 character" .
  <https://data.example.org/passo/id/process/xx-3> dct:title "carriage\\r\\nreturn" .
}
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory, serve_folder, write_release):
    folder = tmp_path_factory.mktemp("xml")
    write_release(folder / "one", data=THINGS)
    (folder / "current").symlink_to("one")
    with serve_folder(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.mark.parametrize("name", ["xx-1", "xx-2"])
@pytest.mark.parametrize("asked", [{}, {"Accept": "application/rdf+xml"}])
def test_a_document_that_rdf_xml_cannot_hold_is_not_acceptable(client, name, asked):
    answer = client.get(f"/doc/process/{name}{'' if asked else '.rdf'}", headers=asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (406, "application/problem+json")
    assert answer.json()["reason"] == "not-acceptable"
    assert answer.json()["offered"] == ["text/turtle", "application/ld+json", "application/n-triples"]


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "nt", "html"])
@pytest.mark.parametrize("name", ["xx-1", "xx-2"])
def test_the_other_syntaxes_have_it(client, name, extension):
    assert client.get(f"/doc/process/{name}.{extension}").status_code == 200


def test_carriage_returns_survive_rdf_xml(client):
    answer = client.get("/doc/process/xx-3.rdf")
    assert rdflib.Literal("carriage\r\nreturn") in set(
        rdflib.Graph().parse(data=answer.content, format="xml").objects()
    )


def test_a_page_shows_control_characters_by_their_code_points(client):
    query = r'SELECT ("a\u0001b\u0000c\uFFFFd" AS ?x) {}'
    pages = [
        client.get("/doc/process/xx-2.html"),
        client.get("/sparql", params={"query": query}, headers={"Accept": "text/html"}),
    ]
    assert [page.status_code for page in pages] == [200, 200]
    assert not set(pages[0].text + pages[1].text) & set("\x00\x01\uffff")
    assert "a control ⟨U+0001⟩ character" in pages[0].text
    assert "a⟨U+0001⟩b⟨U+0000⟩c⟨U+FFFF⟩d" in pages[1].text
