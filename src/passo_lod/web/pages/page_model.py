"""What a page shows, without a word about how it looks: things, rows, tables, links and texts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageText:
    """Words on the page; the language is None where it is not stated."""

    text: str
    language: str | None = None
    long: bool = False


@dataclass(frozen=True)
class PageLink:
    """A name, and where it leads, if anywhere."""

    text: str
    language: str | None
    href: str | None
    outside: bool = False


@dataclass(frozen=True)
class PageTable:
    """Parts that are alike, one a line."""

    columns: tuple[PageLink, ...]
    lines: tuple[tuple[tuple["Value", ...], ...], ...]


Value = PageText | PageLink


@dataclass(frozen=True)
class PropertyRow:
    """A property with its values."""

    name: PageLink
    values: tuple[Value, ...] = ()
    parts: tuple["DescribedThing", ...] = ()
    table: PageTable | None = None

    @property
    def weight(self) -> int:
        """Short facts stand before long texts, and these before parts."""
        if self.parts or self.table:
            return 2
        return int(any(isinstance(value, PageText) and value.long for value in self.values))


@dataclass(frozen=True)
class DescribedThing:
    """A thing on the page."""

    iri: str
    anchor: str
    name: PageText
    named: bool
    kinds: tuple[PageLink, ...]
    rows: tuple[PropertyRow, ...]


@dataclass(frozen=True)
class ListEntry:
    """A line of a list of things: a link and what is said of it."""

    link: PageLink
    note: Value | None = None


@dataclass(frozen=True)
class Page:
    """A document for people: the thing, the record about it, what it holds and who mentions it."""

    document: str
    thing: DescribedThing
    record: DescribedThing | None
    contents: tuple[ListEntry, ...]
    mentions: tuple[ListEntry, ...]
    more_mentions: bool
