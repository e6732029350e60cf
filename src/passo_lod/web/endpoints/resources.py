"""`/id/…`, `/doc/…`, `/onto/…`: redirect from a thing to its document, and answer with the document as data or page.

These responses depend on nothing but the release and their key, so that each is prepared once and cached.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from passo_lod.media_types import HTML, PAGES, TURTLE, MediaType, by_extension
from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.web.documents import Documents, Tombstone
from passo_lod.web.endpoints.problem_details import HttpProblem
from passo_lod.web.endpoints.templating import render
from passo_lod.web.http import content_negotiation
from passo_lod.web.http.conditional_requests import PreparedResponse, prepare
from passo_lod.web.http.document_headers import document_headers, tombstone_links
from passo_lod.web.http.headers import CACHED
from passo_lod.web.http.iri_policy import as_uri
from passo_lod.web.http.response_cache import RepresentationKey
from passo_lod.web.pages.reader_locale import reader_of
from passo_lod.web.request_release import release_of

DOCUMENT_TYPES = (*PAGES[1:], HTML)
"""Data first: a client without preference is a program; a browser states one."""

_VARY = "Accept, Accept-Language"
CACHED_QUERIES = frozenset({b"", *(f"lang={language}".encode() for language in LANGUAGES)})
"""Query strings that are cached; a page contains any other one in its links, and there is no limit to them."""


async def thing(request: Request) -> Response:
    """`/id/…`: 303 to the document that describes the thing; a part is described in its thing's document."""
    return await _respond(request, _prepare_thing)


async def term(request: Request) -> Response:
    """`/onto/…`, `/controlled-vocabulary/…`, `/alignment/…`: 303 to the document of the term, scheme or concept."""
    return await _respond(request, _prepare_term)


async def document(request: Request) -> Response:
    """`/doc/…`, `/doc/….ttl`: the document in the media type that the header or the extension asks for."""
    return await _respond(request, _prepare_document)


def see_other(path: str) -> Response:
    """303 to a path on this server; the `Host` header is never used."""
    return Response(status_code=303, headers={"Location": as_uri(path), "Vary": "Accept", **CACHED})


# ------------------------------------------------------------------------------------------------------------- caching


async def _respond(request: Request, prepare_response: Callable[[Request], PreparedResponse]) -> Response:
    """The cached response, or else one that is prepared in a thread and cached."""
    cache = release_of(request).responses
    key = _key(request)
    prepared = cache.get(key)
    if prepared is None:
        prepared = await run_in_threadpool(prepare_response, request)
        if request.scope["query_string"] in CACHED_QUERIES:
            cache.put(key, prepared)
    return prepared.answer(request)


def _key(request: Request) -> RepresentationKey:
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    media_type = content_negotiation.best(request.headers.get("accept"), DOCUMENT_TYPES)
    is_page = media_type is HTML or path.endswith(".html")
    return RepresentationKey(f"{path}?{query}", media_type, reader_of(request).languages if is_page else ())


# ----------------------------------------------------------------------------------------------------------- responses


def _prepare_thing(request: Request) -> PreparedResponse:
    release = release_of(request)
    document = release.iri_policy.document(release.iri_policy.iri(f"id/{request.path_params['path']}"))
    # A part without statements is redirected too: an earlier release may have described it.
    if not document or not release.documents.exists(document):
        raise HttpProblem(404, "nothing is known by this identifier")
    if tombstone := release.documents.tombstone(document):
        return _prepare_tombstone(request, tombstone, "id/{}")
    return PreparedResponse(see_other(f"/doc/{document}"))


def _prepare_term(request: Request) -> PreparedResponse:
    documents = release_of(request).documents
    path = request.url.path.strip("/")
    described = path if documents.exists(path) else documents.of_version(path)
    if described is None:
        raise HttpProblem(404, "the vocabulary has no such term")
    return PreparedResponse(see_other(f"/doc/{described}"))


def _prepare_document(request: Request) -> PreparedResponse:
    release = release_of(request)
    path = request.path_params["path"]
    if path.endswith("/"):
        return _prepare_without_slash(request, path.rstrip("/"))
    name, fixed_type = _split_extension(path, release.documents)
    if tombstone := release.documents.tombstone(name):
        address = f"doc/{{}}.{fixed_type.extension}" if fixed_type else "doc/{}"
        return _prepare_tombstone(request, tombstone, address, fixed_type)
    media_type = fixed_type or content_negotiation.best(request.headers.get("accept"), DOCUMENT_TYPES)
    if media_type is None:
        raise HttpProblem(406, "this document is not available in the media types asked for", offered=DOCUMENT_TYPES)
    headers = document_headers(name, release.documents.metadata(name), media_type, release.iri_policy)
    body, page_headers = _representation(request, name, media_type)
    vary = {"Vary": _VARY} if fixed_type is None or media_type is HTML else {}
    return prepare(body, media_type.content_type, headers | page_headers | vary)


def _prepare_without_slash(request: Request, path: str) -> PreparedResponse:
    """303 to the document whose path a client wrote with a slash at the end."""
    _split_extension(path, release_of(request).documents)
    query = f"?{request.url.query}" if request.url.query else ""
    return PreparedResponse(see_other(f"/doc/{path}{query}"))


def _split_extension(path: str, documents: Documents) -> tuple[str, MediaType | None]:
    """The document of a path, and the media type of its extension; None if the path has no extension."""
    if documents.exists(path):
        return path, None
    name, _, extension = path.rpartition(".")
    media_type = by_extension(extension, DOCUMENT_TYPES)
    if media_type is None or not documents.exists(name):
        raise HttpProblem(404, "there is no such document")
    return name, media_type


def _representation(request: Request, document: str, media_type: MediaType) -> tuple[bytes, dict[str, str]]:
    """The document as a page or as data, and the `Content-Language` of a page."""
    documents = release_of(request).documents
    if media_type is not HTML:
        return documents.serialise(document, media_type), {}
    reader = reader_of(request)
    page = documents.page(document, reader)
    body = render(request, "document.html", reader, page=page, formats=DOCUMENT_TYPES)
    return body, {"Content-Language": reader.language}


def _prepare_tombstone(
    request: Request, tombstone: Tombstone, address: str, fixed_type: MediaType | None = None
) -> PreparedResponse:
    """308 to the single thing that replaces another; else what the release states about the thing, with 300 or 410.

    Args:
        request: the request.
        tombstone: of the thing.
        address: the path of a thing or a document of the same kind, with a placeholder for the document.
        fixed_type: the media type of the request's extension.
    """
    iri_policy = release_of(request).iri_policy
    headers = {"Vary": _VARY, **CACHED}
    if len(tombstone.replaced_by) == 1:
        path = address.format(iri_policy.document(tombstone.replaced_by[0]))
        query = f"?{request.url.query}" if request.url.query else ""
        return PreparedResponse(Response(status_code=308, headers={"Location": as_uri(f"/{path}{query}"), **headers}))
    accepted = content_negotiation.best(request.headers.get("accept"), DOCUMENT_TYPES)
    media_type = fixed_type or accepted or TURTLE
    body, page_headers = _representation(request, tombstone.document, media_type)
    links = {"Link": tombstone_links(tombstone.document, tombstone.replaced_by, iri_policy)}
    return PreparedResponse(Response(body, tombstone.status, headers | page_headers | links, media_type.content_type))
