"""Test pages for people: language, parts, working links, and data that is escaped."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
import pytest

HTML = {"Accept": "text/html"}


class ParsedPage(HTMLParser):
    """The elements, links, anchors and texts of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.links, self.ids, self.text = set(), set(), [], set(), []
        self.language = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        if not (named.get("src") or "").startswith("/static/built/"):
            self.elements.add(tag)
        self.attributes |= set(named)
        self.links += [named[name] for name in ("href", "src", "action") if named.get(name)]
        self.ids |= {named["id"]} if "id" in named else set()
        self.language = self.language or named.get("lang")

    def handle_data(self, data):
        self.text.append(data)


def page(client, path, language="it"):
    answer = client.get(path, headers=HTML | {"Accept-Language": language})
    assert answer.status_code == 200
    return ParsedPage(answer.text)


def words(reading):
    return " ".join(" ".join(reading.text).split())


def test_page_of_a_process_is_in_the_language_of_its_reader(client):
    italian, english = (page(client, "/doc/process/xx-0001", language) for language in ("it", "en"))
    assert (italian.language, english.language) == ("it", "en")
    assert {"concluso", "costo complessivo", "10.000,00 €", "21 febbraio 2020", "1.200"} <= set(italian.text)
    assert {"completed", "total cost", "€10,000.00", "21 February 2020", "1,200"} <= set(english.text)


def test_a_chosen_language_is_in_every_link(client):
    reading = page(client, "/doc/process/xx-0001?lang=en", "it")
    assert reading.language == "en"
    assert "/processes?lang=en" in reading.links


def test_page_shows_missing_values_with_their_reason(client):
    assert "ambito di intervento" in words(page(client, "/doc/process/xx-0001"))
    assert "non rilevato nel testo" in words(page(client, "/doc/process/xx-0001"))


def test_parts_are_shown_in_place_and_in_order(client):
    text = words(page(client, "/doc/process/xx-0001"))
    assert text.index("Ascolto") < text.index("Proposte") < text.index("Decisione")


def test_a_triple_that_a_subproperty_entails_is_not_shown(client):
    assert words(page(client, "/doc/process/xx-0001")).count("Forlì di Prova") == 1


def test_page_of_a_place_lists_the_processes_that_affect_it(client):
    reading = page(client, "/doc/place/istat-099001")
    assert "/doc/process/xx-0001" in reading.links
    assert "Il parco di tutti" in reading.text


def test_page_of_the_vocabulary_lists_its_terms(client):
    assert "/doc/onto/cost" in page(client, "/doc/onto").links
    assert (
        "/doc/controlled-vocabulary/progress-status/completed"
        in page(client, "/doc/controlled-vocabulary/progress-status").links
    )


def test_all_links_within_the_site_answer(client, address):
    visited, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        answer = client.get(path, headers=HTML, follow_redirects=True)
        assert answer.status_code == 200, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        reading = ParsedPage(answer.text)
        for link in reading.links:
            target = urljoin(f"{address}{path}", link)
            if target.startswith(address):
                inside, _, anchor = target.removeprefix(address).partition("#")
                assert not anchor or inside != path or anchor in reading.ids, (path, anchor)
                if inside not in visited:
                    visited.add(inside)
                    waiting.append(inside)
    assert {"/doc/process/xx-0001", "/doc/onto", "/dump/", "/dataset/invented"} <= visited


def test_every_link_to_a_part_has_its_anchor(client):
    reading = page(
        client,
        "/sparql?query=SELECT%20%3Fs%20%7B%20%3Fs%20a%20%3Chttps%3A%2F%2Fw3id.org%2Fpasso%2Fonto%2FProcessPhase%3E%20%7D",
    )
    parts = [link for link in reading.links if "#" in link and link.startswith("/doc/")]
    assert len(parts) == 3
    ids = page(client, "/doc/process/xx-0001").ids | {"content"}
    table = words(page(client, "/doc/process/xx-0001"))
    assert all(link.partition("#")[2] in ids or "Ascolto" in table for link in parts)


@pytest.mark.parametrize(
    "path",
    [
        "/doc/process/xx-0002",
        "/processes",
        "/sparql?query=SELECT%20*%20%7B%20%3Chttps%3A%2F%2Fdata.example.org%2Fpasso%2Fid%2Fprocess%2Fxx-0002%3E%20%3Fp%20%3Fo%20%7D",
        "/sparql?query=%3C%2Ftextarea%3E%3Cscript%3Ealert(4)%3C%2Fscript%3E%27%22",
        "/processes?sort=title&lang=%22%3E%3Cscript%3E",
        "/nothing/%3Cscript%3Ealert(5)%3C/script%3E",
    ],
)
def test_text_is_escaped(client, path):
    reading = ParsedPage(client.get(path, headers=HTML).text)
    assert reading.elements.isdisjoint({"script", "img", "iframe", "object", "svg"})
    assert not any(name.startswith("on") for name in reading.attributes)
    assert not any(link.lower().startswith(("javascript:", "data:")) for link in reading.links)


def test_harmful_data_is_shown_as_text(client):
    text = words(page(client, "/doc/process/xx-0002"))
    assert '<script>alert(1)</script> "quoted" ⟨U+202E⟩abc' in text
    assert "javascript:alert(2)" in text


def test_pages_request_no_other_host(client):
    for path in ("/", "/doc/process/xx-0001", "/sparql"):
        text = client.get(path, headers=HTML).text
        assert 'src="http' not in text
        assert 'stylesheet" href="/static/' in text


def test_processes_are_sorted_by_the_chosen_column(client):
    by_title = words(page(client, "/processes"))
    assert by_title.index("Il parco") < by_title.index("Un altro")
    assert "Valdiprova" in by_title


INFERRED = """
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
data:invented {
  <https://data.example.org/passo/id/process/xx-9> a passo:ParticipatoryProcess ; dct:title "Un orto"@it ;
    passo:startYear "2021"^^xsd:gYear ; passo:closingYear "2022"^^xsd:gYear ;
    passo:hasPhase <https://data.example.org/passo/id/process/xx-9/phase/1> ;
    foaf:isPrimaryTopicOf <https://data.example.org/passo/doc/process/xx-9> .
  <https://data.example.org/passo/id/process/xx-9/phase/1> a passo:ProcessPhase ; passo:plannedStart "2021-03"^^xsd:gYearMonth .
  <https://data.example.org/passo/doc/process/xx-9> a passo:ObservatoryRecord ;
    foaf:primaryTopic <https://data.example.org/passo/id/process/xx-9> ;
    passo:hasInferredStatement <https://data.example.org/passo/doc/process/xx-9#a> , <https://data.example.org/passo/doc/process/xx-9#b> .
  <https://data.example.org/passo/doc/process/xx-9#a> a passo:InferredStatement ; passo:sourceField "Data inizio" ;
    rdf:subject <https://data.example.org/passo/id/process/xx-9> ; rdf:predicate passo:startYear ; rdf:object "2021"^^xsd:gYear .
  <https://data.example.org/passo/doc/process/xx-9#b> a passo:InferredStatement ; passo:sourceField "Fasi del percorso" ;
    rdf:subject <https://data.example.org/passo/id/process/xx-9/phase/1> ; rdf:predicate passo:plannedStart ;
    rdf:object "2021-03"^^xsd:gYearMonth .
}
"""


@pytest.mark.parametrize(
    ("language", "note", "month"), [("it", "ricavato", "marzo 2021"), ("en", "inferred", "March 2021")]
)
def test_an_inferred_value_is_marked_and_linked_to_the_record(inferring, language, note, month):
    reading = page(inferring, "/doc/process/xx-9", language)
    text = words(reading)
    assert f"2021 ( {note} )" in text
    assert f"{month} ( {note} )" in text
    assert text.count(f"( {note} )") == 2
    assert text.count("passo:closingYear") == 1
    assert "#record" in reading.links
    assert "record" in reading.ids
    assert {"Data inizio", "Fasi del percorso"} <= set(reading.text)


@pytest.fixture(scope="module")
def inferring(tmp_path_factory, write_release, serve_folder):
    """A client of a server whose release has inferred statements."""
    folder = tmp_path_factory.mktemp("inferring")
    write_release(folder / "one", data=INFERRED)
    (folder / "current").symlink_to("one")
    with serve_folder(folder) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client
