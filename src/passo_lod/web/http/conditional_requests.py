"""Answer conditional requests: send a representation with its entity tag, or 304 to a client that has it (RFC 9110, 13)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response


@dataclass(frozen=True)
class PreparedResponse:
    """A response that can be sent to any number of requests.

    Attributes:
        response: the response with its body.
        etag: its entity tag, in quotes.
        not_modified: 304 without a body; None if the response is not a representation (such as a redirect).
    """

    response: Response
    etag: str = ""
    not_modified: Response | None = None

    @property
    def size(self) -> int:
        """Bytes of the body and the headers."""
        return len(self.response.body) + sum(len(name) + len(value) for name, value in self.response.raw_headers)

    def answer(self, request: Request) -> Response:
        """The response, or 304 if `If-None-Match` has its entity tag (RFC 9110, 13.1.2)."""
        if self.not_modified and _matches(request, self.etag):
            return self.not_modified
        return self.response


def prepare(body: bytes, content_type: str, headers: Mapping[str, str], tag: str | None = None) -> PreparedResponse:
    """Prepare a representation and its 304.

    Args:
        body: the representation.
        content_type: the value of `Content-Type`.
        headers: the other headers, of both.
        tag: the entity tag without quotes; by default the SHA-256 of the body.
    """
    etag = f'"{tag or _tag_of(body)}"'
    tagged = {**headers, "ETag": etag}
    return PreparedResponse(
        Response(body, headers=tagged, media_type=content_type), etag, Response(status_code=304, headers=tagged)
    )


def prepared_from(response: Response) -> PreparedResponse:
    """Prepare a representation that answered one request, with its entity tag, for other requests."""
    etag = response.headers["ETag"]
    headers = {name: value for name, value in response.headers.items() if name not in _OF_A_BODY}
    return PreparedResponse(response, etag, Response(status_code=304, headers=headers))


_OF_A_BODY = ("content-length", "content-type")


def conditional_response(
    request: Request, body: bytes, content_type: str, headers: Mapping[str, str], tag: str | None = None
) -> Response:
    """The answer to one request: the representation, or 304. Arguments as for `prepare`."""
    tag = tag or _tag_of(body)
    tagged = {**headers, "ETag": f'"{tag}"'}
    return not_modified(request, tag, headers) or Response(body, headers=tagged, media_type=content_type)


def not_modified(request: Request, tag: str, headers: Mapping[str, str]) -> Response | None:
    """304 if the client has the representation with this entity tag (without quotes)."""
    etag = f'"{tag}"'
    return Response(status_code=304, headers={**headers, "ETag": etag}) if _matches(request, etag) else None


def _tag_of(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")


def _matches(request: Request, etag: str) -> bool:
    """Weak comparison of the members of `If-None-Match` with an entity tag (RFC 9110, 8.8.3.2)."""
    header = request.headers.get("if-none-match")
    if not header:
        return False
    members = {member.strip().removeprefix("W/") for member in header.split(",")}
    return etag in members or "*" in members
