"""T14, T15 and T21: what is answered is what was asked for, never a page by surprise, and data never becomes part of a page."""

from html.parser import HTMLParser

import pytest

from tests.hostile.corpus import SCRIPT_IRIS, SCRIPTS, page_of
from tests.processes import Server
from tests.serving import get

ASK = {"query": "ASK {}"}
TITLES = {"query": "SELECT ?t { ?p <http://purl.org/dc/terms/title> ?t }"}
GRAPH = {"query": "CONSTRUCT { <x:s> <x:p> '<b>bold</b>' } {}"}

SAFE = [
    *("", "*/*", "*/*;q=0.1", "application/*", "application/json", "application/xml", "text/xml", "text/csv"),
    *("text/tab-separated-values", "application/sparql-results+json", "application/sparql-results+xml"),
    *("application/sparql-results+json;charset=utf-8", "APPLICATION/SPARQL-RESULTS+JSON", "image/png", "image/*"),
    *("text/plain", "application/javascript", "text/javascript", "application/xhtml+xml", "text/turtle"),
    *("application/n-triples", "application/ld+json", "application/rdf+xml", "application/trig", "nonsense", ";;;,,,"),
    *(
        "text/html;q=0",
        "text/html;q=0, */*",
        "text/html;q=0.1, */*;q=0.9",
        "text/html;q=nan, text/csv",
        "a/b, */*;q=0.001",
    ),
    *('text/csv;x="text/html"', 'x/y;a="*/*, text/html"', "text/csv, text/html;q=0.999", "*/*, text/html;q=0.5"),
    *("application/sparql-results+json, text/html;q=0.9", "text/ html", "text//html", "q=1", "text/html;q=-1, */*"),
    *(
        "application/sparql-results+xml;q=0.5, text/csv;q=0.4",
        "application/turtle, text/turtle",
        "image/avif, */*;q=0.8",
    ),
]
"""Forty and more ways to say what one takes, of which none would have a page rather than anything else."""


@pytest.mark.parametrize("parameters", [ASK, TITLES, GRAPH], ids=["ask", "select", "construct"])
@pytest.mark.parametrize("accept", SAFE)
def test_a_page_is_never_sent_to_one_who_would_rather_have_something_else(
    fortress: Server, accept: str, parameters: dict[str, str]
) -> None:
    answer = get(fortress.endpoint, params=parameters, headers={"Accept": accept})
    assert answer.status_code in (200, 406)
    assert answer.status_code == 406 or not answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Accept" in answer.headers["Vary"]


def test_there_are_forty_wishes() -> None:
    assert len(set(SAFE)) == len(SAFE) >= 40


def test_each_format_has_a_tag_of_its_own_and_is_not_sent_twice(fortress: Server) -> None:
    tags = set()
    for accept in ("application/sparql-results+json", "application/sparql-results+xml", "text/csv"):
        answer = get(fortress.endpoint, params=TITLES, headers={"Accept": accept})
        tags.add(answer.headers["ETag"])
        known = {"Accept": accept, "If-None-Match": answer.headers["ETag"]}
        assert get(fortress.endpoint, params=TITLES, headers=known).status_code == 304
        assert answer.headers["Vary"] == get(fortress.endpoint, params=TITLES, headers=known).headers["Vary"]
    assert len(tags) == 3


class Elements(HTMLParser):
    """The elements of a page with their attributes, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page(server: Server, path: str) -> Elements:
    answer = get(server.address + path, headers={"Accept": "text/html"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    elements = Elements(answer.text)
    assert not [tag for tag, attributes in elements.found if any(name.startswith("on") for name in attributes)]
    assert not [
        tag
        for tag, attributes in elements.found
        if tag == "script" and "src" not in attributes and not is_data(attributes)
    ]
    return elements


def is_data(attributes: dict[str, str | None]) -> bool:
    return attributes.get("type") in ("application/ld+json", "application/json")


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_text_that_means_to_be_a_part_of_the_page_is_shown_as_text(fortress: Server, text: str) -> None:
    literal = "".join(f"\\u{ord(letter):04X}" for letter in text)
    elements = page(fortress, page_of(f'SELECT ("{literal}" AS ?x) {{}}'))
    assert not [tag for tag, attributes in elements.found if tag == "img" or attributes.get("src") == "x"]
    assert "7 * 7" in elements.text or "{{" not in text
    assert text[-8:-1] in elements.text or "\u202e" in text


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_query_that_means_to_be_a_part_of_the_page_is_shown_as_a_query(fortress: Server, text: str) -> None:
    elements = page(fortress, page_of(f"SELECT nonsense {text}"))
    assert not [tag for tag, attributes in elements.found if tag == "img"]


@pytest.mark.parametrize("iri", SCRIPT_IRIS)
def test_an_iri_that_would_do_something_is_shown_and_not_linked(fortress: Server, iri: str) -> None:
    elements = page(fortress, page_of(f"SELECT (<{iri}> AS ?x) {{}}"))
    scheme = iri.partition(":")[0]
    assert not [attributes for _, attributes in elements.found if (attributes.get("href") or "").startswith(scheme)]
    assert scheme in elements.text


def test_the_page_of_a_thing_links_nothing_that_would_do_something(fortress: Server) -> None:
    elements = page(fortress, "/doc/process/xx-0002")
    links = [attributes.get("href") or "" for _, attributes in elements.found]
    assert not [link for link in links if link.lower().startswith(("javascript:", "data:"))]
    assert not [tag for tag, _ in elements.found if tag == "img"]
