"""For whom a page is written, and how a request tells."""

from dataclasses import dataclass

from starlette.requests import Request

from passo_lod.web.http.content_negotiation import languages
from passo_lod.web.pages.ui_messages import LANGUAGES


@dataclass(frozen=True)
class ReaderLocale:
    """For whom a page is written: languages in the order preferred, and whether they were chosen on the page itself."""

    languages: tuple[str, ...] = LANGUAGES
    chosen: bool = False

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.languages[0]

    def href(self, path: str) -> str:
        """A link within the site, which keeps the language the reader has chosen."""
        if not self.chosen:
            return path
        before, hash_sign, fragment = path.partition("#")
        joint = "&" if "?" in before else "?"
        return f"{before}{joint}lang={self.language}{hash_sign}{fragment}"


def reader_of(request: Request) -> ReaderLocale:
    """The reader's languages, from `?lang=` or else from the `Accept-Language` header."""
    chosen = request.query_params.get("lang")
    ordered = languages(request.headers.get("accept-language"), chosen, LANGUAGES)
    return ReaderLocale(ordered, chosen in LANGUAGES)
