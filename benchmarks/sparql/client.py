"""The client that measures: as little of its own as can be, and the same for every engine."""

import socket
import time
from dataclasses import dataclass
from urllib.parse import quote

_PIECE = 256 * 1024
_HEAD_ENDS = b"\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    """What came back; `whole` is false where the connection ended before the body did."""

    status: int
    content_type: str
    body: bytes
    seconds: float
    whole: bool = True


class NoReplyError(Exception):
    """Nothing came back: no connection, or, where it is late, no whole reply in time."""

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


class Client:
    """Asks one server over one connection that is kept; each client may come from an address of its own."""

    def __init__(self, port: int, path: str, *, source: str = "127.0.0.1", patience: float = 60.0) -> None:
        self._port = port
        self._path = path
        self._source = source
        self._patience = patience
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    def ask(self, query: str, accept: str) -> Reply:
        """The reply to a SPARQL query, sent as the protocol's GET.

        Raises:
            NoReplyError: there is none.
        """
        return self.get(f"{self._path}?query={quote(query, safe='')}", accept)

    def post(self, query: str, accept: str) -> Reply:
        """The reply to a SPARQL query of any length, sent as the protocol's direct POST.

        Raises:
            NoReplyError: there is none.
        """
        body = query.encode()
        said = f"Content-Type: application/sparql-query\r\nContent-Length: {len(body)}\r\n"
        return self._exchange(self._request("POST", self._path, accept, said) + body)

    def get(self, target: str, accept: str = "*/*") -> Reply:
        """The reply to a GET.

        Raises:
            NoReplyError: there is none.
        """
        return self._exchange(self._request("GET", target, accept))

    def _request(self, method: str, target: str, accept: str, more: str = "") -> bytes:
        lines = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: {accept}\r\n{more}\r\n"
        return lines.encode()

    def _exchange(self, request: bytes) -> Reply:
        started = time.perf_counter()
        until = time.monotonic() + self._patience
        try:
            status, headers = self._send(request, until)
            body, whole = self._body(headers, until)
        except OSError as error:
            self.close()
            late = isinstance(error, TimeoutError)
            message = f"none in {self._patience:g} s" if late else str(error) or type(error).__name__
            raise NoReplyError(message, late=late) from error
        seconds = time.perf_counter() - started
        if not whole or headers.get("connection", "").lower() == "close":
            self.close()
        return Reply(status, headers.get("content-type", ""), body, seconds, whole)

    def close(self) -> None:
        """Let the connection go."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._buffer.clear()

    def _send(self, request: bytes, until: float) -> tuple[int, dict[str, str]]:
        """Send the request; once more where the server had closed the kept connection meanwhile."""
        kept = self._socket is not None
        try:
            self._connection().sendall(request)
            return self._head(until)
        except ConnectionError:
            self.close()
            if not kept:
                raise
        self._connection().sendall(request)
        return self._head(until)

    def _connection(self) -> socket.socket:
        if self._socket is None:
            address = ("127.0.0.1", self._port)
            self._socket = socket.create_connection(address, self._patience, (self._source, 0))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(self._patience)
        return self._socket

    def _head(self, until: float) -> tuple[int, dict[str, str]]:
        while (end := self._buffer.find(_HEAD_ENDS)) < 0:
            if not self._more(until):
                raise ConnectionResetError("the server closed the connection")
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + len(_HEAD_ENDS)]
        pairs = (line.partition(":") for line in lines[1:])
        return int(lines[0].split(" ", 2)[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def _body(self, headers: dict[str, str], until: float) -> tuple[bytes, bool]:
        try:
            if headers.get("transfer-encoding", "").lower() == "chunked":
                return self._chunks(until)
            return self._take(int(headers.get("content-length", "0")), until), True
        except ConnectionError:
            return bytes(self._buffer), False

    def _chunks(self, until: float) -> tuple[bytes, bool]:
        body = bytearray()
        try:
            while size := int(self._line(until), 16):
                body += self._take(size, until)
                self._line(until)
            self._line(until)
        except ConnectionError:
            return bytes(body), False
        return bytes(body), True

    def _line(self, until: float) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if not self._more(until):
                raise ConnectionResetError("the body is cut off")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, size: int, until: float) -> bytes:
        while len(self._buffer) < size:
            if not self._more(until):
                raise ConnectionResetError("the body is cut off")
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _more(self, until: float) -> bool:
        if self._socket is None or time.monotonic() > until:
            raise TimeoutError
        piece = self._socket.recv(_PIECE)
        self._buffer += piece
        return bool(piece)
