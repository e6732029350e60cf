"""The response cache never mixes representations, and a cached answer equals a new one."""

import httpx
import pytest
from starlette.requests import Request

from passo_lod.media_types import HTML, TURTLE
from passo_lod.web.http.conditional_requests import PreparedResponse, prepare
from passo_lod.web.http.response_cache import RepresentationKey, new_response_cache

DOC = "/doc/process/xx-0001"
HEADERS = [
    {"Accept": "text/turtle"},
    {"Accept": "application/ld+json"},
    {"Accept": "text/html", "Accept-Language": "it"},
    {"Accept": "text/html", "Accept-Language": "en"},
    {"Accept": "text/html;q=0.1, text/turtle"},
    {},
]
PATHS = [
    DOC,
    f"{DOC}.html",
    f"{DOC}.ttl",
    f"{DOC}?lang=en",
    f"{DOC}?lang=it",
    f"{DOC}?lang=en&x=1",
    "/id/process/xx-0001",
    "/onto/cost",
]


def key(name: str) -> RepresentationKey:
    return RepresentationKey(name, TURTLE, ())


def response(size: int) -> PreparedResponse:
    return prepare(b"x" * size, "text/turtle", {})


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def test_media_types_and_languages_have_their_own_entries() -> None:
    cache = new_response_cache()
    cache.put(RepresentationKey("/doc/x?", HTML, ("it", "en")), response(1))
    assert cache.get(RepresentationKey("/doc/x?", HTML, ("en", "it"))) is None
    assert cache.get(RepresentationKey("/doc/x?", TURTLE, ("it", "en"))) is None


def test_a_prepared_response_answers_many_requests_with_200_or_304() -> None:
    prepared = response(5)
    assert prepared.answer(request()).status_code == 200
    for tags in (prepared.etag, f'"other", W/{prepared.etag}', "*"):
        assert prepared.answer(request(if_none_match=tags)).status_code == 304
    assert prepared.answer(request(if_none_match='"other"')).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_cached_response_is_the_one_that_was_prepared(client: httpx.Client, path: str) -> None:
    def answers() -> list[tuple[int, bytes, dict[str, str]]]:
        found = [client.get(path, headers={"Accept": "", "Accept-Language": ""} | headers) for headers in HEADERS]
        return [(each.status_code, each.content, {**each.headers, "date": ""}) for each in found]

    first = answers()
    assert answers() == first
    assert answers() == first
