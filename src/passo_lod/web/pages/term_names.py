"""Name and link things on pages: names from the data or the message catalogue, links to documents here or pages elsewhere."""

from passo_lod.messages.message_catalogue import find_message
from passo_lod.namespaces import shorten
from passo_lod.store.protocol import Store
from passo_lod.visible_text import escape_controls
from passo_lod.web.http.iri_policy import IriPolicy, as_uri, has_credentials
from passo_lod.web.pages.page_model import PageLink, PageText
from passo_lod.web.pages.reader_locale import ReaderLocale
from passo_lod.web.pages.value_formatting import shorten_address

LINKED_SCHEMES = ("http", "https", "mailto")
"""An IRI of another scheme (`javascript:`, `data:`, `file:`) is shown without a link."""

LONG_TEXT = 160
"""Characters from which a text is shown as a paragraph."""


def is_linked(iri: str) -> bool:
    """Whether a page may link to an IRI: it has one of the schemes, and neither a user name nor a password."""
    return iri.partition(":")[0].lower() in LINKED_SCHEMES and not has_credentials(iri)


class TermNames:
    """The names and links of things for one reader."""

    def __init__(self, store: Store, iri_policy: IriPolicy, reader: ReaderLocale) -> None:
        self._store = store
        self._iri_policy = iri_policy
        self._reader = reader

    def name(self, iri: str) -> PageText:
        """The name of a thing: its label in the data, else the message for its term, else its shortened IRI."""
        if label := self._store.labels([iri], self._reader.languages).get(iri):
            language = self.unless_of_page(label.language)
            return PageText(escape_controls(label.text), language, len(label.text) > LONG_TEXT)
        short = shorten(iri)
        text = find_message(f"term.{short}", self._reader.language)
        return PageText(text or escape_controls(shorten_address(short)))

    def link(self, iri: str) -> PageLink:
        """A thing by its name, with a link to its document here or to its page elsewhere."""
        name = self.name(iri)
        path = self._path(iri)
        if path is not None:
            return PageLink(name.text, name.language, self._reader.href(path))
        is_web_page = is_linked(iri) and self._iri_policy.path(iri) is None
        return PageLink(name.text, name.language, as_uri(iri) if is_web_page else None, outside=True)

    def unless_of_page(self, language: str | None) -> str | None:
        """A language tag; None if it is the page's."""
        return None if language == self._reader.language else language

    def anchor(self, iri: str, document: str) -> str:
        """The fragment of a thing's place on the page of a document."""
        whole, _, fragment = iri.partition("#")
        if fragment:
            return fragment
        if whole == self._iri_policy.canonical(document):
            return "record"
        return whole.removeprefix(self._iri_policy.thing(document)).lstrip("/")

    def _path(self, iri: str) -> str | None:
        path = self._iri_policy.path(iri)
        if path and path.startswith("dataset/"):
            return as_uri(f"/{path}")
        document = self._iri_policy.document(iri)
        if not document or not self._store.exists(iri):
            return None
        anchor = self.anchor(iri, document)
        return as_uri(f"/doc/{document}") + (f"#{as_uri(anchor)}" if anchor else "")
