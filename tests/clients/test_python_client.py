"""`passo_lod.client`: one class asks a server, any endpoint or a release, and gives Python values, tables and data frames."""

import asyncio
import datetime
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas
import polars
import pytest

from passo_lod.client import Client, ComparisonTable, find_question
from passo_lod.comparison.address import WrongComparison
from passo_lod.errors import PassoError, QueryRefused
from passo_lod.queries.questions import questions
from passo_lod.store.protocol import Limits
from tests.comparison_release import PROCESSES, write_comparison_release
from tests.serving import free_port, get, served
from tests.store.conftest import BASE, write_release


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison_release(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def address(releases: Path) -> Iterator[str]:
    with served(releases) as address:
        yield address


@pytest.fixture(scope="module", params=["a server", "an endpoint", "a release"])
def client(request: pytest.FixtureRequest, releases: Path) -> Iterator[Client]:
    if request.param == "a release":
        made = Client.of_release(releases)
    elif request.param == "a server":
        made = Client(f"{request.getfixturevalue('address')}/")
    else:
        made = Client.of_endpoint(f"{request.getfixturevalue('address')}/sparql")
    with made:
        yield made


# ------------------------------------------------------------------------------------------------------------ queries


def test_terms_become_values_of_python(client: Client) -> None:
    (row,) = client.query(
        """PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
        SELECT (42 AS ?integer) (10.50 AS ?decimal) (1e3 AS ?double) (true AS ?boolean) ("a"@it AS ?text) (<x:y> AS ?iri)
          ("2020-02-21"^^xsd:date AS ?date) ("2020"^^xsd:gYear AS ?year) ("soon"^^xsd:date AS ?wrong) ?unbound {}"""
    )
    assert row == {
        "integer": 42,
        "decimal": Decimal("10.50"),
        "double": 1000.0,
        "boolean": True,
        "text": "a",
        "iri": "x:y",
        "date": datetime.date(2020, 2, 21),
        "year": 2020,
        "wrong": "soon",
        "unbound": None,
    }
    assert type(row["integer"]) is int
    assert type(row["boolean"]) is bool


def test_a_query_without_solutions_has_no_rows(client: Client) -> None:
    assert client.query("SELECT ?x { ?x <x:never> ?x }") == []


def test_other_forms_of_queries_are_refused(client: Client) -> None:
    with pytest.raises(PassoError, match="SELECT"):
        client.query("ASK {}")


def test_a_malformed_query_is_refused_with_its_place(client: Client) -> None:
    with pytest.raises(QueryRefused, match="line 1, column") as refused:
        client.query("SELECT nonsense")
    assert refused.value.reason == "malformed"


def test_a_query_over_its_deadline_is_refused(releases: Path) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with (
        Client.of_release(releases, limits=Limits(seconds=0.5)) as client,
        pytest.raises(QueryRefused, match=r"deadline of 0\.5 seconds"),
    ):
        client.query(endless)


def test_what_the_server_refuses_is_refused_with_its_words(address: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE"):
        Client(address).query("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }")


# -------------------------------------------------------------------------------------------------------- comparisons


def test_a_comparison_has_rows_of_numbers_and_its_denominators(client: Client) -> None:
    costs = client.compare("costs")
    assert isinstance(costs, ComparisonTable)
    assert (costs.known, costs.processes, costs.in_several_groups) == (2, 4, 0)
    assert costs.absent == {"notAsked": 1, "notStated": 1}
    assert costs.known + sum(costs.absent.values()) == costs.processes
    (valley,) = (row for row in costs.rows if row["group"] == "istat-99")
    assert {name: valley[name] for name in ("groupName", "known", "processes", "unit", "median", "total")} == {
        "groupName": "Valdiprova",
        "known": 2,
        "processes": 3,
        "unit": "EUR",
        "median": 15000.25,
        "total": 30000.5,
    }
    (mountain,) = (row for row in costs.rows if row["group"] == "istat-98")
    assert (mountain["known"], mountain["median"], mountain["unit"]) == (0, None, None)
    assert "SELECT" in costs.query


def test_a_comparison_has_the_columns_and_rows_of_the_file_of_the_page(client: Client, address: str) -> None:
    costs = client.compare("costs", region="istat-99", first_year=2020)
    file = get(f"{address}/compare/costs.csv?region=istat-99&from=2020", headers={"Accept-Language": "en"}).text
    lines = [line.split(",") for line in file.split("\r\n") if line]
    assert lines[0] == list(costs.columns)
    assert [[_text(row[name]) for name in costs.columns] for row in costs.rows] == lines[1:]


def _text(value: object) -> str:
    return (
        ""
        if value is None
        else f"{value:g}"
        if isinstance(value, float) and value < 1e5 and value % 1 == 0
        else str(value)
    )


def test_filters_and_dimensions_are_those_of_the_arguments(client: Client) -> None:
    table = client.compare(
        measure="total-cost",
        by="status",
        and_by="region",
        region=["istat-99", "istat-98"],
        where={"status": "completed"},
    )
    assert {(row["group"], row["series"], row["known"], row["processes"]) for row in table.rows} == {
        ("completed", "istat-99", 2, 2),
        ("completed", "istat-98", 0, 1),
    }
    assert dict(table.parameters)["measure"] == "total-cost"


def test_names_are_in_the_language_of_the_client(releases: Path) -> None:
    with Client.of_release(releases, language="it") as client:
        assert {row["groupName"] for row in client.compare(by="status").rows} == {"concluso", "in corso"}


def test_rows_become_a_data_frame_of_pandas(client: Client) -> None:
    costs = client.compare("costs")
    frame = costs.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(costs.columns)
    assert frame.set_index("group").loc["istat-99", "median"] == 15000.25
    assert frame["median"].dtype.kind == "f"
    assert frame["known"].dtype.kind == "i"


def test_rows_become_a_data_frame_of_polars(client: Client) -> None:
    costs = client.compare("costs")
    frame = costs.to_polars()
    assert isinstance(frame, polars.DataFrame)
    assert frame.columns == list(costs.columns)
    assert frame.filter(polars.col("group") == "istat-99")["median"].to_list() == [15000.25]


def test_an_answer_without_rows_has_the_columns_of_any_other(client: Client) -> None:
    table = client.compare("costs", last_year=1999)
    assert (table.rows, table.processes) == ([], 0)
    assert list(table.to_pandas().columns) == table.to_polars().columns == list(table.columns)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_missing_library_of_frames_is_named(client: Client, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    table = client.compare("costs")
    with pytest.raises(PassoError, match=f"{library} is not installed"):
        getattr(table, f"to_{library}")()


def test_the_client_does_not_import_the_libraries_of_frames() -> None:
    program = "import sys, passo_lod.client; print({'pandas', 'polars'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def test_declared_measures_and_dimensions_are_listed(client: Client) -> None:
    assert client.declarations.measures["total-cost"].labels["en"] == "total cost"
    assert "region" in client.declarations.dimensions


# ---------------------------------------------------------------------------------------------------------- processes


def test_processes_are_listed_by_title_with_names(client: Client) -> None:
    rows = client.processes(where={"status": "completed"})
    assert [row["id"] for row in rows] == ["xx-1", "xx-2", "xx-4"]
    assert rows[0] == {
        "process": f"{PROCESSES}xx-1",
        "id": "xx-1",
        "title": "Title xx-1",
        "region": "Valdiprova",
        "status": "completed",
        "start": "2019-03-01",
        "end": None,
    }


def test_a_process_is_found_by_its_id_and_by_its_iri_with_its_parts(client: Client) -> None:
    found = client.process("xx-1")
    assert found == client.process(f"{PROCESSES}xx-1")
    assert set(found["dct:title"]) == {"Titolo xx-1", "Title xx-1"}
    assert found["passo:startYear"] == [2019]
    assert found["passo:comparisonRegion"] == [f"{BASE}id/place/istat-99"]
    assert found["passo:cost"] == [{"schema:value": [Decimal("10000.00")], "schema:currency": ["EUR"]}]


@pytest.mark.parametrize(
    "name", ["xx-9", f"{PROCESSES}xx-9", f"{PROCESSES}xx-1> ?p ?o", 'a"b\\', f"{BASE}id/place/istat-99"]
)
def test_a_process_that_does_not_exist_is_an_error_with_its_name(client: Client, name: str) -> None:
    with pytest.raises(PassoError) as error:
        client.process(name)
    assert str(error.value).startswith(name)


# ------------------------------------------------------------------------------------------------------------- errors


def test_wrong_arguments_are_answered_by_what_there_is(client: Client) -> None:
    with pytest.raises(WrongComparison, match=r"perhaps istat-99 \(Valdiprova\)"):
        client.compare("costs", region="Valdiprova")
    with pytest.raises(WrongComparison, match="perhaps total-cost"):
        client.compare(measure="total-costs")
    with pytest.raises(WrongComparison, match="no such dimension; perhaps status"):
        client.compare(where={"statu": "completed"})
    with pytest.raises(PassoError, match="perhaps costs"):
        client.compare("cost")


def test_a_question_without_a_measure_says_how_to_ask_it(client: Client) -> None:
    own = next(name for name, each in questions().items() if each.query.text)
    with pytest.raises(PassoError, match="query of its own"):
        client.compare(own)
    assert isinstance(client.query(find_question(own).query.text), list)
    unanswerable = next(name for name, each in questions().items() if each.unanswerable)
    with pytest.raises(PassoError, match="do not answer"):
        client.compare(unanswerable)


def test_a_server_that_is_down_or_none_is_an_error(address: str) -> None:
    with pytest.raises(QueryRefused, match="does not answer"):
        Client(f"http://127.0.0.1:{free_port()}").query("SELECT * {}")
    with pytest.raises(QueryRefused, match="there is no SPARQL endpoint"):
        Client(f"{address}/nothing").query("SELECT * {}")
    with pytest.raises(PassoError, match="not a URL of HTTP"):
        Client("ftp://127.0.0.1")
    with pytest.raises(PassoError, match="language de: not known"):
        Client(address, language="de")


class Protected(BaseHTTPRequestHandler):
    """An endpoint that asks for a user and a password, and gives no solutions."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        known = self.headers.get("Authorization") == f"Basic {b64encode(b'ada:s@cret').decode()}"
        body = b'{"head": {"vars": ["n"]}, "results": {"bindings": []}}' if known else b"who are you?"
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", "application/sparql-results+json" if known else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_user_and_a_password_in_a_url_are_sent_and_not_shown() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Protected) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}/sparql"
        assert Client.of_endpoint(f"http://ada:s%40cret@{host}").query("SELECT ?n {}") == []
        with pytest.raises(QueryRefused, match="answers 401: who are you") as refused:
            Client.of_endpoint(f"http://ada:wrong@{host}").query("SELECT ?n {}")
        server.shutdown()
    assert "wrong" not in str(refused.value)


def test_a_release_that_declares_nothing_is_an_error(tmp_path: Path) -> None:
    write_release(tmp_path / "one")
    with Client.of_release(tmp_path / "one") as client, pytest.raises(PassoError, match="declares no dimensions"):
        client.compare("costs")


def test_a_closed_client_is_an_error_and_can_be_closed_twice(releases: Path) -> None:
    client = Client.of_release(releases)
    client.close()
    client.close()
    with pytest.raises(PassoError, match="is closed"):
        client.query("SELECT * {}")


def test_a_program_that_forgets_to_close_the_client_ends(releases: Path) -> None:
    program = f"from passo_lod.client import Client; print(len(Client.of_release({str(releases)!r}).processes()))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("4\n", "")


def test_a_client_answers_where_an_event_loop_runs_already_as_in_a_notebook(client: Client) -> None:
    async def cell() -> int:
        return client.compare("costs").processes

    assert asyncio.run(cell()) == 4
