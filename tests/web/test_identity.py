"""Test the responses for things that are no longer published: redirect, 300 or 410, never 404."""

import httpx
import pytest
import rdflib

BASE = "https://data.example.org/passo/"
ID = f"<{BASE}id/process/"
DCT = rdflib.Namespace("http://purl.org/dc/terms/")

DATA = f"""
data:invented {{
  {ID}xx-1> a passo:ParticipatoryProcess ; dct:title "Il parco"@it ; dct:replaces {ID}xx-2> .
  {ID}xx-1/cost> a schema:MonetaryAmount ; schema:value 10.00 ; schema:currency "EUR" .
  {ID}xx-2> owl:deprecated true ; dct:identifier "xx-2" ; dct:isReplacedBy {ID}xx-1> ;
    skos:changeNote "Unito a un altro."@it , "Merged into another."@en .
  {ID}xx-3> owl:deprecated true ; dct:identifier "xx-3" ; dct:isReplacedBy {ID}xx-1> , {ID}xx-5> ;
    skos:changeNote "Diviso in più di uno."@it , "Split into several."@en .
  {ID}xx-4> owl:deprecated true ; dct:identifier "xx-4" ;
    skos:changeNote "Ritirato dalla fonte."@it , "Withdrawn by its source."@en , "the municipality asked for it" .
  {ID}xx-5> a passo:ParticipatoryProcess ; dct:title "La piazza"@it .
  {ID}xx-6> dct:identifier "xx-6" ; skos:changeNote "Sospeso."@it , "Held back."@en .
}}
data:places {{
  <{BASE}id/place/istat-041011> owl:deprecated true ; dct:isReplacedBy <{BASE}id/place/istat-099021> .
  <{BASE}id/place/istat-099021> a skos:Concept ; skos:prefLabel "Novafeltria"@it .
  <{BASE}id/place/istat-099022> a skos:Concept ; owl:deprecated true ; skos:prefLabel "Soppressa"@it .
}}
data:former {{
  <{BASE}dataset/former> owl:deprecated true ; dct:identifier "former" .
}}
<https://w3id.org/passo/onto> {{
  <https://w3id.org/passo/onto/old> a owl:Class ; owl:deprecated true ; dct:isReplacedBy <https://w3id.org/passo/onto/new> ;
    rdfs:label "old"@en .
}}
"""

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
TURTLE = "text/turtle"


@pytest.fixture(scope="module")
def client(tmp_path_factory, serve_folder, write_release):
    folder = tmp_path_factory.mktemp("identity")
    write_release(folder / "one", data=DATA)
    (folder / "current").symlink_to("one")
    with serve_folder(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


ANSWERS = [
    # replaced by one: the same path of the other, in one step
    ("/id/process/xx-2", TURTLE, 308, "/id/process/xx-1"),
    ("/id/process/xx-2", BROWSER, 308, "/id/process/xx-1"),
    ("/id/process/xx-2/cost", TURTLE, 308, "/id/process/xx-1"),
    ("/doc/process/xx-2", TURTLE, 308, "/doc/process/xx-1"),
    ("/doc/process/xx-2?lang=en", BROWSER, 308, "/doc/process/xx-1?lang=en"),
    ("/doc/process/xx-2.ttl", BROWSER, 308, "/doc/process/xx-1.ttl"),
    ("/doc/process/xx-2.html", TURTLE, 308, "/doc/process/xx-1.html"),
    ("/id/place/istat-041011", TURTLE, 308, "/id/place/istat-099021"),
    # replaced by several
    ("/id/process/xx-3", TURTLE, 300, None),
    ("/doc/process/xx-3", BROWSER, 300, None),
    # replaced by nothing
    ("/id/process/xx-4", TURTLE, 410, None),
    ("/id/process/xx-4/phase/1", TURTLE, 410, None),
    ("/doc/process/xx-4", BROWSER, 410, None),
    ("/doc/process/xx-4.jsonld", BROWSER, 410, None),
    ("/dataset/former", TURTLE, 410, None),
    ("/dataset/former.ttl", None, 410, None),
    # held back, or a part that is not stated any more
    ("/id/process/xx-6", TURTLE, 303, "/doc/process/xx-6"),
    ("/doc/process/xx-6", TURTLE, 200, None),
    ("/id/process/xx-1/award", TURTLE, 303, "/doc/process/xx-1"),
    # superseded and still described
    ("/doc/place/istat-099022", TURTLE, 200, None),
    ("/onto/old", TURTLE, 303, "/doc/onto/old"),
    ("/doc/onto/old", TURTLE, 200, None),
    # never published
    ("/id/process/xx-7", TURTLE, 404, None),
    ("/doc/process/xx-7.ttl", TURTLE, 404, None),
    ("/id/place/istat-041012", TURTLE, 404, None),
]


@pytest.mark.parametrize(("path", "accept", "status", "location"), ANSWERS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_thing_that_is_no_longer_published_answers_as_the_table_says(client, method, path, accept, status, location):
    answer = client.request(method, path, headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers.get("Location")) == (status, location)


@pytest.mark.parametrize("accept", [TURTLE, "application/ld+json", "application/n-triples", "application/rdf+xml"])
def test_the_tombstone_is_sent_in_the_accepted_syntax(client, accept):
    answer = client.get("/id/process/xx-4", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith(accept)
    assert "Accept" in answer.headers["Vary"]
    kind = {"application/ld+json": "json-ld", "application/rdf+xml": "xml", "application/n-triples": "nt"}
    graph = rdflib.Graph().parse(data=answer.text, format=kind.get(accept, "turtle"))
    assert len(graph) == 5


def test_the_tombstone_of_a_split_thing_names_all_its_replacements(client):
    answer = client.get("/doc/process/xx-3.ttl")
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    assert {str(each) for each in graph.objects(None, DCT.isReplacedBy)} == {
        BASE + "id/process/xx-1",
        BASE + "id/process/xx-5",
    }
    assert answer.headers["Link"].count(f'rel="{DCT.isReplacedBy}"') == 2


@pytest.mark.parametrize(("language", "words"), [("it", "Ritirato dalla fonte."), ("en", "Withdrawn by its source.")])
def test_the_page_of_a_tombstone_is_in_the_language_of_the_reader(client, language, words):
    answer = client.get("/doc/process/xx-4", headers={"Accept": BROWSER, "Accept-Language": language})
    assert answer.headers["Content-Language"] == language
    assert words in answer.text
    assert "the municipality asked for it" in answer.text


def test_a_client_that_accepts_no_offered_type_gets_410_all_the_same(client):
    answer = client.get("/doc/process/xx-4", headers={"Accept": "image/png"})
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (410, TURTLE)


def test_a_tombstone_is_not_conditional(client):
    """304 would say that what is known is still there (RFC 9110, 13.2.1)."""
    assert client.get("/doc/process/xx-4", headers={"If-None-Match": "*"}).status_code == 410


def test_the_replacement_names_the_thing_that_it_replaces(client):
    page = client.get("/doc/process/xx-1", headers={"Accept": BROWSER, "Accept-Language": "en"}).text
    assert "replaces" in page
    assert 'href="/doc/process/xx-2"' in page
