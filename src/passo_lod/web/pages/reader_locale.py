"""The languages of a page's reader, from `?lang=` or the `Accept-Language` header of the request."""

from dataclasses import dataclass

from starlette.requests import Request

from passo_lod.messages.message_catalogue import LANGUAGES
from passo_lod.web.http.content_negotiation import languages


@dataclass(frozen=True)
class ReaderLocale:
    """The reader's languages, best first, and whether the reader chose the first one on a page (`?lang=`)."""

    languages: tuple[str, ...] = LANGUAGES
    chosen: bool = False

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.languages[0]

    def href(self, path: str) -> str:
        """A link within the site, with `lang` if the reader chose a language."""
        if not self.chosen:
            return path
        before, hash_sign, fragment = path.partition("#")
        separator = "&" if "?" in before else "?"
        return f"{before}{separator}lang={self.language}{hash_sign}{fragment}"


def reader_of(request: Request) -> ReaderLocale:
    """The reader of the page that a request asks for."""
    chosen = request.query_params.get("lang")
    ordered = languages(request.headers.get("accept-language"), chosen, LANGUAGES)
    return ReaderLocale(ordered, chosen in LANGUAGES)
