"""`passo-lod query`: one query from the terminal, of a release or of any endpoint, in any format."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyoxigraph as ox
import pytest

from passo_lod.cli.query_command import ask_endpoint
from passo_lod.errors import QueryRefused
from passo_lod.media_types import JSON_LD, TRIG
from passo_lod.messages.message_catalogue import message
from passo_lod.store.protocol import MEBIBYTE, Limits
from tests.oxigraph_server import oxigraph
from tests.serving import free_port, served
from tests.store.conftest import write_release

TITLES = "SELECT ?title { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> ; <http://purl.org/dc/terms/title> ?title } ORDER BY ?title"
GRAPH = "CONSTRUCT { ?s <x:p> ?title } { ?s <http://purl.org/dc/terms/title> ?title }"


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    write_release(folder / "one")
    (folder / "current").symlink_to("one")
    return folder


@pytest.fixture(scope="module", params=["a release", "our endpoint", "another endpoint"])
def where(request, releases):
    if request.param == "a release":
        yield ["--releases", str(releases)]
    elif request.param == "our endpoint":
        with served(releases) as address:
            yield ["--endpoint", f"{address}/sparql"]
    else:
        with oxigraph() as url:
            text = "INSERT DATA { <x:1> a <https://w3id.org/passo/onto/ParticipatoryProcess> ; <http://purl.org/dc/terms/title> 'Il parco di tutti'@it }"
            subprocess.run([sys.executable, "-c", UPDATE, url.replace("query", "update"), text], check=True)
            yield ["--endpoint", url]


UPDATE = "import httpx, sys; httpx.post(sys.argv[1], data={'update': sys.argv[2]}).raise_for_status()"


def query(where, text, *options, **settings):
    command = [sys.executable, "-m", "passo_lod", "query", "-", *where, *options]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=False, **settings)


@pytest.mark.parametrize("form", ["csv", "srj"])
def test_solutions_are_printed_in_the_format_that_is_asked_for(where, form):
    answer = query(where, TITLES, "--format", form)
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert "Il parco di tutti" in answer.stdout.decode()


@pytest.mark.parametrize("media_type", [JSON_LD, TRIG], ids=lambda each: each.extension)
def test_graphs_are_printed_in_the_format_that_is_asked_for(where, media_type):
    answer = query(where, GRAPH, "--format", media_type.extension)
    assert list(ox.parse(io.BytesIO(answer.stdout), format=media_type.rdf))


def test_people_get_a_table_a_word_or_turtle(where):
    table = query(where, TITLES).stdout.decode()
    assert "Il parco di tutti" in table
    assert table.splitlines()[-1].endswith(("row", "rows"))
    assert query(where, "ASK {}").stdout == b"yes\n"
    assert b"<x:p>" in query(where, GRAPH).stdout


def test_the_names_that_check_and_mapping_yaml_write_need_no_declaration(where):
    """A prefixed name of the vocabulary, and a concept as check prints it: `cvl:scheme/code`."""
    found = query(
        where,
        "SELECT ?title ?technique { ?p a passo:ParticipatoryProcess ; dct:title ?title\nVALUES ?technique { cvl:technique/open-space-technology cvl:technique\\/fishbowl } FILTER (STR(?title) = 'Il parco di tutti') } ORDER BY DESC(?technique)",
        "--format",
        "csv",
    )
    assert (found.returncode, found.stderr) == (0, b"")
    assert found.stdout.decode().splitlines()[1:3] == [
        "Il parco di tutti,https://w3id.org/passo/controlled-vocabulary/technique/open-space-technology",
        "Il parco di tutti,https://w3id.org/passo/controlled-vocabulary/technique/fishbowl",
    ]


def test_a_prefix_that_the_query_declares_keeps_its_meaning(where):
    assert query(where, "PREFIX dct: <x:> ASK { ?p dct:title ?title }").stdout == b"no\n"


def test_the_line_of_a_syntax_error_is_that_of_the_query_as_written(where):
    answer = query(where, "SELECT ?t {\n ?p dct:title ?t\n }}")
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr.decode()


PROCESSES = "SELECT ?p { ?p a <https://w3id.org/passo/onto/ParticipatoryProcess> }"
STATUS = "SELECT ?status { ?p <https://w3id.org/passo/onto/progressStatus> ?status }"


def test_a_table_shows_things_by_name_and_with_iris_by_their_iris(where):
    named, with_iris = query(where, PROCESSES), query(where, PROCESSES, "--iris")
    assert (named.returncode, named.stderr, with_iris.stderr) == (0, b"", b"")
    assert "Il parco di tutti" in named.stdout.decode()
    assert "Il parco di tutti" not in with_iris.stdout.decode()
    assert re.search(r"│ (https://data\.example\.org/passo/id/process/xx-0001|x:1) +│", with_iris.stdout.decode())


def test_formats_for_programs_have_iris(where):
    lines = query(where, PROCESSES, "--format", "csv").stdout.decode().splitlines()
    assert all(re.match("[a-z]+:", line) for line in lines[1:])


@pytest.mark.parametrize(
    ("options", "environment", "name"),
    [
        (["--language", "it"], {}, "concluso"),
        (["--language", "en"], {"LANG": "it_IT.UTF-8"}, "completed"),
        ([], {"LANG": "it_IT.UTF-8"}, "concluso"),
        ([], {"LC_ALL": "en_GB.UTF-8", "LANG": "it_IT.UTF-8"}, "completed"),
        ([], {"LANG": "C.UTF-8"}, "completed"),
    ],
)
def test_names_are_in_the_language_of_the_option_or_of_the_environment(releases, options, environment, name):
    unset = {key: value for key, value in os.environ.items() if key not in ("LC_ALL", "LC_MESSAGES", "LANG")}
    answer = query(["--releases", str(releases)], STATUS, *options, env=unset | environment)
    assert f"│ {name} " in answer.stdout.decode()


def test_a_term_that_the_data_do_not_name_is_shown_by_its_message_or_its_iri(releases):
    terms = "SELECT * { VALUES ?t { <https://schema.org/startDate> <https://example.org/unknown> } }"
    shown = query(["--releases", str(releases)], terms, "--language", "it").stdout.decode()
    assert message("term.schema:startDate", "it") in shown
    assert "│ https://example.org/unknown " in shown


def test_control_characters_do_not_reach_the_terminal(releases):
    shown = query(["--releases", str(releases)], 'SELECT ("a\\u001b[31mb\\u202Ec" AS ?x) {}').stdout.decode()
    assert "a⟨U+001B⟩[31mb⟨U+202E⟩c" in shown


def test_a_table_that_goes_to_a_program_is_not_wrapped(releases):
    shown = query(["--releases", str(releases)], f'SELECT ("{"word " * 60}" AS ?x) {{}}').stdout.decode()
    assert "word " * 60 in shown


class NamelessEndpoint(BaseHTTPRequestHandler):
    """Answers the first query of a connection with two IRIs, and refuses any query for names."""

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bindings = [{"p": {"type": "uri", "value": f"https://example.org/{name}"}} for name in "ab"]
        body = json.dumps({"head": {"vars": ["p"]}, "results": {"bindings": bindings}}).encode()
        self.send_response(503 if "prefLabel" in text else 200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_an_endpoint_that_refuses_to_name_iris_is_said_and_the_iris_are_shown():
    with serving_by(NamelessEndpoint) as url:
        answer = query(["--endpoint", url], PROCESSES)
    assert answer.returncode == 0
    assert answer.stdout.decode().count("https://example.org/") == 2
    assert b"IRIs are shown without their names" in answer.stderr


def test_a_mistake_is_a_message_with_its_place(where):
    answer = query(where, "SELECT *\n{ ?s ?p ")
    assert answer.returncode == 2
    assert b"Traceback" not in answer.stderr
    assert b"2" in answer.stderr
    assert answer.stdout == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.rq"], "no such file; the stored queries are"),
        (["-", "--format", "docx"], "--format docx: not known"),
        (["-", "--language", "de"], "--language de: not known; there are it, en"),
        (["-", "--format", "ttl"], "can be had as srj, srx, csv, tsv"),
        (["-", "--endpoint", "http://127.0.0.1:{port}/sparql"], "127.0.0.1"),
        (["-", "--releases", "{folder}/nowhere"], "publish one first"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(releases, arguments, message):
    filled = [each.format(port=free_port(), folder=releases) for each in arguments]
    releases_of = [] if {"--releases", "--endpoint"} & set(filled) else ["--releases", str(releases)]
    command = [sys.executable, "-m", "passo_lod", "query", *filled, *releases_of]
    answer = subprocess.run(command, input="ASK {}", capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_stored_query_is_asked_by_its_name(releases):
    command = [sys.executable, "-m", "passo_lod", "query", "graphs", "--format", "csv", "--releases", str(releases)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[0] == "graph,triples"


class EndlessEndpoint(BaseHTTPRequestHandler):
    """Sends a SPARQL result that never ends: as fast as the client reads, or slowly if the path says so."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b'{"head":{"vars":["n"]},"results":{"bindings":[')
            while True:
                self.wfile.write(b'{"n":{"type":"literal","value":"1"}},' * 1000)
                time.sleep(0.05 if self.path == "/slow" else 0)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving_by(handler):
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def endless_url():
    with serving_by(EndlessEndpoint) as url:
        yield url


def test_an_endpoint_that_sends_without_end_is_refused_at_the_size_limit(endless_url):
    with pytest.raises(QueryRefused, match="the result has more than 2 MiB") as refused:
        ask_endpoint(f"{endless_url}/fast", "SELECT ?n {}", Limits(seconds=30, result=2 * MEBIBYTE))
    assert refused.value.reason == "result-too-large"
    assert refused.value.used < 3 * MEBIBYTE


def test_an_endpoint_that_sends_without_end_is_refused_at_the_deadline(endless_url):
    answer = query(["--endpoint", f"{endless_url}/slow"], "SELECT ?n {}", "--deadline", "0.5")
    assert answer.returncode == 2
    assert b"deadline of 0.5 seconds" in answer.stderr
    assert b"Traceback" not in answer.stderr
