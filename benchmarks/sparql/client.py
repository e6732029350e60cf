"""A minimal HTTP client for the measurements, the same for every engine, so that its own cost is small and equal."""

import socket
import time
from dataclasses import dataclass
from urllib.parse import quote

_RECEIVE_BYTES = 256 * 1024
_HEADER_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    """An HTTP response.

    Attributes:
        status: code.
        content_type: value of the header.
        body: all bytes that arrived.
        seconds: from the request to the last byte.
        complete: whether the whole body arrived before the connection ended.
    """

    status: int
    content_type: str
    body: bytes
    seconds: float
    complete: bool = True


class NoReplyError(Exception):
    """No response: there is no connection, or (`late`) the response was not complete in time."""

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


class Client:
    """Sends requests to one server over one persistent connection.

    Args:
        port: of the server, on this machine.
        path: of its SPARQL endpoint.
        source: the address from which the client connects.
        timeout: seconds to wait for a response.
    """

    def __init__(self, port: int, path: str, *, source: str = "127.0.0.1", timeout: float = 60.0) -> None:
        self._port = port
        self._path = path
        self._source = source
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    def query(self, query: str, accept: str) -> Reply:
        """Send a SPARQL query with GET (SPARQL 1.1 Protocol, 2.1.1).

        Raises:
            NoReplyError: there is no response.
        """
        return self.get(f"{self._path}?query={quote(query, safe='')}", accept)

    def post(self, query: str, accept: str) -> Reply:
        """Send a SPARQL query of any length with POST (SPARQL 1.1 Protocol, 2.1.3).

        Raises:
            NoReplyError: there is no response.
        """
        body = query.encode()
        headers = f"Content-Type: application/sparql-query\r\nContent-Length: {len(body)}\r\n"
        return self._exchange(self._request("POST", self._path, accept, headers) + body)

    def get(self, target: str, accept: str = "*/*") -> Reply:
        """Send a GET request.

        Raises:
            NoReplyError: there is no response.
        """
        return self._exchange(self._request("GET", target, accept))

    def _request(self, method: str, target: str, accept: str, headers: str = "") -> bytes:
        lines = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: {accept}\r\n{headers}\r\n"
        return lines.encode()

    def _exchange(self, request: bytes) -> Reply:
        started = time.perf_counter()
        deadline = time.monotonic() + self._timeout
        try:
            status, headers = self._send(request, deadline)
            body, complete = self._body(headers, deadline)
        except OSError as error:
            self.close()
            late = isinstance(error, TimeoutError)
            message = f"none in {self._timeout:g} s" if late else str(error) or type(error).__name__
            raise NoReplyError(message, late=late) from error
        seconds = time.perf_counter() - started
        if not complete or headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(status, headers.get("content-type", ""), body, seconds, complete)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._buffer.clear()

    def _send(self, request: bytes, deadline: float) -> tuple[int, dict[str, str]]:
        """Send the request; again if the server had closed the persistent connection meanwhile."""
        is_reused = self._socket is not None
        try:
            self._connection().sendall(request)
            return self._head(deadline)
        except ConnectionError:
            self.close()
            if not is_reused:
                raise
        self._connection().sendall(request)
        return self._head(deadline)

    def _connection(self) -> socket.socket:
        if self._socket is None:
            address = ("127.0.0.1", self._port)
            self._socket = socket.create_connection(address, self._timeout, (self._source, 0))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(self._timeout)
        return self._socket

    def _head(self, deadline: float) -> tuple[int, dict[str, str]]:
        while (end := self._buffer.find(_HEADER_END)) < 0:
            if not self._receive(deadline):
                raise ConnectionResetError("the server closed the connection")
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + len(_HEADER_END)]
        pairs = (line.partition(":") for line in lines[1:])
        return int(lines[0].split(" ", 2)[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def _body(self, headers: dict[str, str], deadline: float) -> tuple[bytes, bool]:
        try:
            if headers.get("transfer-encoding", "").lower() == "chunked":
                return self._chunks(deadline)
            return self._read(int(headers.get("content-length", "0")), deadline), True
        except ConnectionError:
            return bytes(self._buffer), False

    def _chunks(self, deadline: float) -> tuple[bytes, bool]:
        body = bytearray()
        try:
            while size := int(self._line(deadline), 16):
                body += self._read(size, deadline)
                self._line(deadline)
            self._line(deadline)
        except ConnectionError:
            return bytes(body), False
        return bytes(body), True

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if not self._receive(deadline):
                raise ConnectionResetError("the body is cut off")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _read(self, size: int, deadline: float) -> bytes:
        while len(self._buffer) < size:
            if not self._receive(deadline):
                raise ConnectionResetError("the body is cut off")
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _receive(self, deadline: float) -> bool:
        if self._socket is None or time.monotonic() > deadline:
            raise TimeoutError
        data = self._socket.recv(_RECEIVE_BYTES)
        self._buffer += data
        return bool(data)
