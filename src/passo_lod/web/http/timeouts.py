"""What a connection may take, in time and in bytes, before it has asked and while it is answered; beyond that it is closed.

Neither the server nor its parser sets such limits: a client that sends a byte now and then would be waited for without end, and one that
does not read would have its answer kept for it. What a request is answered with is not decided here; a proxy in front may have limits of
its own, and is not needed for these.
"""

import json
from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from passo_lod.media_types import PROBLEM
from passo_lod.web.http.headers import NOT_CACHED, SECURITY

HEAD_WITHIN = 10.0
"""The seconds in which the request line and the headers must have come."""
BODY_WITHIN = 12.0
"""The seconds in which the body must have come after them; `sparql` answers 408 a little before."""
LONGEST_HEAD = 80 * 1024
"""A query of the longest size that is read fits in a request line."""
LOOK_EVERY = 10.0
"""The seconds in which a client that is sent an answer must have read some of it."""
SLOWEST = 8 * 1024
"""How much of it in a second."""


class TimeoutProtocol(HttpToolsProtocol):
    """A connection that is waited for, but not for ever."""

    _timer: TimerHandle | None = None
    _in_body = False
    _head = 0
    _looking: TimerHandle | None = None
    _unread = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait(HEAD_WITHIN)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        self._stop_looking()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head of the request has become too long."""
        if not self._in_body:
            self._head += len(data)
            if self._timer is None:
                self._wait(HEAD_WITHIN)
        super().data_received(data)
        if self._head > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(f"The head of a request has at most {LONGEST_HEAD} bytes.")

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong as everything else here says it, and close: no application has seen the request."""
        document = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": msg}
        body = json.dumps(document).encode() + b"\n"
        said = {
            "Content-Type": PROBLEM.name,
            "Content-Length": len(body),
            "Connection": "close",
            **NOT_CACHED,
            **SECURITY,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n".encode() + body)
        self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is there: see that it is one, and wait for the body.

        Raises:
            ValueError: it names no host, or two, or is too long; the server answers 400.
        """
        hosts = sum(name == b"host" for name, _ in self.headers)
        length = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if length > LONGEST_HEAD or hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise ValueError("a request names one host, and has a head of reasonable length")
        self._head, self._in_body = 0, True
        self._wait(BODY_WITHIN)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All is there."""
        self._in_body = False
        self._stop_waiting()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self._close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()

    def pause_writing(self) -> None:
        """The client reads more slowly than is written: see to it that it reads at all."""
        super().pause_writing()
        self._stop_looking()
        self._look_again()

    def resume_writing(self) -> None:
        """It has read nearly all."""
        self._stop_looking()
        super().resume_writing()

    def _look_again(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._looking = self.loop.call_later(LOOK_EVERY, self._look)

    def _look(self) -> None:
        if self._unread - self.transport.get_write_buffer_size() < SLOWEST * LOOK_EVERY:
            self.transport.abort()
        else:
            self._look_again()

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
