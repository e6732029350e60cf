"""`passo-lod compare`: questions and comparisons from the terminal, of a release or of an endpoint, for people and for programs."""

import contextlib
import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from passo_lod.cli.compare_command import Endpoint, compare
from passo_lod.errors import QueryRefused
from passo_lod.queries.questions import questions
from passo_lod.store.protocol import MEBIBYTE, Limits
from tests.comparison_release import write_comparison_release
from tests.serving import free_port, served
from tests.store.conftest import write_release


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison_release(tmp_path_factory.mktemp("compared"))


@pytest.fixture(scope="module")
def endpoint(releases: Path) -> Iterator[str]:
    with served(releases) as address:
        yield f"{address}/sparql"


@pytest.fixture(scope="module", params=["a release", "an endpoint"])
def place(request: pytest.FixtureRequest, releases: Path) -> list[str]:
    if request.param == "a release":
        return ["--releases", str(releases)]
    return ["--endpoint", request.getfixturevalue("endpoint")]


def passo(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run `passo-lod compare`, and assert that it prints no traceback."""
    command = [sys.executable, "-m", "passo_lod", "compare", *words]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended


def printed(*words: str) -> str:
    ended = passo(*words)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def cells(line: str) -> list[str]:
    """The cells of a line of a table, which two spaces at least separate."""
    return re.split(r"  +", line.strip())


# ------------------------------------------------------------------------------------------------------------- people


def test_a_question_is_answered_in_the_words_of_the_reader_with_each_denominator(place: list[str]) -> None:
    lines = printed("costs", *place, "--language", "it").splitlines()
    assert lines[0] == questions()["costs"].query.titles["it"]
    head, group, total = (cells(line) for line in lines if re.match(r" (regione|Valdiprova|tutti) ", line))
    assert [*head[:3], *head[4:]] == ["regione", "mediana", "media", "totale", "noti", "processi", "senza valore"]
    assert "dal più basso al" in "\n".join(lines)
    assert group[:5] == ["Valdiprova", "15.000,25 €", "15.000,25 €", "10.000 € – 20.000,50 €", "30.000,50 €"]
    assert group[5:] == ["2", "3", "1 non indicato"]
    assert total[5:] == ["2", "4", "1 non indicato, 1 non chiesto dalla fonte"]
    text = "\n".join(lines)
    assert "Valori noti: 2 su 4 processi. Senza valore: 1 non indicato, 1 non chiesto dalla fonte." in text
    assert "Un gruppo senza alcun valore noto: Montediprova (1)" in text
    assert questions()["costs"].limits["it"] in text
    assert "https://" not in text


def test_any_comparison_is_titled_by_its_measure_and_dimensions(place: list[str]) -> None:
    lines = printed("--measure", "total-cost", "--by", "status", "--and", "region", *place).splitlines()
    assert lines[0] == "Total cost by status and region"
    rows = [cells(line) for line in lines if "Valdiprova" in line]
    assert rows[0][:3] == ["completed", "Valdiprova", "€15,000.25"]
    assert any("ongoing / Valdiprova (1)" in line for line in lines)


def test_counts_of_processes_need_no_column_of_known_values(place: list[str]) -> None:
    lines = printed("--by", "status", *place).splitlines()
    assert cells(lines[2]) == ["status", "processes"]
    assert [line for line in map(cells, lines) if line[0] in ("completed", "ongoing")] == [
        ["completed", "3"],
        ["ongoing", "1"],
    ]
    assert ["all", "4"] in [cells(line) for line in lines]


def test_filters_are_named_in_a_line(place: list[str]) -> None:
    text = printed("costs", "--region", "istat-99", "--from", "2020", "--where", "status=completed", *place)
    assert "Only processes of: region Valdiprova; status completed; from the year 2020." in text.splitlines()[1]
    assert "Known values: 1 of 1 processes." in text


def test_a_comparison_without_any_process_says_so(place: list[str]) -> None:
    assert "No process meets all filters." in printed("costs", "--to", "1999", *place)


def test_an_endpoint_and_the_release_behind_it_give_the_same_answer(releases: Path, endpoint: str) -> None:
    of_release = printed("costs", "--releases", str(releases), "--format", "json")
    assert of_release == printed("costs", "--endpoint", endpoint, "--format", "json")


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 140])
def test_no_number_is_cut_in_a_terminal_of_any_width(releases: Path, columns: int) -> None:
    text = in_terminal(columns, "costs", "--releases", str(releases), "--language", "it")
    for number in ("15.000,25 €", "10.000 €", "20.000,50 €", "30.000,50 €"):
        assert number in text
    assert "…" not in text
    assert "1 non indicato" in text


def in_terminal(columns: int, *words: str) -> str:
    """What a terminal of so many columns shows."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "passo_lod", "compare", *words]
    environment = {**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as process:
        os.close(terminal)
        parts = []
        try:
            while part := os.read(master, 1 << 16):
                parts.append(part)
        except OSError:
            pass  # Linux reports the end of a terminal as an error.
    os.close(master)
    assert process.returncode == 0
    return b"".join(parts).decode()


# ----------------------------------------------------------------------------------------------------------- programs


def test_csv_has_codes_names_and_every_denominator(place: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed("costs", *place, "--format", "csv"))))
    (valley,) = (row for row in rows if row["group"] == "istat-99")
    assert (valley["groupName"], valley["known"], valley["processes"], valley["notStated"]) == (
        "Valdiprova",
        "2",
        "3",
        "1",
    )
    assert valley["median"] == "15000.25"
    (mountain,) = (row for row in rows if row["group"] == "istat-98")
    assert (mountain["known"], mountain["notAsked"], mountain["median"]) == ("0", "1", "")


def test_json_has_the_totals_and_the_query(place: list[str]) -> None:
    content = json.loads(printed("costs", *place, "--format", "json"))
    assert (content["known"], content["processes"], content["inSeveralGroups"]) == (2, 4, 0)
    assert "passo:ParticipatoryProcess" in content["query"]


# -------------------------------------------------------------------------------------------------------------- lists


def test_without_arguments_all_questions_are_listed_by_name_in_the_language_of_the_reader() -> None:
    lines = printed("--language", "it").splitlines()
    for name, each in questions().items():
        assert any(line.startswith(f"{name} ") and each.query.titles["it"] in line for line in lines), name
    assert "--list" in lines[-1]


def test_measures_and_dimensions_are_listed_with_their_notes(place: list[str]) -> None:
    text = " ".join(printed("--list", *place, "--language", "en").split())
    assert "Measures (--measure) processes: processes. How many processes." in text
    assert "region: region. The region to which the process is attributed in comparisons" in text


# ----------------------------------------------------------------------------- questions without a measure of their own


def test_a_question_with_a_query_of_its_own_is_answered_as_a_table_of_its_variables(place: list[str]) -> None:
    name = next(name for name, each in questions().items() if each.query.text)
    text = printed(name, *place, "--language", "en")
    assert questions()[name].query.titles["en"] == text.splitlines()[0]
    assert questions()[name].limits["en"] in text
    assert printed(name, *place, "--format", "csv").splitlines()[0] in text.replace(" ┃ ", ",")


def test_a_question_with_a_query_of_its_own_takes_no_options(releases: Path) -> None:
    name = next(name for name, each in questions().items() if each.query.text)
    ended = passo(name, "--by", "year", "--releases", str(releases))
    assert ended.returncode == 2
    assert "has a query of its own and takes no options (by)" in ended.stderr


def test_a_question_that_the_data_do_not_answer_says_why() -> None:
    name = next(name for name, each in questions().items() if each.unanswerable)
    assert questions()[name].unanswerable["it"] in printed(name, "--language", "it")


# ------------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cost"], "cost: there is no such question; perhaps costs; the questions are"),
        (["--measure", "total-costs"], "there is no such measure; perhaps total-cost; there are processes, "),
        (["--by", "regio"], "by=regio: there is no such dimension; perhaps region; there are region, "),
        (["--and", "colour"], "and=colour: there is no such dimension"),
        (
            ["--where", "colour=red", "--where", "status"],
            "--where status: a filter is a dimension, an equals sign and a value",
        ),
        (["--where", "statu=red"], "where=statu: there is no such dimension; perhaps status; there are region, "),
        (
            ["--region", "valdiprova"],
            "region=valdiprova: no process has this value; perhaps istat-99 (Valdiprova); there are",
        ),
        (["--where", "status=done"], "status=done: no process has this value; there are completed, ongoing"),
        (["--from", "20"], "from=20: a year has four figures"),
        (["costs", "--format", "docx"], "--format docx: not known; there are table, csv, json, md"),
        (["costs", "--language", "de"], "--language de: not known; there are it, en"),
    ],
)
def test_a_wrong_option_is_answered_by_what_there_is(endpoint: str, words: list[str], message: str) -> None:
    ended = passo(*words, "--endpoint", endpoint)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert ended.stdout == ""


def test_a_release_that_declares_nothing_is_named_as_one_to_publish_again(tmp_path: Path) -> None:
    write_release(tmp_path / "one")
    ended = passo("costs", "--releases", str(tmp_path / "one"))
    assert ended.returncode == 2
    assert "declares no dimensions and measures" in ended.stderr


@pytest.mark.parametrize("path", ["", "/", "/nothing/sparql"])
def test_an_address_that_is_no_endpoint_is_said_to_be_none(endpoint: str, path: str) -> None:
    ended = passo("costs", "--endpoint", endpoint.removesuffix("/sparql") + path)
    assert ended.returncode == 2
    assert "there is no SPARQL endpoint" in ended.stderr


def test_an_endpoint_that_is_down_is_said_not_to_answer() -> None:
    ended = passo("costs", "--endpoint", f"http://127.0.0.1:{free_port()}/sparql")
    assert ended.returncode == 2
    assert "does not answer: " in ended.stderr


def test_an_address_of_another_protocol_is_refused() -> None:
    ended = passo("costs", "--endpoint", "file:///etc/hostname")
    assert ended.returncode == 2
    assert "not a URL of HTTP" in ended.stderr


def test_a_query_over_its_deadline_is_refused_with_the_deadline() -> None:
    with serving_by(SlowEndpoint) as url:
        ended = passo("costs", "--endpoint", url, "--deadline", "0.5")
    assert ended.returncode == 2
    assert "deadline of 0.5 seconds" in ended.stderr


def test_a_result_over_its_size_is_refused_with_the_size() -> None:
    with serving_by(FastEndpoint) as url, pytest.raises(QueryRefused, match="more than 2 MiB"):
        compare("costs", [], "csv", Endpoint(Path(), url, Limits(seconds=30, result=2 * MEBIBYTE), ("en", "it")))


class FastEndpoint(BaseHTTPRequestHandler):
    """Sends a result that never ends, as fast as the client reads."""

    pause = 0.0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b'{"head":{"vars":["n"]},"results":{"bindings":[')
            while True:
                self.wfile.write(b'{"n":{"type":"literal","value":"1"}},' * 1000)
                time.sleep(self.pause)

    def log_message(self, *_: object) -> None:
        pass


class SlowEndpoint(FastEndpoint):
    """Sends the same slowly."""

    pause = 0.05


@contextlib.contextmanager
def serving_by(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# ---------------------------------------------------------------------------------------------------------------- images


def drawn(*words: str) -> bytes:
    command = [sys.executable, "-m", "passo_lod", "compare", *words, "--language", "en"]
    ended = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    return ended.stdout


def test_an_image_says_what_it_is_from_which_release_or_endpoint(releases: Path, endpoint: str) -> None:
    of_release = drawn("--by", "year", "--region", "istat-99", "--format", "svg", "--releases", str(releases)).decode()
    assert "Processes by year" in of_release
    assert "https://data.example.org/passo/compare/any?measure=processes&amp;by=year&amp;region=istat-99" in of_release
    with_password = endpoint.replace("://", "://someone:secret@")
    of_endpoint = drawn("--by", "year", "--format", "svg", "--endpoint", with_password).decode()
    assert endpoint in of_endpoint
    assert "secret" not in of_endpoint


def test_a_png_is_an_image_of_the_same_drawing(releases: Path) -> None:
    assert drawn("costs", "--format", "png", "--releases", str(releases)).startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--by", "year", "--map", "--format", "svg"], "a map is of one dimension of places"),
        (["--by", "region", "--map"], "add --format svg or --format png"),
        (["--measure", "participants", "--by", "year", "--format", "png"], "no value is known"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(releases: Path, words: list[str], message: str) -> None:
    ended = passo(*words, "--releases", str(releases))
    assert ended.returncode != 0
    assert message in " ".join(ended.stderr.split())
