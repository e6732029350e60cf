"""Serve the files of `web/static/` (style sheet, icon, editor of the query page) with cache headers."""

from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from passo_lod.web.http.headers import CACHED, IMMUTABLE


class StaticFilesWithCache(StaticFiles):
    """Files that a client may cache: for a year if the address names the version (`?v=`), else for minutes."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file with its `Cache-Control`."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(IMMUTABLE if b"v=" in scope["query_string"] else CACHED)
        return response
