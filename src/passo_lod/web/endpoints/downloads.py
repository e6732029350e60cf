"""`/dump/…`, `/by-hash/…`, `/report`, `/manifest.json`, `/shapes`, …: the files of a release, and the page that lists them."""

import base64
import hashlib
import json
import os
import re
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import FileIO
from pathlib import Path
from typing import Any

import anyio
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import CSV, CSVW, HTML, JSON, JSON_LD, TURTLE, MediaType
from passo_lod.release_layout import BYTE_ORDER_MARK, REPORT_JSON, REPORT_TURTLE, ListedFile, report_page
from passo_lod.store.files_by_hash import find_by_sha256
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import see_other
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response, not_modified
from passo_lod.web.http.headers import CACHED, IMMUTABLE, policy_for_inline_styles
from passo_lod.web.http.range_requests import RangeResponse
from passo_lod.web.pages.download_groups import csvw_metadata_name, download_groups
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

FILES: Mapping[str, tuple[str, MediaType]] = {
    "/manifest.json": ("manifest.json", JSON),
    "/report.json": (REPORT_JSON, JSON),
    "/report.ttl": (REPORT_TURTLE, TURTLE),
    "/shapes.ttl": ("shapes.ttl", TURTLE),
    "/onto/context.jsonld": ("context.jsonld", JSON_LD),
}
"""The files of a release that have a path of their own, with their media types."""

_COMPRESSED_TYPES: Mapping[str, str] = {"gzip": "application/gzip", "zstd": "application/zstd"}
"""A compressed dump is sent as a compressed file, without `Content-Encoding`: clients save it as it is."""

_FORMER_REPORT = "report.html"
"""The report in the releases of earlier versions."""

_WITHOUT_BOM = "?bom=0"


def file(request: Request) -> Response:
    """One of `FILES`."""
    path, media_type = FILES[request.url.path]
    return conditional_response(request, _read(request, path), media_type.content_type, CACHED)


def _read(request: Request, path: str) -> bytes:
    release = release_of(request).release
    if not release.has(path) and release.folder.is_dir():
        raise HttpProblem(404, f"this release has no {path}")
    return release.file(path).read_bytes()


def report(request: Request) -> Response:
    """`/report`: the validation report in the best of the reader's languages that the release has it in."""
    pages = [(language, report_page(language)) for language in reader_of(request).languages]
    pages.append(("en", _FORMER_REPORT))
    release = release_of(request).release
    language, path = next((page for page in pages if release.has(page[1])), pages[0])
    body = _read(request, path)
    headers = {"Content-Security-Policy": policy_for_inline_styles(body), "Content-Language": language}
    return conditional_response(request, body, HTML.content_type, headers | {"Vary": "Accept-Language", **CACHED})


def shapes(request: Request) -> Response:
    """`/shapes`, `/shapes/{Name}`: 303 to the file with all SHACL shapes."""
    name = request.path_params.get("name")
    if name and name not in release_of(request).shape_names:
        raise HttpProblem(404, "there is no such shape")
    return see_other("/shapes.ttl")


def dumps(request: Request) -> Response:
    """`/dump/`: the page of all files to download, tables before dumps."""
    if content_negotiation.best(request.headers.get("accept"), (HTML,)) is None:
        raise HttpProblem(406, "this is a page for people; programs read /manifest.json", offered=(HTML,))
    reader = reader_of(request)
    body = render(request, "dumps.html", reader, groups=download_groups(release_of(request).manifest))
    headers = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language", **CACHED}
    return conditional_response(request, body, HTML.content_type, headers)


def dump(request: Request) -> Response:
    """`/dump/{name}`: a file that the manifest lists; the name is only compared, never joined to a path.

    With `?bom=0` a CSV file begins after its byte order mark, and the CSVW metadata describe the CSV files at these addresses.
    """
    release = release_of(request)
    listed = release.manifest.distribution(f"dump/{request.path_params['name']}")
    if listed is None:
        raise HttpProblem(404, "this release has no such file; /dump/ lists them")
    path = release.release.file(listed.path)
    if request.query_params.get("bom") == "0" and listed.media_type == CSV.name:
        return _respond_without_bom(request, listed, path)
    if request.query_params.get("bom") == "0" and listed.media_type == CSVW.name:
        return _csvw_without_bom(request, listed, path)
    return _respond(request, listed, path, CACHED)


def by_hash(request: Request) -> Response:
    """`/by-hash/sha256/{digest}`: the file with these bytes, of the served release or of a retained one."""
    digest = request.path_params["digest"]
    is_sha256 = re.fullmatch("[0-9a-f]{64}", digest)
    found = find_by_sha256(release_of(request).release, [digest]) if is_sha256 else {}
    if digest not in found:
        raise HttpProblem(
            404,
            "no release that is available here has a file with this SHA-256; /manifest.json lists those of the current one",
        )
    return _respond(request, *found[digest], IMMUTABLE)


def _respond(request: Request, listed: ListedFile, path: Path, cache_control: dict[str, str]) -> Response:
    """The file or the requested range of it (RFC 9110, 14); 304 if the client has it."""
    headers = _headers(listed, listed.sha256) | cache_control
    is_shown_inline = listed.media_type.endswith("json") and not listed.encoding
    return not_modified(request, listed.sha256, headers) or RangeResponse(
        path,
        headers={**headers, "ETag": f'"{listed.sha256}"'},
        media_type=_COMPRESSED_TYPES.get(listed.encoding or "", listed.media_type),
        filename=listed.name,
        content_disposition_type="inline" if is_shown_inline else "attachment",
    )


def _respond_without_bom(request: Request, listed: ListedFile, path: Path) -> Response:
    """A CSV file, or the requested range of it, without the byte order mark."""
    sha256 = listed.table.sha256_without_bom if listed.table else ""
    if not sha256:
        raise HttpProblem(
            404, "an earlier version of passo-lod published this release: its tables have a byte order mark"
        )
    headers = _headers(listed, sha256, _WITHOUT_BOM) | CACHED
    return not_modified(request, sha256, headers) or _FileAfterBom(
        path,
        headers={**headers, "ETag": f'"{sha256}"'},
        media_type=listed.media_type,
        filename=listed.name,
        stat_result=_stat_after_bom(path),
    )


def _csvw_without_bom(request: Request, listed: ListedFile, path: Path) -> Response:
    """The CSVW metadata of the CSV files without a byte order mark."""
    metadata = json.loads(path.read_bytes(), object_hook=_with_addresses_without_bom)
    metadata.pop("rdfs:comment", None)  # which says that the tables begin with a byte order mark
    body = json.dumps(metadata, ensure_ascii=False, indent=1).encode() + b"\n"
    sha256 = hashlib.sha256(body).hexdigest()
    return conditional_response(request, body, listed.media_type, _headers(listed, sha256) | CACHED, sha256)


def _with_addresses_without_bom(described: dict[str, Any]) -> dict[str, Any]:
    """An object of the CSVW metadata; where it names a CSV file, it names the one without a byte order mark."""
    return {
        key: f"{value}{_WITHOUT_BOM}" if key in ("url", "resource", "@id") and value.endswith(".csv") else value
        for key, value in described.items()
    }


def _stat_after_bom(path: Path) -> os.stat_result:
    """What `stat` says of a file, with the size that it has without its byte order mark."""
    fields = list(path.stat())
    fields[stat.ST_SIZE] -= len(BYTE_ORDER_MARK)
    return os.stat_result(fields)


class _FileAfterBom(RangeResponse):
    """A file without the byte order mark that it begins with. `RangeResponse` opens its file by `_open_file` for each kind of answer."""

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[anyio.AsyncFile[bytes]]:
        with _AfterBom(self.path) as file:
            file.seek(0)
            yield anyio.wrap_file(file)


class _AfterBom(FileIO):
    """A file whose position 0 is after its byte order mark."""

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = len(BYTE_ORDER_MARK)
        return super().seek(offset + start if whence == os.SEEK_SET else offset, whence) - start


def _headers(listed: ListedFile, sha256: str, parameters: str = "") -> dict[str, str]:
    """The digest (RFC 9530) and the links of a file that was asked for with these parameters."""
    digest = base64.b64encode(bytes.fromhex(sha256)).decode()
    links = [f'<{licence}>; rel="license"' for licence in listed.licences]
    if listed.media_type == CSV.name:
        # A program that only has the table's address finds its metadata by this link (Tabular data on the web, 5.2).
        links.append(f'</dump/{csvw_metadata_name(listed)}{parameters}>; rel="describedby"; type="{CSVW.name}"')
    return {"Repr-Digest": f"sha-256=:{digest}:"} | ({"Link": ", ".join(links)} if links else {})
