"""T8, T9, T18 and T20 with requests that no HTTP client sends: malformed, slow, too long, or abandoned."""

import json
import re
import resource
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

pytestmark = pytest.mark.exclusive

HEAD_TIMEOUT = 10.0
BODY_TIMEOUT = 10.0
"""Seconds after which the server closes a connection whose request is incomplete."""

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /sparql HTTP/1.1\r\n" + HOST + b"Content-Type: application/sparql-query\r\n"
DOCUMENT = "/doc/process/xx-0001"


@pytest.fixture(scope="module")
def attacked_server(serve: Callable[..., AbstractContextManager[Server]]) -> Iterator[Server]:
    """A server that allows results large enough to occupy memory while nobody reads them."""
    with serve(*NO_BUDGET, "--result", "16", "--deadline", "5") as server:
        yield server


def connect(server: Server, timeout: float = 20.0, client: str = "127.0.0.1") -> socket.socket:
    """Connect from an address of this computer, which is the client that the connection is counted for."""
    parts = urlsplit(server.address)
    return socket.create_connection((parts.hostname, parts.port), timeout=timeout, source_address=(client, 0))


def exchange(server: Server, *pieces: bytes) -> bytes:
    """Send bytes and return the response, until the server closes the connection or is silent for a second."""
    with connect(server, 1) as connection:
        with suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
        return received(connection)


def received(connection: socket.socket) -> bytes:
    """All bytes until the server closes the connection, or is silent for longer than the timeout of the socket."""
    answer = b""
    with suppress(OSError):
        while piece := connection.recv(65536):
            answer += piece
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def check_problem(answer: bytes) -> None:
    """A refusal is a problem document that pages of other origins can read."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"access-control-allow-origin: *" in head.lower()
    assert b"date: " in head.lower()
    assert json.loads(body)["status"] == status(answer)


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
def test_a_malformed_request_is_refused_and_the_connection_closed(
    attacked_server: Server, pieces: tuple[bytes, ...]
) -> None:
    started = time.monotonic()
    answer = exchange(attacked_server, *pieces)
    assert time.monotonic() - started < 1 + NOISE
    assert status(answer) in (400, 413, 414, 431, 501)
    check_problem(answer)
    assert b"evil" not in answer
    assert attacked_server.alive
    assert cheap_query(attacked_server).status_code == 200


REFUSALS = {
    "an address of 66 kB": (b"GET /sparql?query=" + b"x" * 66_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, b"POST"),
    "an address of 1 MB": (b"GET /sparql?query=" + b"x" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, b"POST"),
    "headers of 100 kB": (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"z" * 100_000 + b"\r\n\r\n", 431, b"81920"),
    "two hosts": (b"GET / HTTP/1.1\r\n" + HOST * 2 + b"\r\n", 400, b"this one has 2"),
    "no path": (b"GET http://127.0.0.1 HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"RFC 9112"),
    "no path behind a query": (b"GET http://127.0.0.1?a HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"RFC 9112"),
    "letters beyond ASCII": (b"GET /\xc3\xa0 HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"RFC 9112"),
    "a tunnel": (b"CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"RFC 9112"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01" * 20 + b"\r\n\r\n", 400, b"RFC 9112"),
    "a control character in the path": (b"GET /doc/a%0Bb HTTP/1.1\r\n" + HOST + b"\r\n", 400, b"control character"),
}


@pytest.mark.parametrize(("request_", "expected", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_is_wrong(attacked_server: Server, request_: bytes, expected: int, words: bytes) -> None:
    logged = len(attacked_server.log.read_text().splitlines())
    answer = exchange(attacked_server, request_)
    assert status(answer) == expected
    assert words in answer
    check_problem(answer)
    lines = attacked_server.log.read_text().splitlines()[logged:]
    assert len(lines) == 1
    assert len(lines[0]) < 80


def test_a_refusal_of_head_has_no_body(attacked_server: Server) -> None:
    answer = exchange(attacked_server, b"HEAD /%01 HTTP/1.1\r\n" + HOST + b"\r\n")
    assert status(answer) == 400
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_upgrade_is_not_made_and_costs_a_line_of_the_log(attacked_server: Server, protocol: bytes) -> None:
    logged = len(attacked_server.log.read_text().splitlines())
    upgrade = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n"
    answer = exchange(attacked_server, upgrade + HEALTH * 3)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert status(answer) == 200
    assert attacked_server.log.read_text().splitlines()[logged:] == ["WARNING:  Unsupported upgrade request."]


HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
QUERY = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\n" + HOST + b"\r\n"


def test_a_malformed_request_is_answered_after_those_before_it(attacked_server: Server) -> None:
    """Else its refusal would be read as the answer to the first one, or within it."""
    for bad in (b"NONSENSE\r\n\r\n", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"):
        answer = exchange(attacked_server, QUERY + HEALTH + bad)
        assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [
            b"200",
            b"200",
            b"400",
        ]
        assert answer.index(b"boolean") < answer.index(b"ok\n") < answer.index(b"RFC 9112")


def test_few_requests_of_a_connection_wait_for_an_answer(attacked_server: Server) -> None:
    before = attacked_server.memory
    answer = exchange(attacked_server, HEALTH * 50_000)
    statuses = re.findall(rb"HTTP/1\.1 (\d+)", answer)
    assert statuses == [b"200"] * 17 + [b"429"]
    assert attacked_server.memory < before + 20_000_000
    assert exchange(attacked_server, HEALTH * 17).count(b"HTTP/1.1 200") == 17


def test_a_client_that_begins_a_head_reads_408(attacked_server: Server) -> None:
    with connect(attacked_server, HEAD_TIMEOUT + NOISE) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        answer = received(connection)
    assert status(answer) == 408
    check_problem(answer)


PER_CLIENT = 256
"""Connections that one client may have open (docs/sparql.md)."""


@pytest.fixture
def low_soft_limit() -> Iterator[None]:
    """Programs that are started meanwhile begin with a soft limit of 1,024 open files, as most systems set it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_1100_silent_connections_shut_nobody_out(
    low_soft_limit: None, serve: Callable[..., AbstractContextManager[Server]]
) -> None:
    with serve() as server, ExitStack() as connections:
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        for number in range(1100):
            connections.enter_context(connect(server, client=f"127.0.1.{1 + number % 5}"))
        assert max(document_times(server, 1.0)) < 1


def test_one_client_cannot_have_more_connections_than_its_share(
    serve: Callable[..., AbstractContextManager[Server]],
) -> None:
    with serve() as server, ExitStack() as connections:
        many = [connections.enter_context(connect(server, client="127.0.0.9")) for _ in range(PER_CLIENT + 10)]
        answers = [received(each) for each in many[PER_CLIENT:]]
        assert {status(answer) for answer in answers} == {503}
        check_problem(answers[0])
        assert b"Retry-After: 10" in answers[0]
        assert max(document_times(server, 0.5)) < 1
        many[0].sendall(HEALTH)
        assert b"200 OK" in many[0].recv(4096)
        for each in many:
            each.close()
        until(lambda: status(exchange_from("127.0.0.9", server)) == 200, 3, "closed connections are counted no longer")


def exchange_from(client: str, server: Server) -> bytes:
    with connect(server, 0.2, client) as connection:
        connection.sendall(HEALTH)
        return received(connection)


def test_a_trusted_proxy_may_have_more_connections(serve: Callable[..., AbstractContextManager[Server]]) -> None:
    with serve("--proxy", "127.0.0.8/32") as server, ExitStack() as connections:
        many = [connections.enter_context(connect(server, client="127.0.0.8")) for _ in range(PER_CLIENT + 10)]
        many[-1].sendall(HEALTH)
        assert b"200 OK" in many[-1].recv(4096)


def test_a_chunked_body_is_read_up_to_the_longest_query(attacked_server: Server) -> None:
    before = attacked_server.memory
    assert status(exchange(attacked_server, *chunked(30_000_000))) in (0, 413)
    assert attacked_server.memory < before + 30_000_000
    assert status(exchange(attacked_server, *chunked(300_000))) == 413


def test_a_request_with_length_and_chunks_smuggles_no_second_request(attacked_server: Server) -> None:
    """The bytes after the body must not be answered as a request of their own (RFC 9112, 6.1)."""
    smuggled = b"GET /evil HTTP/1.1\r\n" + HOST + b"\r\n"
    both = POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
    assert exchange(attacked_server, both).count(b"HTTP/1.1 ") <= 2
    assert b"HTTP/1.1 200" not in exchange(attacked_server, both)


def test_another_host_in_the_request_target_is_not_repeated(attacked_server: Server) -> None:
    answer = exchange(
        attacked_server,
        b"GET http://evil.example.org/id/process/xx-0001 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    )
    assert status(answer) in (303, 400, 404)
    assert b"evil" not in answer


def test_the_queries_of_a_client_that_disconnects_are_stopped(attacked_server: Server) -> None:
    bomb = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with ExitStack() as connections:
        for _ in range(2):
            connection = connections.enter_context(connect(attacked_server))
            connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(bomb) + bomb)
    until(lambda: cheap_query(attacked_server).status_code == 200, 3, "an answer")


LARGE = "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 25000"
UNREAD = 20


def request_without_reading(server: Server, client: str) -> socket.socket:
    """Request some ten megabytes from an address of this computer, and read nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.bind((client, 0))
    connection.connect(("127.0.0.1", urlsplit(server.address).port))
    connection.sendall(f"GET /sparql?query={quote(LARGE)} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
    return connection


def test_clients_that_do_not_read_their_response_are_disconnected(attacked_server: Server) -> None:
    """The memory of their responses is free then, although the allocator may not return it to the system at once."""
    before, idle = attacked_server.memory, open_sockets(attacked_server)
    with ExitStack() as connections:
        for number in range(UNREAD):
            connections.enter_context(request_without_reading(attacked_server, f"127.0.2.{number + 1}"))
        until(lambda: attacked_server.memory > before + UNREAD * 4_000_000, 15, "the responses are in memory")
        until(lambda: open_sockets(attacked_server) <= idle + 2, 25, "the connections are closed")
    assert cheap_query(attacked_server).status_code == 200


def open_sockets(server: Server) -> int:
    links = Path(f"/proc/{server.pid}/fd").iterdir()
    return sum(str(link.readlink()).startswith("socket:") for link in links if link.is_symlink())


def test_slow_clients_are_disconnected_and_do_not_delay_others(attacked_server: Server) -> None:
    """Three hundred clients send their headers slowly, and twenty a body."""
    with ExitStack() as connections:
        clients = ["127.0.0.2", "127.0.0.3"] * 150
        heads = [connections.enter_context(connect(attacked_server, client=client)) for client in clients]
        bodies = [connections.enter_context(connect(attacked_server)) for _ in range(20)]
        for each in heads:
            each.sendall(b"GET / HTTP/1.1\r\n" + HOST)
        for each in bodies:
            each.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        ended = threading.Event()
        trickling = threading.Thread(target=trickle, args=(heads + bodies, ended))
        trickling.start()
        waits = sorted(document_times(attacked_server, 3.0))
        print(
            f"/doc/ beside {len(heads) + len(bodies)} slow clients: p99 {waits[int(len(waits) * 0.99)] * 1000:.1f} ms"
        )
        assert waits[int(len(waits) * 0.99)] < 0.25
        by = time.monotonic() + HEAD_TIMEOUT + NOISE
        still_open = [each for each in heads if not closed(each, by)]
        for each in bodies:
            each.settimeout(BODY_TIMEOUT + NOISE)
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
    """Seconds until each of many responses with a document, for a number of seconds."""
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
    """Whether the server closes the connection before a time."""
    connection.settimeout(max(0.01, by - time.monotonic()))
    try:
        while connection.recv(4096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def test_clients_that_disconnect_write_nothing_to_the_log(attacked_server: Server) -> None:
    for _ in range(20):
        with connect(attacked_server) as connection:
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\nASK")
    assert cheap_query(attacked_server).status_code == 200
    time.sleep(0.2)
    log = attacked_server.log.read_text()
    assert "Traceback" not in log
    assert len(log) < 5_000
