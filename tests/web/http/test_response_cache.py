"""Test that the response cache keeps within its bytes, evicts the least recently used, and never mixes representations."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from passo_lod.media_types import HTML, TURTLE
from passo_lod.web.http.conditional_requests import PreparedResponse, prepare
from passo_lod.web.http.response_cache import RepresentationKey, ResponseCache

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


def test_the_least_recently_used_response_is_evicted() -> None:
    cache = ResponseCache(capacity=10_000)
    for name in ("a", "b"):
        cache.put(key(name), response(3_000))
    assert cache.get(key("a")) is not None
    cache.put(key("c"), response(3_000))
    assert [name for name in "abc" if cache.get(key(name))] == ["a", "c"]


def test_a_response_that_is_too_large_is_not_cached() -> None:
    cache = ResponseCache(capacity=10_000, largest=1_000)
    cache.put(key("a"), response(1_001))
    assert cache.get(key("a")) is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 5_000)), max_size=40))
def test_for_any_responses_the_cache_is_within_its_capacity(puts: list[tuple[str, int]]) -> None:
    cache = ResponseCache(capacity=12_000)
    for name, size in puts:
        cache.put(key(name), response(size))
        cached = [found for name in "abcdefgh" if (found := cache.get(key(name)))]
        assert sum(found.size for found in cached) <= 12_000


def test_media_types_and_languages_have_their_own_entries() -> None:
    cache = ResponseCache()
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
