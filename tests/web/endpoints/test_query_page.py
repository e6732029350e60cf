"""Test the query page without JavaScript: form, views, errors, snippets and stored queries."""

import json
import re
import shutil
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from passo_lod.media_types import GRAPHS, RESULTS
from passo_lod.queries.stored_queries import stored_queries
from passo_lod.web.endpoints.query_page import EDITOR

COUNTS = 'SELECT ?a ?n { VALUES (?a ?n) { ("uno" 3) ("due" 5) ("tre" 4) } }'
POINTS = 'SELECT ?a ?lat ?long { VALUES (?a ?lat ?long) { ("Roma" 41.9 12.5) ("Torino" 45.07 7.68) } }'
TITLES = "SELECT ?t { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> ; <http://purl.org/dc/terms/title> ?t }"
REGIONS = "SELECT ?r (1 AS ?n) { ?p <https://w3id.org/passo/onto/comparisonRegion> ?r }"


def page(client: httpx.Client, query: str, **parameters: str) -> httpx.Response:
    return client.get("/sparql", params={"query": query, "format": "html", "lang": "en", **parameters})


def views(text: str) -> list[str]:
    return re.findall(r'data-view="(\w+)"', text)


class Elements(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_every_result_has_a_table_a_chart_and_its_text(client):
    assert views(page(client, COUNTS).text) == ["table", "chart", "raw"]
    assert '<th scope="col" class="number">n</th>' in page(client, COUNTS).text


def test_a_map_is_offered_if_the_result_has_coordinates(client):
    assert views(page(client, POINTS).text) == ["table", "chart", "map", "raw"]
    assert (
        'aria-label="Torino"' in page(client, POINTS, view="map").text
        or "<title>Torino</title>" in page(client, POINTS, view="map").text
    )
    assert "needs coordinates" in page(client, COUNTS, view="map").text


def test_a_chart_is_drawn_and_its_columns_can_be_chosen(client):
    text = page(client, COUNTS, view="chart").text
    assert re.findall(r"<title>(\w+: \d)</title>", text) == ["uno: 3", "due: 5", "tre: 4"]
    assert "Bars drawn: 3 of 3" in text
    chosen = page(client, COUNTS.replace("?a ?n {", "?a ?n (?n * 2 AS ?m) {"), view="chart", value="m").text
    assert "<title>due: 10</title>" in chosen
    assert "<option selected>m</option>" in chosen


def test_a_chart_names_things_as_the_table_does(client):
    assert "Valdiprova: 1" in page(client, REGIONS, view="chart").text


def test_the_chart_of_a_result_without_numbers_explains_what_it_needs(client):
    assert "A chart needs" in page(client, TITLES, view="chart").text


def test_the_text_view_shows_the_bytes_that_a_program_gets(client):
    text = page(client, COUNTS, view="raw").text
    raw = re.search(r'<pre class="raw"[^>]*>(.*?)</pre>', text, re.DOTALL)
    answer = client.get("/sparql", params={"query": COUNTS}, headers={"Accept": "application/sparql-results+json"})
    assert json.loads(unescape(raw[1])) == answer.json()


def test_a_long_text_is_truncated_with_a_link_to_the_whole(client):
    text = page(client, "SELECT ?s { ?s ?p ?o }", view="raw").text
    assert "The first 100.0 kB of" in text
    assert len(text) < 300_000


def test_a_graph_is_shown_as_text_and_a_boolean_as_a_word(client):
    assert '<pre class="raw"' in page(client, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3").text
    assert '<p class="truth">true</p>' in page(client, "ASK {}").text
    assert "boolean" in page(client, "ASK {}", view="raw").text


@pytest.mark.parametrize("query", [COUNTS, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3"])
def test_every_format_can_be_downloaded(client, query):
    links = re.findall(r'<a href="([^"]+)" download="result\.(\w+)">', page(client, query).text)
    assert [extension for _, extension in links] == [
        each.extension for each in (RESULTS if query == COUNTS else GRAPHS)
    ]
    for link, _ in links:
        assert client.get(unescape(link)).status_code == 200


def test_views_and_languages_keep_the_query_and_the_choice(client):
    text = page(client, COUNTS, view="chart", label="a").text
    links = [httpx.URL(unescape(link)) for link in re.findall(r'href="(/sparql\?[^"]+)"', text) if "query=" in link]
    assert {url.params["query"] for url in links} >= {COUNTS}
    raw = next(url for url in links if url.params.get("view") == "raw")
    assert (raw.params["lang"], raw.params["format"], raw.params["label"]) == ("en", "html", "a")


def test_the_dataset_of_the_request_is_in_every_link_form_and_snippet(client):
    graphs = ["https://w3id.org/passo/onto", "https://data.example.org/passo/dataset/places"]
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    parameters = {"query": query, "format": "html", "view": "chart", "default-graph-uri": graphs}
    text = client.get("/sparql", params=parameters).text
    links = [httpx.URL(unescape(link)) for link in re.findall(r'href="(/sparql\?query=[^"]+)"', text)]
    of_this = [link for link in links if link.params["query"] == query]
    assert len(of_this) >= 3 + len(RESULTS)
    assert all(link.params.get_list("default-graph-uri") == graphs for link in of_this)
    assert text.count(f'name="default-graph-uri" value="{graphs[0]}"') == 2
    command = unescape(re.search(r'<pre id="snippet-curl"[^>]*>(.*?)</pre>', text, re.DOTALL)[1])
    output = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=60).stdout.decode().split()
    assert output == client.get("/sparql", params=parameters | {"format": "csv"}).text.split()


def test_a_syntax_error_is_shown_in_the_language_of_the_reader_with_its_place(client):
    answer = page(client, "SELECT ?x {\n  ?x skos:broader ?y\n}", lang="it")
    assert answer.status_code == 400
    assert "Query rifiutata" in answer.text
    assert "Il prefisso skos: non è dichiarato" in answer.text
    assert 'data-line="2" data-column="6"' in answer.text
    assert "?x skos:broader ?y\n     ^</pre>" in answer.text
    assert "SELECT ?x {\n  ?x skos:broader" in unescape(answer.text)


def test_a_query_over_a_limit_is_refused_with_the_reason(client):
    answer = page(client, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", lang="it")
    assert answer.status_code == 422
    assert "La query ha superato il tempo massimo" in answer.text


def test_every_stored_query_is_on_the_page_in_both_languages_to_run_and_to_edit(client):
    for language in ("it", "en"):
        text = unescape(client.get("/sparql", params={"lang": language}, headers={"Accept": "text/html"}).text)
        for example in stored_queries():
            assert example.titles[language] in text
            assert example.notes[language] in text
    opened = client.get("/sparql", params={"example": "techniques"}, headers={"Accept": "text/html"})
    techniques = next(query for query in stored_queries() if query.name == "techniques")
    assert techniques.text.strip() in unescape(opened.text)
    assert 'name="view" value="chart"' in opened.text


def snippet(client: httpx.Client, query: str, name: str) -> str:
    return unescape(re.search(rf'<pre id="snippet-{name}"[^>]*>(.*?)</pre>', page(client, query).text, re.DOTALL)[1])


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine (Debian: apt-get install curl)")
def test_the_shell_snippet_works(client):
    shown = subprocess.run(["sh", "-c", snippet(client, COUNTS, "curl")], capture_output=True, check=True, timeout=60)
    assert shown.stdout.decode().split() == ["a,n", "uno,3", "due,5", "tre,4"]


@pytest.mark.parametrize(
    ("query", "output"),
    [(COUNTS, "{'a': 'due', 'n': '5'}"), ("ASK {}", "True"), ('CONSTRUCT { <x:a> <x:b> "c\'\\"\\n" } {}', '"c')],
)
def test_the_python_snippet_works(client, query, output):
    program = [sys.executable, "-W", "ignore", "-c", snippet(client, query, "python")]
    assert output in subprocess.run(program, capture_output=True, check=True, timeout=60).stdout.decode()


@pytest.mark.parametrize("parameters", [{}, {"view": "chart"}, {"view": "map"}, {"view": "raw"}])
def test_no_parameter_becomes_markup_or_style(client, parameters):
    evil = "<script>alert(1)</script>\"' onload=x"
    query = f"SELECT ?a ?n ?lat ?long {{ VALUES (?a ?n ?lat ?long) {{ ({json.dumps(evil)} 1 45 9) }} }}"
    elements = Elements(page(client, query, **parameters, label=evil, value=evil).text).found
    scripts = [attributes for tag, attributes in elements if tag == "script"]
    assert all(attributes.get("src", "").startswith("/static/built/") for attributes in scripts)
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on") or name == "style"]


def test_only_the_query_page_may_run_scripts_and_only_those_of_the_server(client):
    policy = page(client, COUNTS).headers["content-security-policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in client.get("/").headers["content-security-policy"]


def test_the_page_names_the_script_if_it_has_been_built(client):
    assert ('src="/static/built/editor.js?v=' in page(client, COUNTS).text) is EDITOR.is_file()


def test_the_editor_gets_prefixes_and_terms_with_labels_and_counts(client):
    answer = client.get("/sparql/words.json", params={"lang": "en"})
    assert answer.headers["content-type"] == "application/json"
    words = answer.json()
    assert words["prefixes"]["passo"] == "https://w3id.org/passo/onto/"
    terms = {(term["name"], term["kind"]): term for term in words["terms"]}
    assert terms["passo:ParticipatoryProcess", "class"]["label"] == "participatory process"
    assert terms["passo:ParticipatoryProcess", "class"]["count"] == 3
    assert terms["dct:title", "property"]["count"] >= 3
    again = client.get("/sparql/words.json", params={"lang": "en"}, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    italian = client.get("/sparql/words.json", params={"lang": "it"}).json()
    assert "processo partecipativo" in {term["label"] for term in italian["terms"]}
