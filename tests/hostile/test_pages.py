"""T14, T15 and T21: a page is sent only to clients that prefer one, and data never becomes markup of a page."""

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
"""Accept headers of clients that do not prefer a page."""


@pytest.mark.parametrize("parameters", [ASK, TITLES, GRAPH], ids=["ask", "select", "construct"])
@pytest.mark.parametrize("accept", SAFE)
def test_a_page_is_never_sent_to_a_client_that_prefers_another_type(
    attacked_server: Server, accept: str, parameters: dict[str, str]
) -> None:
    answer = get(attacked_server.endpoint, params=parameters, headers={"Accept": accept})
    assert answer.status_code in (200, 406)
    assert answer.status_code == 406 or not answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Accept" in answer.headers["Vary"]


def test_there_are_forty_accept_headers() -> None:
    assert len(set(SAFE)) == len(SAFE) >= 40


def test_each_format_has_its_own_entity_tag_and_is_not_sent_twice(attacked_server: Server) -> None:
    tags = set()
    for accept in ("application/sparql-results+json", "application/sparql-results+xml", "text/csv"):
        answer = get(attacked_server.endpoint, params=TITLES, headers={"Accept": accept})
        tags.add(answer.headers["ETag"])
        conditional = {"Accept": accept, "If-None-Match": answer.headers["ETag"]}
        assert get(attacked_server.endpoint, params=TITLES, headers=conditional).status_code == 304
        assert (
            answer.headers["Vary"] == get(attacked_server.endpoint, params=TITLES, headers=conditional).headers["Vary"]
        )
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
def test_markup_in_a_literal_is_shown_as_text(attacked_server: Server, text: str) -> None:
    literal = "".join(f"\\u{ord(letter):04X}" for letter in text)
    elements = page(attacked_server, page_of(f'SELECT ("{literal}" AS ?x) {{}}'))
    assert not [tag for tag, attributes in elements.found if tag == "img" or attributes.get("src") == "x"]
    assert "7 * 7" in elements.text or "{{" not in text
    assert text[-8:-1] in elements.text or "\u202e" in text


@pytest.mark.parametrize("text", SCRIPTS)
def test_markup_in_a_query_is_shown_as_text(attacked_server: Server, text: str) -> None:
    elements = page(attacked_server, page_of(f"SELECT nonsense {text}"))
    assert not [tag for tag, attributes in elements.found if tag == "img"]


@pytest.mark.parametrize("iri", SCRIPT_IRIS)
def test_a_script_iri_is_shown_and_not_linked(attacked_server: Server, iri: str) -> None:
    elements = page(attacked_server, page_of(f"SELECT (<{iri}> AS ?x) {{}}"))
    scheme = iri.partition(":")[0]
    assert not [attributes for _, attributes in elements.found if (attributes.get("href") or "").startswith(scheme)]
    assert scheme in elements.text


def test_the_page_of_a_resource_has_no_script_links(attacked_server: Server) -> None:
    elements = page(attacked_server, "/doc/process/xx-0002")
    links = [attributes.get("href") or "" for _, attributes in elements.found]
    assert not [link for link in links if link.lower().startswith(("javascript:", "data:"))]
    assert not [tag for tag, _ in elements.found if tag == "img"]
