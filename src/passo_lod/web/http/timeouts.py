"""Close connections that send or read too slowly, or send too long a head: the server (uvicorn) has no such limits.

With these limits no proxy is needed in front; a proxy may set stricter ones.
"""

import json
from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from passo_lod.media_types import PROBLEM
from passo_lod.web.http.headers import NOT_CACHED, SECURITY

HEAD_TIMEOUT = 10.0
"""Seconds until the request line and the headers must be complete."""
BODY_TIMEOUT = 12.0
"""Seconds until the body must be complete; `/sparql` answers 408 shortly before."""
LONGEST_HEAD = 80 * 1024
"""Bytes: enough for a GET with the longest query that is accepted."""
CHECK_EVERY = 10.0
"""Seconds between two checks that the client reads the response."""
LEAST_RATE = 8 * 1024
"""Bytes per second that the client must read."""

_SEPARATORS = len(": \r\n")
"""Bytes of a header line beside its name and value."""


class TimeoutProtocol(HttpToolsProtocol):
    """The HTTP protocol of uvicorn with limits of time and size."""

    _timer: TimerHandle | None = None
    _is_in_body = False
    _head_size = 0
    _rate_timer: TimerHandle | None = None
    _unread = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start the timer of the first head."""
        super().connection_made(transport)
        self._start_timer(HEAD_TIMEOUT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self._cancel_timer()
        self._cancel_rate_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data; answer 400 if the head of the request is too long."""
        if not self._is_in_body:
            self._head_size += len(data)
            if self._timer is None:
                self._start_timer(HEAD_TIMEOUT)
        super().data_received(data)
        if self._head_size > LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(f"The head of a request has at most {LONGEST_HEAD} bytes.")

    def send_400_response(self, msg: str) -> None:
        """Send a problem document and close: the request does not reach the application."""
        document = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": msg}
        body = json.dumps(document).encode() + b"\n"
        headers = {
            "Content-Type": PROBLEM.name,
            "Content-Length": len(body),
            "Connection": "close",
            **NOT_CACHED,
            **SECURITY,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n".encode() + body)
        self.transport.close()

    def on_headers_complete(self) -> None:
        """Check the head and start the timer of the body.

        Raises:
            ValueError: the head names no host or two (RFC 9112, 3.2), or is too long; uvicorn answers 400.
        """
        hosts = sum(name == b"host" for name, _ in self.headers)
        length = len(self.url) + sum(len(name) + len(value) + _SEPARATORS for name, value in self.headers)
        if length > LONGEST_HEAD or hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise ValueError("a request names one host, and has a head of reasonable length")
        self._head_size, self._is_in_body = 0, True
        self._start_timer(BODY_TIMEOUT)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Cancel the timer: the request is complete."""
        self._is_in_body = False
        self._cancel_timer()
        super().on_message_complete()

    def _start_timer(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = self.loop.call_later(seconds, self._close)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self.transport.close()

    def pause_writing(self) -> None:
        """Start to check the client's rate: it reads more slowly than the server writes."""
        super().pause_writing()
        self._cancel_rate_timer()
        self._start_rate_timer()

    def resume_writing(self) -> None:
        """Stop the checks: the client has read nearly everything."""
        self._cancel_rate_timer()
        super().resume_writing()

    def _start_rate_timer(self) -> None:
        self._unread = self.transport.get_write_buffer_size()
        self._rate_timer = self.loop.call_later(CHECK_EVERY, self._check_rate)

    def _check_rate(self) -> None:
        if self._unread - self.transport.get_write_buffer_size() < LEAST_RATE * CHECK_EVERY:
            self.transport.abort()
        else:
            self._start_rate_timer()

    def _cancel_rate_timer(self) -> None:
        if self._rate_timer is not None:
            self._rate_timer.cancel()
            self._rate_timer = None
