"""Test that the URL of the endpoint is never taken from a `Host` header, unless the host is local."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.web.endpoints.endpoint_url import local_url


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "localhost:8000", "LOCALHOST", "my-machine"]
)
def test_a_local_host_is_used(host):
    assert local_url("http", host) == f"http://{host.lower()}/sparql"


@pytest.mark.parametrize(
    "host",
    ["", "evil.example.org", "localhost.evil.example", "a b", "x/y", 'x"y', "x:port", "user@localhost", "-x", "x\n"],
)
def test_another_host_is_not_used(host):
    assert local_url("http", host) is None


@given(st.text())
def test_no_accepted_host_could_end_the_url(host):
    address = local_url("http", host)
    assert address is None or not set(address.removeprefix("http://")) & set(" \"'<>?#@\\\r\n\t.") - {"."}


def test_snippets_have_the_local_address_or_the_base(address):
    query = {"query": "ASK {}", "format": "html"}
    assert f"{address}/sparql" in httpx.get(f"{address}/sparql", params=query).text
    elsewhere = httpx.get(f"{address}/sparql", params=query, headers={"Host": "evil.example.org"}).text
    assert "evil" not in elsewhere
    assert "https://data.example.org/passo/sparql" in elsewhere
