"""Test the download of files: whole, by ranges and resumed; by their latest and by their permanent address."""

import base64
import hashlib
import json
import re

import httpx
import pytest
from csvw import CSVW

from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.release.repository.pruning import prune
from tests.catalogues import data_folder, published
from tests.serving import served

DUMP = "/dump/passo.nq.gz"
TABLE = b"\xef\xbb\xbfprocess\r\nxx-1\r\n"


@pytest.fixture(scope="module")
def content(releases):
    return (releases / "one" / "dump" / "passo.nq.gz").read_bytes()


@pytest.fixture(scope="module")
def with_tables(tmp_path_factory, write_release):
    """A folder of releases of which the current one has a table, and an older one is retained."""
    folder = tmp_path_factory.mktemp("tables")
    write_release(
        folder / "old",
        "old",
        "data:invented { <https://data.example.org/passo/id/process/xx-1> a passo:ParticipatoryProcess }",
    )
    add_table(write_release(folder / "new", "new"))
    (folder / "current").symlink_to("new")
    return folder


def add_table(release):
    manifest = json.loads((release / "manifest.json").read_text())
    words = {"it": "Processi <b>", "en": "Processes <b>"}
    (release / "dump/passo-processes.csv").write_bytes(TABLE)
    manifest["files"].append(
        {
            "path": "dump/passo-processes.csv",
            "media_type": "text/csv",
            "bytes": len(TABLE),
            "sha256": hashlib.sha256(TABLE).hexdigest(),
            "licences": ["https://creativecommons.org/licenses/by/4.0/", "https://example.org/other"],
            "table": {
                "name": "processes",
                "title": words,
                "description": words,
                "rows": 1,
                "columns": 1,
                "sha256_without_bom": hashlib.sha256(TABLE[3:]).hexdigest(),
            },
        }
    )
    (release / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def tables(with_tables, serve_folder):
    with serve_folder(with_tables) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


# --- In parts ----------------------------------------------------------------------------------------------------------------


def test_an_interrupted_download_can_be_resumed(client, content):
    begun = b""
    with client.stream("GET", DUMP) as answer:
        for piece in answer.iter_raw(1000):
            begun += piece
            if len(begun) >= 5000:
                break
        tag = answer.headers["ETag"]
    rest = client.get(DUMP, headers={"Range": f"bytes={len(begun)}-", "If-Range": tag})
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == f"bytes {len(begun)}-{len(content) - 1}/{len(content)}"
    assert begun + rest.content == content


@pytest.mark.parametrize(
    ("ranges", "part"),
    [("0-0", slice(0, 1)), ("10-19", slice(10, 20)), ("-7", slice(-7, None)), ("5-99999999", slice(5, None))],
)
def test_a_range_has_the_requested_bytes(client, content, ranges, part):
    answer = client.get(DUMP, headers={"Range": f"bytes={ranges}"})
    assert (answer.status_code, answer.content) == (206, content[part])
    assert int(answer.headers["Content-Length"]) == len(content[part])


def test_several_ranges_come_in_one_response(client, content):
    answer = client.get(DUMP, headers={"Range": "bytes=0-3,100-109"})
    assert answer.status_code == 206
    kind, _, boundary = answer.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/byteranges"
    parts = answer.content.split(b"--" + boundary.encode())[1:-1]
    assert [part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n") for part in parts] == [content[:4], content[100:110]]
    assert all(b"application/gzip" in part.split(b"\r\n\r\n", 1)[0] for part in parts)


@pytest.mark.parametrize("tag", ['"another release"', "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_ranges_of_two_releases_are_never_joined(client, content, tag):
    answer = client.get(DUMP, headers={"Range": "bytes=10-19", "If-Range": tag})
    assert (answer.status_code, answer.content) == (200, content)


def test_a_range_beyond_the_end_is_416_with_the_size(client, content):
    answer = client.get(DUMP, headers={"Range": f"bytes={len(content)}-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] in (f"bytes */{len(content)}", f"*/{len(content)}")


@pytest.mark.parametrize("ranges", ["lines=1-2", "bytes=", "bytes=x-y"])
def test_a_malformed_range_is_ignored(client, content, ranges):
    answer = client.get(DUMP, headers={"Range": ranges})
    assert answer.status_code in (200, 400, 416)
    assert answer.status_code != 200 or answer.content == content


# --- Headers of a file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/dump/passo.nq.gz", "/dump/passo-processes.csv"])
def test_head_has_the_headers_of_get(tables, name):
    head, get = tables.head(name), tables.get(name)
    assert head.content == b""
    assert {key: head.headers[key] for key in get.headers if key != "date"} == {
        key: get.headers[key] for key in get.headers if key != "date"
    }
    assert get.headers["Accept-Ranges"] == "bytes"
    assert get.headers["ETag"].strip('"') == hashlib.sha256(get.content).hexdigest()
    assert get.headers["Repr-Digest"].startswith("sha-256=:")


def test_a_table_is_an_attachment_with_links_to_its_licences_and_metadata(tables):
    answer = tables.get("/dump/passo-processes.csv")
    assert answer.content == TABLE
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="passo-processes.csv"'
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in answer.headers["Link"]
    assert '<https://example.org/other>; rel="license"' in answer.headers["Link"]
    assert '</dump/passo-csv-metadata.json>; rel="describedby"; type="application/csvm+json"' in answer.headers["Link"]


# --- Without a byte order mark -------------------------------------------------------------------------------------------------

WITHOUT_BOM = "/dump/passo-processes.csv?bom=0"


def test_a_table_without_byte_order_mark_has_its_own_length_tag_and_digest(tables):
    answer, head = tables.get(WITHOUT_BOM), tables.head(WITHOUT_BOM)
    digest = hashlib.sha256(TABLE[3:])
    assert answer.content == TABLE[3:]
    assert answer.headers["Content-Length"] == head.headers["Content-Length"] == str(len(TABLE) - 3)
    assert answer.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert '</dump/passo-csv-metadata.json?bom=0>; rel="describedby"' in answer.headers["Link"]
    assert tables.get(WITHOUT_BOM, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    ("ranges", "part"), [("0-0", slice(0, 1)), ("3-6", slice(3, 7)), ("-2", slice(-2, None)), ("5-", slice(5, None))]
)
def test_a_range_of_a_table_without_byte_order_mark_counts_from_its_first_byte(tables, ranges, part):
    answer = tables.get(WITHOUT_BOM, headers={"Range": f"bytes={ranges}"})
    assert (answer.status_code, answer.content) == (206, TABLE[3:][part])
    assert answer.headers["Content-Range"].endswith(f"/{len(TABLE) - 3}")


def test_several_ranges_of_a_table_without_byte_order_mark_count_from_its_first_byte(tables):
    answer = tables.get(WITHOUT_BOM, headers={"Range": "bytes=0-2,8-9"})
    boundary = answer.headers["Content-Type"].partition("; boundary=")[2]
    parts = answer.content.split(b"--" + boundary.encode())[1:-1]
    assert [part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n") for part in parts] == [TABLE[3:6], TABLE[11:13]]


def test_a_file_that_is_no_table_is_the_same_without_byte_order_mark(tables):
    assert tables.get(f"{DUMP}?bom=0").headers["ETag"] == tables.get(DUMP).headers["ETag"]


@pytest.fixture(scope="module")
def shipped_tables(small_data, tmp_path_factory):
    release = published(data_folder(small_data, "described"), tmp_path_factory.mktemp("described") / "releases")
    with served(release) as address:
        yield address


@pytest.mark.parametrize("stem", ["passo", "passo-emilia-romagna"])
def test_a_csvw_validator_reads_metadata_and_tables_without_byte_order_mark(shipped_tables, stem):
    url = f"{shipped_tables}/dump/{stem}-csv-metadata.json?bom=0"
    assert "byte order mark" in httpx.get(url.removesuffix("?bom=0")).text
    assert "byte order mark" not in httpx.get(url).text
    described = httpx.get(url).json()["tables"]
    for table in described:
        assert not httpx.get(f"{shipped_tables}/dump/{table['url']}").content.startswith(b"\xef\xbb\xbf")
        assert all(each["reference"]["resource"].endswith(".csv?bom=0") for each in table["tableSchema"]["foreignKeys"])
    found = CSVW(url, validate=True, strict=True)
    assert found.is_valid, [str(warning.message) for warning in found.warnings]
    assert len(found.tables) == len(described)


# --- By hash -----------------------------------------------------------------------------------------------------------------


def digest_of(release, path):
    files = json.loads((release / "manifest.json").read_text())["files"]
    return next(file["sha256"] for file in files if file["path"] == path)


@pytest.mark.parametrize("release", ["new", "old"])
def test_a_file_is_found_by_its_hash_while_its_release_is_retained(tables, with_tables, release):
    digest = digest_of(with_tables / release, "dump/passo.nq.gz")
    answer = tables.get(f"/by-hash/sha256/{digest}")
    assert (answer.status_code, hashlib.sha256(answer.content).hexdigest()) == (200, digest)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    part = tables.get(f"/by-hash/sha256/{digest}", headers={"Range": "bytes=3-5"})
    assert (part.status_code, part.content) == (206, answer.content[3:6])
    again = tables.get(f"/by-hash/sha256/{digest}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_download_by_hash_does_not_prevent_pruning(tmp_path, write_release, serve_folder):
    """Withdrawn data would else stay downloadable as long as the server runs."""
    names = ["2026-11-20T101500Z-aaaaaa", "2026-11-21T101500Z-bbbbbb", "2026-11-22T101500Z-cccccc"]
    for name in names:
        data = f'data:invented {{ <https://data.example.org/passo/id/process/xx-1> dct:title "{name}"@it . }}'
        write_release(tmp_path / name, name, data)
    (tmp_path / "current").symlink_to(names[-1])
    address = f"/by-hash/sha256/{digest_of(tmp_path / names[0], 'dump/passo.nq.gz')}"
    with serve_folder(tmp_path) as server, httpx.Client(base_url=server, timeout=30) as client:
        assert client.get(address).status_code == 200
        assert prune(tmp_path, 1) == [tmp_path / names[0]]
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("digest", ["0" * 64, "x", "A" * 64, "..%2f..%2fmanifest.json", "%7e" * 64])
def test_an_unknown_hash_is_404(tables, digest):
    assert tables.get(f"/by-hash/sha256/{digest}").status_code == 404


def test_the_latest_address_is_not_immutable(client):
    assert "immutable" not in client.get(DUMP).headers["Cache-Control"]


# --- The page ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_lists_tables_before_dumps_and_all_its_links_answer(tables, language):
    page = tables.get("/dump/", params={"lang": language}, headers={"Accept": "text/html"}).text
    assert page.index("passo-processes.csv") < page.index("passo.nq.gz")
    links = set(re.findall(r'href="(/(?:dump|by-hash)/[^"?]+)"', page))
    assert len(links) >= 6
    assert {link for link in links if tables.head(link).status_code != 200} == set()


def test_the_page_escapes_titles_of_the_data(tables):
    page = tables.get("/dump/", headers={"Accept": "text/html"}).text
    assert "Processi &lt;b&gt;" in page
    assert "<b>" not in page


def test_the_page_of_a_release_without_tables_has_its_dumps(client):
    page = client.get("/dump/", headers={"Accept": "text/html"}).text
    assert "passo.ttl.gz" in page
    assert 'id="tables"' not in page


# -- the report


@pytest.fixture(scope="module")
def with_reports(tmp_path_factory, write_release):
    """The address of a server whose release has a report in each language."""
    folder = tmp_path_factory.mktemp("reports")
    release = write_release(folder / "new", "new")
    (release / "report.html").unlink()
    for language in LANGUAGES:
        (release / f"report.{language}.html").write_text(f"<!doctype html><html lang={language}><p>{language}")
    (folder / "current").symlink_to("new")
    with served(folder) as address:
        yield address


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [("/report", "en", "en"), ("/report", "it", "it"), ("/report", "fr", "it"), ("/report?lang=en", "it", "en")],
)
def test_the_report_is_in_the_language_of_its_reader(with_reports, path, accepted, language):
    answer = httpx.get(with_reports + path, headers={"Accept-Language": accepted})
    assert answer.text.endswith(f"<p>{language}")
    assert answer.headers["content-language"] == language
    assert "Accept-Language" in answer.headers["vary"]


def test_pages_link_to_the_report_in_the_language_that_the_reader_chose(with_reports):
    assert 'href="/report?lang=en"' in httpx.get(with_reports + "/?lang=en").text


def test_a_release_of_an_earlier_version_has_one_report_in_english(releases):
    with served(releases) as address:
        answer = httpx.get(address + "/report?lang=it")
    assert (answer.status_code, answer.headers["content-language"]) == (200, "en")
