"""Test the pages of comparison over the shipped release: figures with denominators, their files, and the processes behind each."""

import csv
import gzip
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from passo_lod.release_layout import answer_file
from tests.serving import get, served

HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def address(shipped: Path) -> Iterator[str]:
    with served(shipped, "--deadline", "60") as address:
        yield address


class Links(HTMLParser):
    """The addresses and texts of the links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._open = dict(attrs).get("href")
            self.found.append((self._open or "", ""))

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            href, text = self.found[-1]
            self.found[-1] = (href, text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None


def page(address: str, path: str, language: str = "en") -> str:
    answer = get(address + path, headers=HTML | {"Accept-Language": language}, timeout=120)
    assert answer.status_code == 200, answer.text[:500]
    assert "<script" not in answer.text
    return answer.text


def table(address: str, path: str) -> list[dict[str, str]]:
    answer = get(address + path, headers={"Accept-Language": "en"}, timeout=120)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    ("language", "question"), [("it", "Quanto costa un processo"), ("en", "What does a process cost")]
)
def test_the_questions_are_in_the_words_of_the_reader(address: str, language: str, question: str) -> None:
    assert question in page(address, "/compare", language)


def test_a_question_states_its_denominator_its_limits_and_how_to_cite_it(address: str) -> None:
    text = page(address, "/compare/costs")
    (row,) = (row for row in table(address, "/compare/costs.csv") if row["group"] == "istat-08")
    assert row["known"] == "8"
    assert f'<td class="number">{row["known"]}</td>' in text
    assert "What cannot be concluded." in text
    assert "Cite as:" in text
    assert "/sparql?query=" in text


def test_reasons_and_known_values_are_all_processes_in_every_row(address: str) -> None:
    reasons = ("notComparable", "notUnderstood", "withheld", "notCaptured", "notStated", "notApplicable", "notAsked")
    for path in ("/compare/costs.csv", "/compare/any.csv?measure=duration&by=source&and=status"):
        for row in table(address, path):
            assert int(row["known"]) + sum(int(row[each]) for each in reasons) == int(row["processes"]), row


def test_each_figure_opens_the_processes_behind_it(address: str) -> None:
    opened = [(href, text) for href, text in Links(page(address, "/compare/costs")).found if "group=" in href]
    ((href, count),) = ((href, text) for href, text in opened if "group=istat-08" in href and text.isdecimal())
    behind = page(address, href)
    processes = [
        href
        for href, _ in Links(behind).found
        if href.startswith(("/doc/process/", "/id/process/")) and "/provenance" not in href
    ]
    assert len(processes) == int(count)
    assert "€25,000" in behind
    assert "not captured" in behind


def test_a_filter_narrows_every_figure_and_can_be_taken_off(address: str) -> None:
    text = page(address, "/compare/any?measure=processes&by=source&region=istat-09")
    everywhere = {
        row["group"]: int(row["processes"]) for row in table(address, "/compare/any.csv?measure=processes&by=source")
    }
    tuscany = {
        row["group"]: int(row["processes"])
        for row in table(address, "/compare/any.csv?measure=processes&by=source&region=istat-09")
    }
    assert 0 < sum(tuscany.values()) < sum(everywhere.values())
    assert "region: Tuscany" in text
    assert ("/compare/any?measure=processes&by=source", "×") in Links(text).found


def test_years_limit_the_start_of_processes(address: str) -> None:
    rows = table(address, "/compare/any.csv?measure=processes&by=year&from=2010&to=2012")
    assert {row["group"] for row in rows} == {"2010", "2011", "2012"}


def test_two_dimensions_are_a_table_whose_cells_open_processes(address: str) -> None:
    text = page(address, "/compare/any?measure=processes&by=status&and=source")
    assert 'class="grid-table"' in text
    assert any("group=completed&series=" in href.replace("&amp;", "&") for href, _ in Links(text).found)


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/compare/nothing", 404, "there is no such question"),
        ("/compare/costs.pdf", 404, "a comparison can be had as csv, json, md, svg, png, zip"),
        ("/compare/any?by=regio", 400, "perhaps region"),
        ("/compare/any?region=istat-90", 400, "no process has this value"),
        ("/compare/costs.csv?colour=red", 400, "there is no such dimension"),
        ("/compare/any?from=now", 400, "a year has four figures"),
        ("/compare/costs?group=istat-99", 404, "no process of this comparison is in this group"),
        ("/profile/istat-99", 404, "no process is attributed to this region"),
        ("/completeness?by=x", 400, "there is no such dimension"),
    ],
)
def test_what_there_is_not_is_a_problem_that_says_what_there_is(
    address: str, path: str, status: int, expected: str
) -> None:
    answer = get(address + path, timeout=120)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert expected in answer.json()["detail"]


def test_the_chart_is_an_image_that_says_what_it_is_from_which_release_under_which_licence(
    address: str, shipped: Path
) -> None:
    answer = get(f"{address}/compare/years.svg?region=istat-09", headers={"Accept-Language": "en"}, timeout=120)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    texts = [
        element.text or "" for element in ElementTree.fromstring(answer.content).iter() if element.tag.endswith("}text")
    ]
    assert "CC BY-NC-SA 3.0" in " ".join(texts)
    assert any(text.endswith("/compare/years?region=istat-09") for text in texts)
    assert any("Without “year of start”" in text for text in texts)
    assert any("region: Tuscany" in text for text in texts)
    assert json.loads((shipped / "manifest.json").read_text())["id"] in " ".join(texts)


def test_the_archive_has_the_answer_its_query_and_what_each_column_means(address: str) -> None:
    answer = get(f"{address}/compare/costs.zip", headers={"Accept-Language": "en"}, timeout=120)
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {"README.md", "answer.csv", "query.rq", "chart.svg", "chart.png"}
        files = {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".png")}
        assert archive.read("chart.png").startswith(b"\x89PNG")
    (header, *_) = csv.reader(io.StringIO(files["answer.csv"]))
    assert all(f"- `{column}`: " in files["README.md"] for column in header)
    assert "What cannot be concluded." in files["README.md"]
    assert "CC BY-NC-SA 3.0" in files["README.md"]
    again = get(f"{address}/compare/costs.zip", headers={"Accept-Language": "en"}, timeout=120)
    assert again.content == answer.content


def test_only_the_embedded_page_may_stand_in_a_frame(address: str) -> None:
    embedded = get(f"{address}/compare/costs?embed=yes", headers=HTML, timeout=120)
    assert "frame-ancestors *" in embedded.headers["Content-Security-Policy"]
    assert "<svg" in embedded.text
    assert "</header>" not in embedded.text
    whole = get(f"{address}/compare/costs", headers=HTML, timeout=120)
    assert "frame-ancestors 'none'" in whole.headers["Content-Security-Policy"]


def test_text_in_an_address_stays_text(address: str) -> None:
    answer = get(
        f"{address}/compare/any?by=region&region=%3Cscript%3Ealert(1)%3C/script%3E%22%27%7D", headers=HTML, timeout=120
    )
    assert answer.status_code == 400
    assert "<script>" not in answer.text


def test_completeness_says_of_each_datum_how_many_values_are_known_and_why_not_the_others(address: str) -> None:
    text = page(address, "/completeness")
    (row,) = re.findall(r'<tr><th scope="row"><a href="[^"]*measure=total-cost[^"]*">.*?</tr>', text, re.DOTALL)
    assert "8/11" in row
    assert "not asked by the source" in row


def test_the_profile_of_a_region_stands_beside_the_median_of_the_others_and_another_region(address: str) -> None:
    text = page(address, "/profile/istat-08?with=istat-09")
    assert "Emilia-Romagna" in text
    assert "Tuscany" in text
    assert "Median of the others" in text
    (row,) = re.findall(r'<tr><th scope="row"><a href="[^"]*measure=total-cost&amp;[^"]*">.*?</tr>', text, re.DOTALL)
    assert "€16,750" in row


# -------------------------------------------------------------------------------------------------------- stored answers


@pytest.fixture
def copied(shipped: Path, tmp_path: Path) -> Path:
    """A copy of the release that a test may damage."""
    return Path(shutil.copytree(shipped, tmp_path / shipped.name))


def in_stored(name: str, value: str, release: Path) -> None:
    """Write a value into the names of a stored answer, so that an answer shows whether it comes from the file."""
    file = release / answer_file(name)
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"Emilia-Romagna", value.encode())))


def test_a_question_is_answered_from_the_file_of_the_release_and_a_filtered_one_by_a_query(copied: Path) -> None:
    in_stored("costs", "From the file", copied)
    with served(copied) as address:
        assert "From the file" in get(f"{address}/compare/costs.csv").text
        assert "From the file" not in get(f"{address}/compare/costs.csv?from=1990").text
        assert "Emilia-Romagna" in get(f"{address}/compare/costs.csv?from=1990").text


@pytest.mark.parametrize("keep", [0, 10, 500])
def test_a_damaged_stored_answer_is_answered_by_a_query(copied: Path, shipped: Path, keep: int) -> None:
    file = copied / answer_file("costs")
    file.write_bytes(file.read_bytes()[:keep] + b"x" * 100)
    with served(shipped) as whole, served(copied) as damaged:
        assert get(f"{damaged}/compare/costs.csv").text == get(f"{whole}/compare/costs.csv").text
