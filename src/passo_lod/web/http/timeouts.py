"""Refuse requests that are too slow, too long or malformed, and connections beyond the limits: the server (uvicorn) has no such limits.

With these limits no proxy is needed in front; a proxy may set stricter ones.
"""

import json
import re
from asyncio import TimerHandle, Transport
from collections.abc import Mapping
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from passo_lod.media_types import PROBLEM
from passo_lod.store.query_checks import MAX_CHARACTERS
from passo_lod.web.http.connection_limits import ConnectionLimits
from passo_lod.web.http.headers import CORS, NOT_CACHED, SECURITY

HEAD_TIMEOUT = 10.0
"""Seconds until the request line and the headers must be complete."""
BODY_TIMEOUT = 12.0
"""Seconds until the body must be complete; `/sparql` answers 408 shortly before."""
LONGEST_ADDRESS = 65_535
"""Bytes of the request target; httptools parses no longer one."""
LONGEST_HEAD = 80 * 1024
"""Bytes of the request line and the headers."""
LONGEST_BODY = 4 * MAX_CHARACTERS
"""Bytes of a posted query; UTF-8 has at most four for each character."""
MOST_PIPELINED = 16
"""Requests of a connection that may wait for the answer to an earlier one (RFC 9112, 9.3.2)."""
CHECK_EVERY = 10.0
"""Seconds between two checks that the client reads the response."""
LEAST_RATE = 8 * 1024
"""Bytes per second that the client must read."""
LINGER = 2.0
"""Seconds for which the server discards what a refused client still sends, so that it can read the refusal (RFC 9112, 9.6)."""

_SEPARATORS = len(": \r\n")
"""Bytes of a header line beside its name and value."""
_CONTROL_CHARACTER = re.compile(rb"%(?:[01][0-9a-f]|7f|c2%[89][0-9a-f])", re.IGNORECASE)
"""A percent-encoded control character (Unicode category Cc); the parser refuses all others."""


class TimeoutProtocol(HttpToolsProtocol):
    """The HTTP protocol of uvicorn with limits of time, size and number. A refusal is a problem document (RFC 9457).

    Attributes:
        connection_limits: counts the connections.
    """

    connection_limits = ConnectionLimits()

    _is_admitted = False
    _ignores_input = False
    _unanswered = 0
    _timer: TimerHandle | None = None
    _is_in_body = False
    _head_size = 0
    _rate_timer: TimerHandle | None = None
    _unread = 0
    _refusal: tuple[int, str] | None = None
    """The status and the detail of the problem document that ends the connection."""

    # -- connections

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start the timer of the first head, or refuse the connection."""
        super().connection_made(transport)
        excess = self.connection_limits.admit(self._address)
        self._is_admitted = excess is None
        if excess is None:
            self._start_timer(HEAD_TIMEOUT)
        else:
            self._ignores_input = True
            self._write_problem(503, excess, {"Retry-After": f"{HEAD_TIMEOUT:.0f}"})
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers, and count the connection no longer."""
        if self._is_admitted:
            self.connection_limits.release(self._address)
        self._cancel_timer()
        self._cancel_rate_timer()
        super().connection_lost(exc)

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    # -- requests

    def data_received(self, data: bytes) -> None:
        """Parse data, unless the last request has come; answer 431 if a head is too long."""
        if self._ignores_input:
            return
        if not self._is_in_body:
            self._head_size += len(data)
            if self._timer is None:
                self._start_timer(HEAD_TIMEOUT)
        super().data_received(data)
        if self._head_size > LONGEST_HEAD and self._refusal is None:
            self._refuse(431, f"the head of a request has at most {LONGEST_HEAD} bytes")
            self.send_400_response("")

    def on_url(self, url: bytes) -> None:
        """Add a piece of the request target.

        Raises:
            ValueError: it is too long.
        """
        super().on_url(url)
        if len(self.url) > LONGEST_ADDRESS:
            self._refuse(
                414, f"an address has at most {LONGEST_ADDRESS} bytes; send a longer query by POST, in the body"
            )
            raise ValueError

    def on_headers_complete(self) -> None:
        """Check the head and start the timer of the body.

        Raises:
            ValueError: the request is refused.
        """
        self._check_head()
        if self._refusal is not None:
            raise ValueError
        super().on_headers_complete()
        self._unanswered += 1
        self._head_size, self._is_in_body = 0, True
        self._start_timer(BODY_TIMEOUT)

    def _check_head(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        length = len(self.url) + sum(len(name) + len(value) + _SEPARATORS for name, value in self.headers)
        if length > LONGEST_HEAD:
            self._refuse(431, f"the head of a request has at most {LONGEST_HEAD} bytes")
        elif hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            self._refuse(400, f"a request has one Host header (RFC 9112, 3.2); this one has {hosts}")
        elif _CONTROL_CHARACTER.search(self.url.partition(b"?")[0]):
            self._refuse(400, "the path has a percent-encoded control character; no path here has one")
        elif len(self.pipeline) >= MOST_PIPELINED:
            self._refuse(429, f"at most {MOST_PIPELINED} requests may wait on a connection; read the answers first")

    def on_message_complete(self) -> None:
        """Cancel the timer: the request is complete."""
        self._is_in_body = False
        self._cancel_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the next request that waits, or send the refusal that waits behind the last."""
        self._unanswered -= 1
        super().on_response_complete()
        if self._refusal is not None and not self._unanswered:
            self._send_refusal(*self._refusal)

    # -- refusals

    def _refuse(self, status: int, detail: str) -> tuple[int, str]:
        """Decide how the connection ends, if that is not decided yet."""
        self._refusal = self._refusal or (status, detail)
        return self._refusal

    def send_400_response(self, msg: str) -> None:
        """Refuse the request that is being parsed, after the answers to those before it, and close the connection."""
        refusal = self._refuse(400, "the request is not HTTP/1.1 as RFC 9112 defines it")
        self._ignores_input = True
        self._cancel_timer()
        if self._is_in_body and self.cycle.response_started:
            self.transport.close()
            return
        if self._is_in_body:
            self._abandon_request()
        if not self._unanswered:
            self._send_refusal(*refusal)

    def _abandon_request(self) -> None:
        """Forget the last request, whose body is malformed: the application gets no more of it, and cannot answer it."""
        self._unanswered -= 1
        if self.pipeline:
            self.pipeline.popleft()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _send_refusal(self, status: int, detail: str) -> None:
        """Send the refusal, then discard what the client still sends until it closes the connection, for a while."""
        if self.transport.is_closing():
            return
        self._write_problem(status, detail)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._start_timer(LINGER)

    def _write_problem(self, status: int, detail: str, more: Mapping[str, str] | None = None) -> None:
        title = HTTPStatus(status).phrase
        document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        body = json.dumps(document).encode() + b"\n"
        headers = {
            **{name.decode(): value.decode() for name, value in self.server_state.default_headers},
            "Content-Type": PROBLEM.name,
            "Content-Length": str(len(body)),
            "Connection": "close",
            **NOT_CACHED,
            **SECURITY,
            **CORS,
            **(more or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        is_head = self.parser.get_method() == b"HEAD"
        self.transport.write(f"HTTP/1.1 {status} {title}\r\n{head}\r\n".encode() + (b"" if is_head else body))

    def _unsupported_upgrade_warning(self) -> None:
        """Log a line; the request is answered as if it did not ask for an upgrade (RFC 9110, 7.8), and is the last one."""
        self.logger.warning("Unsupported upgrade request.")
        self._ignores_input = True
        self.cycle.keep_alive = False

    # -- timers

    def _start_timer(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = self.loop.call_later(seconds, self._close)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        """Close the connection at the end of a timer; a client that has begun a head reads why."""
        self._timer = None
        if self.transport.is_closing():
            return
        if self._head_size and not self._ignores_input and not self._unanswered:
            self._write_problem(408, f"the head of a request must be complete within {HEAD_TIMEOUT:g} seconds")
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


def limited_protocol(limits: ConnectionLimits) -> type[TimeoutProtocol]:
    """The protocol with these limits of connections, as a class, which is what uvicorn takes."""

    class LimitedProtocol(TimeoutProtocol):
        connection_limits = limits

    return LimitedProtocol
