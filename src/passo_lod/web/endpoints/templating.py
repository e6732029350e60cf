"""Render a page from its Jinja template, with the messages, number formats and links of the reader; endpoints call `render`."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from passo_lod.messages.message_catalogue import LANGUAGES, message
from passo_lod.web.http.iri_policy import has_credentials
from passo_lod.web.pages.page_templates import TEMPLATES, in_language
from passo_lod.web.pages.reader_locale import ReaderLocale
from passo_lod.web.pages.value_formatting import format_day, format_number, format_size, licence_name
from passo_lod.web.request_release import release_of

WEB_FOLDER = Path(__file__).parents[1]


def render(request: Request, template: str, reader: ReaderLocale, **values: Any) -> bytes:
    """Render a page in UTF-8.

    Args:
        request: whose release and query parameters the page shows.
        template: a file in `web/templates/`.
        reader: of the page.
        values: of the template.
    """
    page = TEMPLATES.get_template(template)
    return page.render(_common_values(request, reader) | values).encode()


def _common_values(request: Request, reader: ReaderLocale) -> dict[str, Any]:
    """What every template may use."""
    language = reader.language
    return {
        "manifest": release_of(request).manifest,
        "reader": reader,
        "languages": LANGUAGES,
        "message": lambda key, **values: message(f"page.{key}", language, **values),
        "localised": lambda texts: localised(texts, reader),
        "number": lambda value: format_number(str(value), language),
        "date": lambda text: format_day(text, language),
        "day": lambda moment: format_day(moment.isoformat(), language),
        "size": lambda count: format_size(count, language),
        "in_language": lambda other: _in_language(request, other),
        "web_link": _web_link,
        "licence_name": licence_name,
    }


def _web_link(iri: str) -> str:
    """The IRI of a web page; `#` for another scheme, such as `javascript:`, and for an IRI with a user name or a password."""
    return iri if iri.startswith(("https://", "http://")) and not has_credentials(iri) else "#"


def _in_language(request: Request, language: str) -> str:
    """The address of the same page in another language."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return f"{quote(request.url.path)}?{urlencode([*others, ('lang', language)])}"


def localised(texts: Any, reader: ReaderLocale) -> str:
    """A text of the manifest or the catalogue: a string, or strings by language tag."""
    return in_language(texts, reader.languages)
