"""Test that dates of XML Schema become HTTP dates, and that a dump with any dct:modified can be served."""

from pathlib import Path

import pytest

from passo_lod.web.http.document_headers import last_modified
from tests.serving import get, served

XSD = "http://www.w3.org/2001/XMLSchema#"
BASE = "https://w3id.org/passo/"  # of a single file that is served with --dump
DATES = [
    ("2022", "Sat, 01 Jan 2022 00:00:00 GMT"),
    ("2022Z", "Sat, 01 Jan 2022 00:00:00 GMT"),
    ("2022-05", "Sun, 01 May 2022 00:00:00 GMT"),
    ("2022-05+02:00", "Sat, 30 Apr 2022 22:00:00 GMT"),
    ("2022-12-21", "Wed, 21 Dec 2022 00:00:00 GMT"),
    ("2022-12-21Z", "Wed, 21 Dec 2022 00:00:00 GMT"),
    ("2022-12-21-05:00", "Wed, 21 Dec 2022 05:00:00 GMT"),
    ("2022-12-21T10:20:30", "Wed, 21 Dec 2022 10:20:30 GMT"),
    ("2022-12-21T10:20:30.123Z", "Wed, 21 Dec 2022 10:20:30 GMT"),
    ("2022-12-21T00:20:30+01:00", "Tue, 20 Dec 2022 23:20:30 GMT"),
    ("2022-13-01", None),
    ("2022-02-30", None),
    ("2022-12-21T25:00:00", None),
    ("0000", None),
    ("0001-01-01T00:00:00+14:00", None),
    ("-0044-03-15", None),
    ("12022", None),
    ("٢٠٢٢", None),
    ("in 2022", None),
    ("", None),
]


@pytest.mark.parametrize(("date", "expected"), DATES)
def test_date_of_xml_schema_becomes_http_date_or_nothing(date: str, expected: str | None) -> None:
    assert last_modified(date) == expected


MODIFIED = {
    "year": f'"2022"^^<{XSD}gYear>',
    "month": f'"2022-05"^^<{XSD}gYearMonth>',
    "day": f'"2022-12-21"^^<{XSD}date>',
    "moment": f'"2022-12-21T10:20:30+01:00"^^<{XSD}dateTime>',
    "text": '"last spring"@en',
    "iri": "<https://data.example.org/somewhen>",
}
EXPECTED = {
    "year": "Sat, 01 Jan 2022 00:00:00 GMT",
    "month": "Sun, 01 May 2022 00:00:00 GMT",
    "day": "Wed, 21 Dec 2022 00:00:00 GMT",
    "moment": "Wed, 21 Dec 2022 09:20:30 GMT",
}


def dump_of(values: dict[str, str]) -> str:
    lines = []
    for name, value in values.items():
        thing = f"<{BASE}id/process/{name}>"
        lines.append(f"{thing} <http://purl.org/dc/terms/modified> {value} <{BASE}dataset/one> .")
        lines.append(f'{thing} <http://purl.org/dc/terms/title> "{name}" <{BASE}dataset/one> .')
    return "".join(f"{line}\n" for line in lines)


def test_dump_with_any_date_of_modification_is_served(tmp_path: Path) -> None:
    dump = tmp_path / "dates.nq"
    dump.write_text(dump_of(MODIFIED), encoding="utf-8")
    with served(tmp_path, "--dump", str(dump)) as address:
        for name in MODIFIED:
            for media_type in ("text/turtle", "text/html"):
                answer = get(f"{address}/doc/process/{name}", headers={"Accept": media_type})
                assert (name, answer.status_code) == (name, 200)
                assert answer.headers.get("last-modified") == EXPECTED.get(name)
