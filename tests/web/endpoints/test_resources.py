"""Test that things, documents and terms answer at their paths, in the negotiated form."""

import io

import pyoxigraph as ox
import pytest

from passo_lod.media_types import GRAPHS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DOC = "/doc/process/xx-0001"

ANSWERS = [
    ("/id/process/xx-0001", None, 303, DOC),
    ("/id/process/xx-0001", BROWSER, 303, DOC),
    ("/id/process/xx-0001/cost", None, 303, DOC),
    ("/id/process/xx-0001/phase/10", None, 303, DOC),
    ("/id/place/istat-99", None, 303, "/doc/place/istat-99"),
    ("/id/process/xx-0001/phase", None, 303, DOC),
    ("/id/process/nobody", None, 404, None),
    ("/id/", None, 404, None),
    ("/id/process", None, 404, None),
    ("/id//evil.example.org", None, 404, None),
    ("/id/%2f%2fevil.example.org", None, 404, None),
    ("/id/process/xx-0001%0d%0aX-Evil:%201", None, 400, None),
    ("/id/process/%C3%A8", None, 404, None),
    ("/doc/process/%2e%2e/process/xx-0001", None, 404, None),
    (DOC, None, 200, "text/turtle; charset=utf-8"),
    (DOC, "*/*", 200, "text/turtle; charset=utf-8"),
    (DOC, BROWSER, 200, "text/html; charset=utf-8"),
    (DOC, "application/ld+json", 200, "application/ld+json"),
    (DOC, "application/rdf+xml", 200, "application/rdf+xml"),
    (DOC, "application/n-triples", 200, "application/n-triples"),
    (DOC, "image/png", 406, "application/problem+json"),
    (DOC + ".ttl", BROWSER, 200, "text/turtle; charset=utf-8"),
    (DOC + ".html", "text/turtle", 200, "text/html; charset=utf-8"),
    (DOC + ".jsonld", None, 200, "application/ld+json"),
    (DOC + ".nt", None, 200, "application/n-triples"),
    (DOC + ".rdf", None, 200, "application/rdf+xml"),
    (DOC + ".xyz", None, 404, "application/problem+json"),
    ("/doc/process/nobody", BROWSER, 404, "text/html; charset=utf-8"),
    ("/onto", None, 303, "/doc/onto"),
    ("/onto/", None, 303, "/doc/onto"),
    ("/onto/cost", None, 303, "/doc/onto/cost"),
    ("/onto/0.1.0", None, 303, "/doc/onto"),
    ("/onto/nothing", None, 404, None),
    ("/onto/context.jsonld", None, 200, "application/ld+json"),
    ("/doc/onto", BROWSER, 200, "text/html; charset=utf-8"),
    ("/doc/onto.ttl", None, 200, "text/turtle; charset=utf-8"),
    ("/controlled-vocabulary/progress-status", None, 303, "/doc/controlled-vocabulary/progress-status"),
    (
        "/controlled-vocabulary/progress-status/completed",
        None,
        303,
        "/doc/controlled-vocabulary/progress-status/completed",
    ),
    ("/alignment/other", None, 303, "/doc/alignment/other"),
    ("/shapes", None, 303, "/shapes.ttl"),
    ("/shapes/ProcessShape", None, 303, "/shapes.ttl"),
    ("/shapes/Nothing", None, 404, None),
    ("/shapes.ttl", None, 200, "text/turtle; charset=utf-8"),
    ("/dataset/invented", None, 200, "text/turtle; charset=utf-8"),
    ("/dataset/invented", BROWSER, 200, "text/html; charset=utf-8"),
    ("/dataset/places.nt", None, 200, "application/n-triples"),
    ("/dataset/nothing", None, 404, None),
    ("/", BROWSER, 200, "text/html; charset=utf-8"),
    ("/", "image/png", 406, None),
    ("/processes?sort=start", BROWSER, 200, "text/html; charset=utf-8"),
    ("/processes?sort=nothing", BROWSER, 400, None),
    ("/processes?page=2", BROWSER, 404, None),
    ("/processes?page=%C2%B2", BROWSER, 404, None),
    ("/places", BROWSER, 200, "text/html; charset=utf-8"),
    ("/vocabulary", BROWSER, 200, "text/html; charset=utf-8"),
    ("/problems", BROWSER, 200, "text/html; charset=utf-8"),
    ("/dump/", BROWSER, 200, "text/html; charset=utf-8"),
    ("/dump/passo.nq.gz", None, 200, "application/gzip"),
    ("/dump/nothing.nq.gz", None, 404, None),
    ("/dump/..%2fmanifest.json", None, 404, None),
    ("/dump/%00", None, 400, "application/problem+json"),
    ("/static/..%2f..%2fapp.py", None, 404, None),
    ("/static/style.css", None, 200, "text/css; charset=utf-8"),
    ("/manifest.json", None, 200, "application/json"),
    ("/report", BROWSER, 200, "text/html; charset=utf-8"),
    ("/report.json", None, 200, "application/json"),
    ("/robots.txt", None, 200, "text/plain; charset=utf-8"),
    ("/healthz", None, 200, "text/plain; charset=utf-8"),
    ("/readyz", None, 200, "application/json"),
    ("/nothing", None, 404, "application/problem+json"),
    ("/nothing", BROWSER, 404, "text/html; charset=utf-8"),
]


@pytest.mark.parametrize(("path", "accept", "status", "expected"), ANSWERS)
def test_address_answers_as_the_table_says(client, path, accept, status, expected):
    answer = client.get(path, headers={"Accept": accept} if accept else {"Accept": ""})
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"] == expected
        assert "Accept" in answer.headers["vary"]
    elif expected:
        assert answer.headers["content-type"] == expected


@pytest.mark.parametrize(("path", "accept", "status", "expected"), ANSWERS)
def test_head_has_the_headers_of_get(client, path, accept, status, expected):
    headers = {"Accept": accept or ""}
    get, head = client.get(path, headers=headers), client.head(path, headers=headers)
    assert head.status_code == get.status_code
    assert head.content == b""
    varying = {"date", "connection"}
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }


@pytest.mark.parametrize("path", [DOC, "/doc/onto", "/doc/alignment/other", "/doc/place/istat-099001"])
def test_every_format_has_the_same_graph(client, path):
    turtle = triples(client.get(path + ".ttl").content, GRAPHS[0])
    assert turtle
    for media_type in GRAPHS:
        assert triples(client.get(f"{path}.{media_type.extension}").content, media_type) == turtle


def triples(content, media_type):
    quads = ox.parse(io.BytesIO(content), format=media_type.rdf)
    return {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads}


def test_json_ld_is_compact_and_contains_its_context(client):
    document = client.get(DOC + ".jsonld").json()
    process = next(node for node in document["@graph"] if node["@id"].endswith("id/process/xx-0001"))
    assert process["title"] == {"it": "Il parco di tutti"}
    assert "title" in document["@context"]


def test_document_is_linked_to_its_other_forms_and_its_licence(client):
    answer = client.get(DOC)
    links = answer.headers["link"]
    assert answer.headers["content-location"] == DOC + ".ttl"
    assert answer.headers["last-modified"] == "Wed, 21 Dec 2022 00:00:00 GMT"
    assert f'<{DOC}.jsonld>; rel="alternate"; type="application/ld+json"' in links
    assert '<https://data.example.org/passo/doc/process/xx-0001>; rel="canonical"' in links
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links
    assert '</shapes>; rel="describedby"' in links
    assert '<https://w3id.org/passo/onto/ParticipatoryProcess>; rel="type"' in links


def test_no_address_is_built_from_the_host_header(client):
    for path in ("/id/process/xx-0001", DOC, DOC + ".html", "/sparql", "/", "/dataset/invented"):
        answer = client.get(path, headers={"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"})
        assert "evil" not in str(answer.headers) + answer.text


@pytest.mark.parametrize("path", [DOC + ".ttl", DOC + ".html", "/", "/dump/passo.nq.gz", "/manifest.json", "/sparql"])
def test_unchanged_representation_is_not_sent_again(client, path):
    first = client.get(path)
    for tags in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = client.get(path, headers={"If-None-Match": tags})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_formats_and_languages_have_their_own_entity_tags(client):
    pages = [client.get(DOC, headers={"Accept": "text/html", "Accept-Language": tongue}) for tongue in ("it", "en")]
    data = client.get(DOC, headers={"Accept": "text/turtle"})
    assert len({answer.headers["etag"] for answer in (*pages, data)}) == 3
    assert [page.headers["content-language"] for page in pages] == ["it", "en"]
    assert pages[0].headers["vary"] == "Accept, Accept-Language"


def test_dump_is_the_file_that_the_manifest_lists(client, releases):
    answer = client.get("/dump/passo.nq.gz")
    listed = next(file for file in client.get("/manifest.json").json()["files"] if file["path"] == "dump/passo.nq.gz")
    assert answer.content == (releases / "one/dump/passo.nq.gz").read_bytes()
    assert answer.headers["etag"] == f'"{listed["sha256"]}"'
    assert int(answer.headers["content-length"]) == listed["bytes"]
    assert "content-encoding" not in answer.headers


def test_a_range_of_a_dump_can_be_requested(client, releases):
    answer = client.get("/dump/passo.nq.gz", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == (releases / "one/dump/passo.nq.gz").read_bytes()[10:20]


# ---------------------------------------------------------------------------------------------------------- problems


def test_problem_has_a_status_and_a_reason(client):
    answer = client.get("/doc/process/nobody")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no such document",
    }


def test_not_acceptable_lists_the_offered_types(client):
    offered = client.get(DOC, headers={"Accept": "image/png"}).json()["offered"]
    assert {"text/turtle", "text/html"} <= set(offered)


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("DELETE", DOC), ("PUT", "/sparql"), ("PATCH", "/dump/")])
def test_unknown_method_is_405_with_the_allowed_ones(client, method, path):
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [DOC, "/sparql", "/dump/passo.nq.gz", "/nothing"])
def test_options_and_cross_origin_requests_are_answered(client, path):
    preflight = client.options(path, headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]
    assert client.get(path).headers["access-control-allow-origin"] == "*"


def test_a_preflight_grants_the_headers_that_it_asks_for(client):
    asked = "authorization, x-requested-with,sparql-client"
    preflight = client.options("/sparql", headers={"Access-Control-Request-Headers": asked})
    assert preflight.headers["access-control-allow-headers"] == asked
    assert preflight.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"
    assert preflight.headers["vary"] == "Access-Control-Request-Headers"


def test_a_preflight_repeats_nothing_that_is_no_name_of_a_header(client):
    preflight = client.options("/sparql", headers={"Access-Control-Request-Headers": "x: y; <script>"})
    assert "script" not in str(preflight.headers)
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]


@pytest.mark.parametrize("ending", ["", ".ttl"])
def test_a_document_with_a_slash_at_the_end_is_redirected_like_a_thing(client, ending):
    thing, document = client.get("/id/process/xx-0001/"), client.get(f"{DOC}{ending}/?lang=it")
    assert (thing.status_code, thing.headers["location"]) == (303, DOC)
    assert (document.status_code, document.headers["location"]) == (303, f"{DOC}{ending}?lang=it")
    assert client.get("/doc/process/nothing/").status_code == 404


@pytest.mark.parametrize("path", ["/dump/passo.nq.gz", "/static/style.css"])
def test_a_range_that_cannot_be_sent_is_a_problem_document(client, path):
    beyond, malformed = (client.get(path, headers={"Range": f"bytes={each}"}) for each in ("99999999-", "b-a"))
    assert (beyond.status_code, malformed.status_code) == (416, 400)
    assert beyond.headers["content-range"] == f"bytes */{len(client.get(path).content)}"
    for answer in (beyond, malformed):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json()["status"] == answer.status_code


def test_a_range_of_another_unit_is_ignored(client):
    assert client.get("/dump/passo.nq.gz", headers={"Range": "lines=1-2"}).status_code == 200


@pytest.mark.parametrize("path", ["/", DOC, "/nothing", "/sparql", "/dump/passo.nq.gz", "/static/style.css", "/report"])
def test_security_headers_are_on_every_answer(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    scripts = [each for each in headers["content-security-policy"].split("; ") if each.startswith("script-src")]
    assert scripts == (["script-src 'self'"] if path == "/sparql" else [])
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_style_sheet_of_the_report_is_allowed_by_its_hash(client):
    assert "style-src 'self' 'sha256-" in client.get("/report").headers["content-security-policy"]
