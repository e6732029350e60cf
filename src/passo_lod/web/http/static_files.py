"""Serve the files of `web/static/` (style sheet, icon, editor of the query page) with cache headers."""

from os import PathLike, stat_result

from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from passo_lod.web.http.headers import CACHED, IMMUTABLE
from passo_lod.web.http.range_requests import RangeResponse


class StaticFilesWithCache(StaticFiles):
    """Files that a client may cache: for a year if the address names the version (`?v=`), else for minutes."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file with its `Cache-Control`."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        if isinstance(response, FileResponse):
            response = RangeResponse(full_path, status_code, stat_result=stat_result)
        response.headers.update(IMMUTABLE if b"v=" in scope["query_string"] else CACHED)
        return response
