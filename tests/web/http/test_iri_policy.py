"""Test which IRIs have credentials, and that every path becomes a URI."""

import pytest
from pyoxigraph import NamedNode

from passo_lod.web.http.iri_policy import as_uri, has_credentials


@pytest.mark.parametrize(
    "iri",
    ["http://user:pw@host.example/", "https://www.example.org@evil.example/", "HTTP://@host.example", "http://[::1/"],
)
def test_an_iri_with_credentials_is_recognised(iri: str) -> None:
    assert has_credentials(iri)


@pytest.mark.parametrize(
    "iri",
    [
        "http://host.example/@user",
        "https://example.org/?to=a@b",
        "mailto:info@example.org",
        "urn:x:a@b",
        "http://[::1]/",
    ],
)
def test_an_iri_without_credentials_is_recognised(iri: str) -> None:
    assert not has_credentials(iri)


@pytest.mark.parametrize(
    "path", ["%", "a%b", "100%25", "%zz", "\u202e", "\udcff".encode("utf-8", "replace").decode(), "a b"]
)
def test_every_path_becomes_a_uri(path: str) -> None:
    assert NamedNode(as_uri(f"https://example.org/{path}"))
