"""Give each request one release: the middleware assigns the release served when it arrives, and endpoints ask for it here."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from passo_lod.web.served_release import ServedRelease

_KEY = "served_release"


def release_of(request: Request) -> ServedRelease:
    """The release of this request; the next request may get another."""
    release: ServedRelease = request.scope.get("state", {}).get(_KEY) or request.app.state.release_watcher.current
    return release


class ReleaseMiddleware:
    """Assign the release that is served now to each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its release."""
        if scope["type"] == "http":
            scope.setdefault("state", {})[_KEY] = scope["app"].state.release_watcher.current
        await self._app(scope, receive, send)
