"""`/doc/…/provenance` says from which line of which file each value of a record comes, to people and programs, and never its text."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Store, parse

from tests.serving import get, served

ROOT = Path(__file__).resolve().parents[3]
PAGE = "/doc/process/er-2944/provenance"
BASE = "https://w3id.org/passo/"
COST = "Costo complessivo del processo"
"""The label on line 34 of samples/2944.txt; its value is on line 36."""


@pytest.fixture(scope="module")
def address(shipped: Path) -> Iterator[str]:
    with served(shipped, "--deadline", "60") as address:
        yield address


def html(address: str, path: str, language: str = "en") -> str:
    answer = get(address + path, headers={"Accept": "text/html", "Accept-Language": language}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-language"] == language
    return answer.text


class Rows(HTMLParser):
    """The text of each row of the tables of a page, by the id of the row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self._row = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._row = dict(attrs).get("id") or ""
            self.texts[self._row] = ""

    def handle_data(self, data: str) -> None:
        if self._row:
            self.texts[self._row] = f"{self.texts[self._row]} {data}"


# --- The page -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "outcome"), [("it", "è senza valore"), ("en", "it has no value")])
def test_the_page_lists_each_field_with_file_line_what_became_of_it_and_the_converter(
    address: str, language: str, outcome: str
) -> None:
    text = html(address, PAGE, language)
    rows = Rows(text).texts
    assert "samples/2944.txt" in text
    assert f'lang="{language}"' in text
    assert rows["costo-complessivo-del-processo"].split()[:5] == ["36", *COST.split()]
    assert rows["costo-complessivo-del-processo"].split()[-1] == "money"
    assert outcome in rows["anno-di-avvio"]
    assert "www.osservatoriopartecipazione.it/scheda-processo/2944" in text


def test_the_page_marks_the_fields_behind_a_measure_and_says_why_there_is_no_value(address: str) -> None:
    asked = html(address, f"{PAGE}?of=total-cost&of=extension-granted&of=region&of=participants")
    assert re.findall(r'<tr id="([^"]+)" class="marked">', asked) == [
        "costo-complessivo-del-processo",
        "richiesta-e-concessione-della-proroga",
    ]
    cost, extension, region, participants = re.findall(r'<section class="asked".*?</section>', asked, re.DOTALL)
    assert all(each in cost for each in ("line 36", "samples/2944.txt", COST))
    assert "not captured" in extension
    assert "The same for all records of this source" in region
    assert "This record has no field for it" in participants


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("total-cost", ["36"]),
        ("public-grant", ["28"]),
        ("grant-share", ["28", "36"]),
        ("duration", ["42"]),
        ("year", ["42"]),
        ("status", ["12"]),
        ("no-such-measure", []),
    ],
)
def test_a_measure_and_a_dimension_lead_to_the_lines_of_their_own_values(
    address: str, code: str, lines: list[str]
) -> None:
    boxes = re.findall(r'<section class="asked".*?</section>', html(address, f"{PAGE}?of={code}"), re.DOTALL)
    assert sorted(re.findall(r">line (\d+)<", "".join(boxes))) == lines


def test_the_page_of_a_process_says_beside_each_value_from_which_line_it_comes(address: str) -> None:
    text = html(address, "/doc/process/er-2944")
    assert f'href="{PAGE}"' in text
    note = f'<a href="{PAGE}#costo-complessivo-del-processo" title="samples/2944.txt, line 36: {COST}">line 36</a>'
    assert re.search(rf"€15,000\.00</span>\s*<small class=\"from\">{re.escape(note)}", text)
    assert '#title" title="samples/2944.txt, line 3: title of the page">line 3</a>' in text
    for anchor in re.findall(rf'href="{PAGE}#([^"]+)"', text):
        assert f'<tr id="{anchor}"' in html(address, PAGE)


def test_a_thing_without_a_record_has_neither_notes_nor_a_link(address: str) -> None:
    assert "/provenance" not in html(address, "/doc/place/istat-08")


# --- Data ---------------------------------------------------------------------------------------------------------------------


def test_the_rdf_derives_each_statement_from_a_field_with_its_lines_in_its_file(address: str) -> None:
    answer = get(f"{address}{PAGE}", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    store = Store()
    store.extend(parse(answer.text.encode(), format=RdfFormat.TURTLE))
    (found,) = store.query(
        """PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX passo: <https://w3id.org/passo/onto/>
        PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX dct: <http://purl.org/dc/terms/> PREFIX schema: <https://schema.org/>
        SELECT ?label ?lines ?file ?page ?converter {
          ?statement rdf:subject <https://w3id.org/passo/id/process/er-2944/cost> ; rdf:predicate schema:value ;
            prov:wasDerivedFrom ?field ; prov:wasGeneratedBy [ a prov:Activity ; prov:used ?field ; rdfs:label ?converter ] .
          ?field a prov:Entity ; passo:sourceField ?label ; oa:hasSource ?source ;
            oa:hasSelector [ a oa:FragmentSelector ; rdf:value ?lines ; dct:conformsTo <http://tools.ietf.org/rfc/rfc5147> ] .
          ?source dct:title ?file ; prov:hadPrimarySource ?page FILTER CONTAINS(STR(?page), "scheda")
        }"""
    )
    assert [found[name].value for name in ("label", "lines", "file", "converter")] == [
        COST, "line=35,36", "samples/2944.txt", "money",
    ]  # fmt: skip
    missing = store.quads_for_pattern(
        None, NamedNode(f"{BASE}onto/missingProperty"), NamedNode(f"{BASE}onto/startYear")
    )
    assert len(list(missing)) == 1
    assert not list(store.quads_for_pattern(None, None, Literal("15000.00")))


@pytest.mark.parametrize(
    ("extension", "name"),
    [("ttl", "text/turtle"), ("jsonld", "application/ld+json"), ("nt", "application/n-triples"), ("csv", "text/csv")],
)
def test_each_format_is_negotiated_and_has_an_address_of_its_own(address: str, extension: str, name: str) -> None:
    negotiated = get(address + PAGE, headers={"Accept": name})
    fixed = get(f"{address}{PAGE}.{extension}", headers={"Accept": "text/html"})
    assert fixed.headers["content-type"].partition(";")[0] == name
    assert negotiated.content == fixed.content
    assert negotiated.headers["content-location"] == f"{PAGE}.{extension}"
    assert "creativecommons.org/licenses/by/2.0/it/" in fixed.headers["link"]
    assert get(f"{address}{PAGE}.{extension}", headers={"If-None-Match": fixed.headers["etag"]}).status_code == 304


def test_the_csv_has_the_rows_of_the_table(address: str, shipped: Path) -> None:
    def rows(text: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(text, newline="")))

    table = rows((shipped / "dump" / "passo-provenance.csv").read_bytes().decode("utf-8-sig"))
    found = rows(get(f"{address}{PAGE}.csv").text)
    assert found == [row for row in table if row["record"] == "er-2944"]
    assert len(found) > 15


def test_json_ld_uses_the_short_names_of_the_context(address: str) -> None:
    document = json.loads(get(f"{address}{PAGE}.jsonld").text)
    assert {"sourceField", "statementPredicate"} <= document["@context"].keys()
    types = {str(node["@type"]) for node in document["@graph"]}
    assert any("oa:SpecificResource" in each for each in types)


# --- What there is not --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/doc/process/er-0/provenance", "*/*", 404),
        ("/doc/place/istat-08/provenance", "*/*", 404),
        (f"{PAGE}.pdf", "*/*", 404),
        (PAGE, "image/png", 406),
    ],
)
def test_what_is_not_there_is_a_problem(address: str, path: str, accept: str, status: int) -> None:
    answer = get(address + path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_release_without_the_table_has_no_notes_and_no_provenance(serve_folder, releases: Path) -> None:
    with serve_folder(releases) as plain:
        assert "/provenance" not in html(plain, "/doc/process/xx-0001")
        assert get(f"{plain}/doc/process/xx-0001/provenance").status_code == 404


def test_a_merged_record_leads_to_the_document_that_answers_for_it(address: str, shipped: Path) -> None:
    manifest = json.loads((shipped / "manifest.json").read_text(encoding="utf-8"))
    merged = next(each for source in manifest["sources"] for each in source["merged_records"])
    answer = get(f"{address}/doc/process/{merged['record']}/provenance", follow_redirects=True)
    assert str(answer.url).endswith(f"/doc/process/{merged['survivor']}")


def test_no_form_has_the_text_of_a_field_that_may_name_people(address: str) -> None:
    lines = (ROOT / "data/sources/emilia-romagna/samples/2944.txt").read_text(encoding="utf-8").split("\n")
    for accept in ("text/html", "text/turtle", "text/csv"):
        text = get(address + PAGE, headers={"Accept": accept}).text
        assert COST in text
        assert lines[35].strip() not in text  # the amount
        assert lines[61].strip() not in text  # the address
