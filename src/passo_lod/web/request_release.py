"""The release a request is answered from: taken once, when the request comes in, and kept to its end."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from passo_lod.web.served_release import ServedRelease

_KEY = "serving"


def release_of(request: Request) -> "ServedRelease":
    """The release of this request; another may be served to the next."""
    serving: ServedRelease = request.scope.get("state", {}).get(_KEY) or request.app.state.keeper.current
    return serving


class ReleaseMiddleware:
    """Takes the release that is served now for each request that comes in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its release."""
        if scope["type"] == "http":
            scope.setdefault("state", {})[_KEY] = scope["app"].state.keeper.current
        await self._app(scope, receive, send)
