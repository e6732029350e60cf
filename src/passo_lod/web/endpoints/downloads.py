"""The files of a release as they are: dumps, the quality report, the shapes; and what robots ask for."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from passo_lod.errors import ReleaseError
from passo_lod.media_types import CSV, CSVW, HTML, JSON, JSON_LD, TURTLE, MediaType
from passo_lod.store.files_by_hash import find_by_sha256
from passo_lod.store.release import Distribution
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.resources import see_other
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation as negotiate
from passo_lod.web.http import headers
from passo_lod.web.pages.download_groups import described_in, download_groups
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
"""Files of the release with an address of their own."""

PACKED: Mapping[str, str] = {"gzip": "application/gzip", "zstd": "application/zstd"}
"""A dump is a file to keep: the compression is what it is, not how it travels, so it is no `Content-Encoding`."""

ROBOTS = """User-agent: *
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
    said = headers.CACHED | ({"Content-Security-Policy": headers.with_styles(body)} if media_type is HTML else {})
    return headers.conditional(request, body, media_type.content_type, said)


def shapes(request: Request) -> Response:
    """`/shapes`, `/shapes/{Name}`: 303 to the one file that holds them all."""
    name = request.path_params.get("name")
    if name and name not in release_of(request).shapes:
        raise HttpProblem(404, "there is no such shape")
    return see_other("/shapes.ttl")


def dumps(request: Request) -> Response:
    """`/dump/`: the files, for people: the tables first, then the dumps."""
    if negotiate.best(request.headers.get("accept"), (HTML,)) is None:
        raise HttpProblem(406, "this is a page for people; programs read /manifest.json", offered=(HTML,))
    reader = reader_of(request)
    body = render(request, "dumps.html", reader, shelves=download_groups(release_of(request).manifest))
    said = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language", **headers.CACHED}
    return headers.conditional(request, body, HTML.content_type, said)


def dump(request: Request) -> Response:
    """`/dump/{name}`: a file that the manifest lists; the name is looked up there and never joined to a path."""
    serving = release_of(request)
    listed = serving.manifest.distribution(f"dump/{request.path_params['name']}")
    if listed is None:
        raise HttpProblem(404, "this release has no such file; /dump/ lists them")
    return _as_file(request, listed, serving.release.file(listed.path), headers.CACHED)


def by_hash(request: Request) -> Response:
    """`/by-hash/sha256/{digest}`: the file with these bytes, of this release or of one that is kept beside it."""
    digest = request.path_params["digest"]
    found = find_by_sha256(release_of(request).release, digest) if re.fullmatch("[0-9a-f]{64}", digest) else None
    if found is None:
        raise HttpProblem(
            404,
            "no release that is kept here has a file with this SHA-256; /manifest.json lists those of the current one",
        )
    return _as_file(request, *found, headers.FOREVER)


def _as_file(request: Request, listed: Distribution, path: Path, cached: dict[str, str]) -> Response:
    """A file, whole or in parts (RFC 9110, 14), unless the client has it."""
    said = _of_file(listed) | cached
    unchanged = headers.tagged(request, listed.sha256, said)
    return unchanged or FileResponse(
        path,
        headers={**said, "ETag": f'"{listed.sha256}"'},
        media_type=_type_of(listed),
        filename=listed.name,
        content_disposition_type="inline"
        if listed.media_type.endswith("json") and not listed.encoding
        else "attachment",
    )


def _type_of(listed: Distribution) -> str:
    return PACKED.get(listed.encoding or "", listed.media_type)


def _of_file(listed: Distribution) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(listed.sha256)).decode()
    links = [f'<{licence}>; rel="license"' for licence in listed.licences]
    if listed.media_type == CSV.name:
        # Tabular data on the web, 5.2: where the description is, for programs that only have the address of the table.
        links.append(f'</dump/{described_in(listed)}>; rel="describedby"; type="{CSVW.name}"')
    return {"Repr-Digest": f"sha-256=:{digest}:"} | ({"Link": ", ".join(links)} if links else {})


def robots(request: Request) -> Response:
    """`/robots.txt`."""
    return PlainTextResponse(ROBOTS, headers=headers.CACHED)
