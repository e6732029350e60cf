"""Style sheets, icons and the editor: files that come with the program and change only with it."""

from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from passo_lod.web.http.headers import CACHED

FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


class StaticFilesWithCache(StaticFiles):
    """Files that may be kept: for ever where the address names the version (`?v=`), else for a while."""

    def file_response(
        self, full_path: str | PathLike[str], stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file with how long it may be kept."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(FOR_EVER if b"v=" in scope["query_string"] else CACHED)
        return response
