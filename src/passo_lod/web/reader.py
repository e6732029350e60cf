"""For whom a request's page is written."""

from starlette.requests import Request

from passo_lod.web.negotiate import languages
from passo_lod.web.pages import Reader
from passo_lod.web.words import LANGUAGES


def reader_of(request: Request) -> Reader:
    """The reader's languages, from `?lang=` or else from the `Accept-Language` header."""
    chosen = request.query_params.get("lang")
    ordered = languages(request.headers.get("accept-language"), chosen, LANGUAGES)
    return Reader(ordered, chosen in LANGUAGES)
