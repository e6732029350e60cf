"""Every route answers every hostile path segment with a problem document or a page of its own, never with an error of the server."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.routing import Mount

from passo_lod.web.app import ROUTES

SEGMENTS = [
    *("%25", "%", "%zz", "a%b", "%2525", "%25%32%35", "%%", "%u0041"),
    *("%00", "%01", "%0a", "%0d%0aX-Injected:%20yes", "%1b[31m", "%7f", "%c2%85", "%e2%80%a8"),
    *("%ff", "%fe%ff", "%c0%af", "%ed%a0%80", "%ed%b0%80", "%f4%90%80%80", "%ef%bf%bf", "%f0%9f%92%a3"),
    *(
        "..",
        "%2e%2e",
        "../..",
        "..%2f..",
        "%252e%252e%252f",
        "..%5c..",
        "%5c%5cevil.example",
        "/evil.example",
        "%2f%2fevil",
    ),
    *(".", "", " ".replace(" ", "%20"), "%09", ";a=b", "a;b", "a:b", "http:%2f%2fevil.example", "javascript:alert(1)"),
    *(
        "[",
        "]",
        "%5b",
        "%5d",
        "{x}",
        "%7b%7d",
        "<x>",
        "%3cx%3e",
        "%22",
        "'",
        "|",
        "^",
        "`",
        "\\",
        "*",
        "$",
        "!",
        "~",
        "@",
        "+",
    ),
    *("e\u0300", "\u00e0", "\u202e", "\ud800"),
    *("a" * 5_000, "%20" * 5_000, "/" * 5_000, "a/" * 3_000, "." * 5_000, "%e2%82%ac" * 3_000),
    *(
        "-1",
        "0",
        "NaN",
        "1e999",
        "9" * 4_000,
        "None",
        "null",
        "__proto__",
        "xx-0001.ttl.ttl",
        "xx-0001.",
        ".ttl",
        ".html",
    ),
]


def prefixes() -> Iterator[str]:
    """The fixed beginning of each route."""
    for route in ROUTES:
        path = route.path if isinstance(route, Mount) else getattr(route, "path", "/")
        yield path.partition("{")[0].rstrip("/") + "/"


PREFIXES = sorted({*prefixes(), "/sparql/", "/doc/process/", "/id/process/", "/feed.", "/catalog.", "/dataset/all-"})


def answers(address: str, targets: list[bytes], accept: bytes = b"*/*") -> list[bytes]:
    """The response to each request target, sent as it is on one connection for each."""
    parts = urlsplit(address)
    return [_answer((str(parts.hostname), int(parts.port or 80)), target, accept) for target in targets]


def _answer(host: tuple[str, int], target: bytes, accept: bytes) -> bytes:
    with socket.create_connection(host, timeout=20) as connection:
        connection.sendall(
            b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: " + accept + b"\r\n\r\n"
        )
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_path_is_an_error_of_the_server(address: str, prefix: str) -> None:
    targets = [(prefix + segment).encode("utf-8", "surrogatepass") for segment in SEGMENTS]
    for target, answer in zip(targets, answers(address, targets), strict=True):
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        assert status < 500, target
        assert b"X-Injected" not in head, target
        assert b"evil" not in head, target
        if status >= 400:
            assert b"application/problem+json" in head, target
            assert b"access-control-allow-origin: *" in head.lower(), target
            assert body.startswith(b'{"type"'), target


@pytest.mark.parametrize("prefix", ["/", "/id/", "/doc/process/", "/onto/", "/dataset/", "/catalog.", "/static/"])
def test_no_path_is_an_error_on_a_page(address: str, prefix: str) -> None:
    """The page of a problem has the path in its links to other languages."""
    targets = [(prefix + segment).encode("utf-8", "surrogatepass") for segment in SEGMENTS]
    for target, answer in zip(targets, answers(address, targets, b"text/html"), strict=True):
        assert int(answer.split(b" ", 2)[1]) < 500, target
        assert b"<x>" not in answer, target


@pytest.mark.parametrize("segment", ["%00", "a%0ab", "%1F", "%7f", "%C2%85"])
def test_a_control_character_in_a_path_is_400(address: str, segment: str) -> None:
    (answer,) = answers(address, [f"/doc/{segment}".encode()])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"percent-encoded control character" in answer


@pytest.mark.parametrize("path", ["/onto/%25", "/alignment/%25", "/controlled-vocabulary/%25", "/onto/a%25b"])
def test_a_stray_percent_sign_is_404(address: str, path: str) -> None:
    (answer,) = answers(address, [path.encode()])
    assert answer.startswith(b"HTTP/1.1 404 ")
