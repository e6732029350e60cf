"""Send a file or ranges of it (RFC 9110, 14), with an error that the handlers of the application answer."""

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.types import Message, Receive, Scope, Send


class RangeResponse(FileResponse):
    """A file; the answer to a `Range` that it cannot satisfy is an exception, not a response in plain text."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file or ranges of it.

        Raises:
            HTTPException: 416 for ranges beyond the end of the file, 400 for a malformed header; nothing has been sent.
        """

        async def send_unless_refused(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 416:
                headers = {name.decode(): value.decode() for name, value in message["headers"]}
                size = headers["content-range"]
                raise HTTPException(416, f"the file has no such range: {size}", {"Content-Range": size})
            if message["type"] == "http.response.start" and message["status"] == 400:
                raise HTTPException(400, "the header Range is malformed; bytes=0-99 is right")
            await send(message)

        headers = [header for header in scope["headers"] if not _is_ignored(*header)]
        await super().__call__({**scope, "headers": headers}, receive, send_unless_refused)


def _is_ignored(name: bytes, value: bytes) -> bool:
    """Whether a header is a `Range` of an unknown unit, which a server must ignore (RFC 9110, 14.2)."""
    return name == b"range" and not value.strip().lower().startswith(b"bytes=")
