"""T8, T9, T18 and T20 where they are no well-formed request: bytes on a socket, slow ones, too many, or of the wrong kind."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from tests.hostile.conftest import NO_BUDGET, cheap_query
from tests.hostile.test_corpus import NOISE
from tests.processes import Server, until

pytestmark = pytest.mark.alone

HEAD_WITHIN = 10.0
BODY_WITHIN = 10.0
"""The seconds in which a request must have come."""

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /sparql HTTP/1.1\r\n" + HOST + b"Content-Type: application/sparql-query\r\n"
DOCUMENT = "/doc/process/xx-0001"


@pytest.fixture(scope="module")
def fortress(serve: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    """As elsewhere, but for results that are large enough to be a burden while nobody reads them."""
    with serve(*NO_BUDGET, "--result", "16", "--deadline", "5") as server:
        yield server


def connect(server: Server, patience: float = 20.0) -> socket.socket:
    parts = urlsplit(server.address)
    return socket.create_connection((parts.hostname, parts.port), timeout=patience)


def exchange(server: Server, *pieces: bytes) -> bytes:
    """What comes back for some bytes until the server closes, or says nothing for a while."""
    with connect(server, 1) as connection:
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
        return received(connection)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes, or is silent for longer than the socket's patience."""
    answer = b""
    with suppress(OSError):
        while piece := connection.recv(65536):
            answer += piece
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def chunked(size: int) -> Iterator[bytes]:
    yield POST + b"Transfer-Encoding: chunked\r\n\r\n"
    for _ in range(size // 10_000):
        yield b"2710\r\n" + b"#" * 10_000 + b"\r\n"


MALFORMED = {
    "a request line of 200 kB": (b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",),
    "headers of 1 MB": (b"GET / HTTP/1.1\r\n" + HOST, *[b"X-Y: " + b"z" * 1000 + b"\r\n"] * 1000, b"\r\n"),
    "ten thousand headers": (b"GET / HTTP/1.1\r\n" + HOST, b"a: b\r\n" * 20_000, b"\r\n"),
    "one header of 30 MB": (b"GET / HTTP/1.1\r\n" + HOST + b"X: ", *[b"z" * 1_000_000] * 30, b"\r\n\r\n"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50,),
    "NUL in the request line": (b"GET /\x00 HTTP/1.1\r\n" + HOST + b"\r\n",),
    "NUL in a header": (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",),
    "a header that is folded": (b"GET / HTTP/1.1\r\n" + HOST + b"X\r\n Y: z\r\n\r\n",),
    "a space before the colon": (b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length : 3\r\n\r\nabc",),
    "two hosts": (b"GET / HTTP/1.1\r\n" + HOST + b"Host: evil.example.org\r\n\r\n",),
    "no host": (b"GET / HTTP/1.1\r\n\r\n",),
    "two lengths": (POST + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {} ",),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\nASK {}",),
    "a length of letters": (POST + b"Content-Length: ten\r\n\r\nASK {}",),
    "a chunk of no size": (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK {}\r\n0\r\n\r\n",),
    "a chunk without end": (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 100,),
    "an unknown coding": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",),
}


@pytest.mark.parametrize("pieces", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request_is_refused_and_the_connection_closed(fortress: Server, pieces: tuple[bytes, ...]) -> None:
    started = time.monotonic()
    answer = exchange(fortress, *pieces)
    assert time.monotonic() - started < 1 + NOISE
    assert status(answer) in (0, 400, 413, 414, 431, 501)
    assert not answer or b"application/problem+json" in answer
    assert b"evil" not in answer
    assert fortress.alive
    assert cheap_query(fortress).status_code == 200


def test_a_body_in_chunks_is_read_no_further_than_the_longest_query(fortress: Server) -> None:
    before = fortress.memory
    assert status(exchange(fortress, *chunked(30_000_000))) in (0, 413)
    assert fortress.memory < before + 30_000_000
    assert status(exchange(fortress, *chunked(300_000))) == 413


def test_a_request_is_not_read_in_two_ways(fortress: Server) -> None:
    """Where length and chunks are both said, what follows the body must not be taken for another request."""
    smuggled = b"GET /evil HTTP/1.1\r\n" + HOST + b"\r\n"
    both = POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
    assert exchange(fortress, both).count(b"HTTP/1.1 ") <= 2
    assert b"HTTP/1.1 200" not in exchange(fortress, both)


def test_an_address_that_names_another_host_is_answered_as_if_it_did_not(fortress: Server) -> None:
    answer = exchange(
        fortress, b"GET http://evil.example.org/id/process/xx-0001 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    )
    assert status(answer) in (303, 400, 404)
    assert b"evil" not in answer


def test_a_client_that_goes_away_takes_its_query_along(fortress: Server) -> None:
    bomb = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with ExitStack() as connections:
        for _ in range(2):
            connection = connections.enter_context(connect(fortress))
            connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(bomb) + bomb)
    until(lambda: cheap_query(fortress).status_code == 200, 3, "an answer")


LARGE = "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 25000"
UNREAD = 20


def ask_and_read_nothing(server: Server) -> socket.socket:
    """A client that asks for some ten megabytes, and takes none of them."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", urlsplit(server.address).port))
    connection.sendall(f"GET /sparql?query={quote(LARGE)} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
    return connection


def test_clients_that_do_not_read_their_answer_are_sent_away(fortress: Server) -> None:
    """What their answers held is free then, whether or not the allocator gives it back at once."""
    before, idle = fortress.memory, open_sockets(fortress)
    with ExitStack() as connections:
        for _ in range(UNREAD):
            connections.enter_context(ask_and_read_nothing(fortress))
        until(lambda: fortress.memory > before + UNREAD * 4_000_000, 15, "the answers wait to be read")
        until(lambda: open_sockets(fortress) <= idle + 2, 25, "the connections are closed")
    assert cheap_query(fortress).status_code == 200


def open_sockets(server: Server) -> int:
    links = Path(f"/proc/{server.pid}/fd").iterdir()
    return sum(str(link.readlink()).startswith("socket:") for link in links if link.is_symlink())


def test_slow_clients_are_sent_away_and_are_in_nobodys_way(fortress: Server) -> None:
    """Three hundred that trickle their headers, and some that trickle a body, at the same time."""
    with ExitStack() as connections:
        heads = [connections.enter_context(connect(fortress)) for _ in range(300)]
        bodies = [connections.enter_context(connect(fortress)) for _ in range(20)]
        for each in heads:
            each.sendall(b"GET / HTTP/1.1\r\n" + HOST)
        for each in bodies:
            each.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        ended = threading.Event()
        trickling = threading.Thread(target=trickle, args=(heads + bodies, ended))
        trickling.start()
        waits = sorted(document_times(fortress, 3.0))
        print(
            f"/doc/ beside {len(heads) + len(bodies)} slow clients: p99 {waits[int(len(waits) * 0.99)] * 1000:.1f} ms"
        )
        assert waits[int(len(waits) * 0.99)] < 0.25
        by = time.monotonic() + HEAD_WITHIN + NOISE
        still_open = [each for each in heads if not closed(each, by)]
        for each in bodies:
            each.settimeout(BODY_WITHIN + NOISE)
        answers = [received(each) for each in bodies]
        ended.set()
        trickling.join()
    assert still_open == []
    assert {status(answer) for answer in answers} == {408}


def trickle(connections: list[socket.socket], ended: threading.Event) -> None:
    while not ended.wait(0.5):
        for each in connections:
            try:
                each.send(b"X")
            except OSError:
                continue


def document_times(server: Server, seconds: float) -> list[float]:
    """How long each of many requests for a document took."""
    waits = []
    last = time.monotonic() + seconds
    with httpx.Client(verify=False) as client:
        while time.monotonic() < last:
            started = time.monotonic()
            assert client.get(server.address + DOCUMENT).status_code == 200
            waits.append(time.monotonic() - started)
            time.sleep(0.02)
    return waits


def closed(connection: socket.socket, by: float) -> bool:
    """Whether the server closes it by then."""
    connection.settimeout(max(0.01, by - time.monotonic()))
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def test_clients_that_go_away_fill_no_log(fortress: Server) -> None:
    for _ in range(20):
        with connect(fortress) as connection:
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\nASK")
    assert cheap_query(fortress).status_code == 200
    time.sleep(0.2)
    log = fortress.log.read_text()
    assert "Traceback" not in log
    assert len(log) < 5_000
