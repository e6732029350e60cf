"""Test the choice of media type and language by the headers of the client."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.media_types import GRAPHS, HTML, JSON_LD, N_TRIPLES, RDF_XML, RESULTS, RESULTS_JSON, TURTLE
from passo_lod.web.http.content_negotiation import best, languages, ranked

DOCUMENTS = (*GRAPHS, HTML)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

CHOICES = [
    (None, TURTLE),
    ("", TURTLE),
    ("*/*", TURTLE),
    ("text/*", TURTLE),
    (BROWSER, HTML),
    ("text/html", HTML),
    ("TEXT/HTML", HTML),
    ("application/ld+json", JSON_LD),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted, x"', JSON_LD),
    ("application/json", JSON_LD),
    ("application/rdf+xml", RDF_XML),
    ("application/xml", RDF_XML),
    ("application/n-triples, text/turtle;q=0.9", N_TRIPLES),
    ("application/n-triples;q=0.5, text/turtle;q=0.9", TURTLE),
    ("text/turtle;q=0, */*", JSON_LD),
    ("text/turtle;q=0.1, text/*;q=0.9", HTML),
    ("text/turtle;q=2, text/html", HTML),
    ("image/png", None),
    ("text/turtle;q=0", None),
    ("nonsense", None),
    ("application/pdf, */*;q=0.001", TURTLE),
    ("application/rdf+xml;charset=utf-8", RDF_XML),
]


@pytest.mark.parametrize(("accept", "expected"), CHOICES)
def test_the_best_accepted_type_is_chosen(accept, expected):
    assert best(accept, DOCUMENTS) == expected


def test_json_asks_for_results_in_json():
    assert best("application/json", RESULTS) == RESULTS_JSON


member = st.builds(
    lambda name, weight: name + weight,
    st.sampled_from([*(each.name for each in DOCUMENTS), "*/*", "text/*", "image/png", "x", "", ";;", '"']),
    st.sampled_from(["", ";q=0", ";q=0.5", "; q=1.0", ";q=x", ";level=1"]),
)


@given(st.lists(member).map(",".join) | st.text(max_size=80))
def test_for_any_header_only_offered_types_are_chosen(accept):
    found = ranked(accept, DOCUMENTS)
    assert set(found) <= set(DOCUMENTS)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("accept", "override", "first"),
    [
        (None, None, "it"),
        ("en", None, "en"),
        ("en-GB,en;q=0.9", None, "en"),
        ("de, en;q=0.5, it;q=0.4", None, "en"),
        ("de", None, "it"),
        ("*", None, "it"),
        ("en", "it", "it"),
        ("it", "en", "en"),
        ("en", "xx", "en"),
    ],
)
def test_the_page_is_in_the_preferred_language(accept, override, first):
    ordered = languages(accept, override, ("it", "en"))
    assert ordered[0] == first
    assert sorted(ordered) == ["en", "it"]
