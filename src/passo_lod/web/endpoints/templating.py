"""Fill in a page: templates escape what they are given, and know the reader's words and links."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from passo_lod.web.pages import value_formatting as formats
from passo_lod.web.pages.reader_locale import ReaderLocale
from passo_lod.web.pages.ui_messages import LANGUAGES, word
from passo_lod.web.request_release import release_of

HERE = Path(__file__).parents[1]

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(request: Request, template: str, reader: ReaderLocale, **values: Any) -> bytes:
    """A page as bytes."""
    manifest = release_of(request).manifest
    language = reader.language
    return (
        _ENVIRONMENT.get_template(template)
        .render(
            manifest=manifest,
            reader=reader,
            word=lambda key: word(key, language),
            said=lambda texts: said(texts, reader),
            number=lambda value: formats.number(str(value), language),
            date=lambda text: formats.day(text, language),
            day=lambda moment: formats.day(moment.isoformat(), language),
            size=lambda count: formats.size(count, language),
            turned=lambda other: _turned(request, other),
            languages=LANGUAGES,
            web=_web,
            licence_name=formats.licence,
            **values,
        )
        .encode()
    )


def _web(iri: str) -> str:
    """An address that may be linked; another is no link."""
    return iri if iri.startswith(("https://", "http://")) else "#"


def _turned(request: Request, language: str) -> str:
    """The same page in another language."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    asked = urlencode([*kept, ("lang", language)])
    return f"{quote(request.url.path)}?{asked}"


def said(texts: Any, reader: ReaderLocale) -> str:
    """A text of the manifest, which is one string or one a language."""
    if not isinstance(texts, dict):
        return str(texts or "")
    return str(next((texts[each] for each in reader.languages if each in texts), next(iter(texts.values()), "")))
