"""`/dump/…`, `/by-hash/…`, `/report`, `/manifest.json`, `/shapes`, …: the files of a release, the page that lists them, and robots.txt."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from passo_lod.errors import ReleaseError
from passo_lod.media_types import CSV, CSVW, HTML, JSON, JSON_LD, TURTLE, MediaType
from passo_lod.release_layout import ListedFile
from passo_lod.store.files_by_hash import find_by_sha256
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import see_other
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import conditional_response, not_modified
from passo_lod.web.http.headers import CACHED, IMMUTABLE, policy_for_inline_styles
from passo_lod.web.pages.download_groups import csvw_metadata_name, download_groups
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

FILES: Mapping[str, tuple[str, MediaType]] = {
    "/manifest.json": ("manifest.json", JSON),
    "/report": ("report.html", HTML),
    "/report.json": ("report.json", JSON),
    "/report.ttl": ("report.ttl", TURTLE),
    "/shapes.ttl": ("shapes.ttl", TURTLE),
    "/onto/context.jsonld": ("context.jsonld", JSON_LD),
}
"""The files of a release that have a path of their own, with their media types."""

_COMPRESSED_TYPES: Mapping[str, str] = {"gzip": "application/gzip", "zstd": "application/zstd"}
"""A compressed dump is sent as a compressed file, without `Content-Encoding`: clients save it as it is."""

_ROBOTS = """User-agent: *
Disallow: /sparql
Allow: /
"""


def file(request: Request) -> Response:
    """One of `FILES`."""
    path, media_type = FILES[request.url.path]
    try:
        body = release_of(request).release.file(path).read_bytes()
    except ReleaseError as error:
        raise HttpProblem(404, f"this release has no {path}") from error
    policy = {"Content-Security-Policy": policy_for_inline_styles(body)} if media_type is HTML else {}
    return conditional_response(request, body, media_type.content_type, CACHED | policy)


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
    """`/dump/{name}`: a file that the manifest lists; the name is only compared, never joined to a path."""
    release = release_of(request)
    listed = release.manifest.distribution(f"dump/{request.path_params['name']}")
    if listed is None:
        raise HttpProblem(404, "this release has no such file; /dump/ lists them")
    return _respond(request, listed, release.release.file(listed.path), CACHED)


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


def robots(request: Request) -> Response:
    """`/robots.txt`."""
    return PlainTextResponse(_ROBOTS, headers=CACHED)


def _respond(request: Request, listed: ListedFile, path: Path, cache_control: dict[str, str]) -> Response:
    """The file or the requested range of it (RFC 9110, 14); 304 if the client has it."""
    headers = _headers(listed) | cache_control
    is_shown_inline = listed.media_type.endswith("json") and not listed.encoding
    return not_modified(request, listed.sha256, headers) or FileResponse(
        path,
        headers={**headers, "ETag": f'"{listed.sha256}"'},
        media_type=_COMPRESSED_TYPES.get(listed.encoding or "", listed.media_type),
        filename=listed.name,
        content_disposition_type="inline" if is_shown_inline else "attachment",
    )


def _headers(listed: ListedFile) -> dict[str, str]:
    """The digest (RFC 9530) and the links of a file."""
    digest = base64.b64encode(bytes.fromhex(listed.sha256)).decode()
    links = [f'<{licence}>; rel="license"' for licence in listed.licences]
    if listed.media_type == CSV.name:
        # A program that only has the table's address finds its metadata by this link (Tabular data on the web, 5.2).
        links.append(f'</dump/{csvw_metadata_name(listed)}>; rel="describedby"; type="{CSVW.name}"')
    return {"Repr-Digest": f"sha-256=:{digest}:"} | ({"Link": ", ".join(links)} if links else {})
