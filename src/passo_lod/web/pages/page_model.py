"""Models of a document's page, without layout: described things, property rows, tables, links and texts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PageText:
    """A text on the page.

    Attributes:
        language: its language tag if it is not the page's language; None also if none is stated.
        long: whether it is shown as a paragraph.
        note: a remark on it that links to the record.
    """

    text: str
    language: str | None = None
    long: bool = False
    note: str = ""


@dataclass(frozen=True)
class PageLink:
    """The name of a thing, and the address of its document.

    Attributes:
        href: None if there is no document.
        outside: whether the document is on another server.
        note: a remark on it that links to the record.
    """

    text: str
    language: str | None
    href: str | None
    outside: bool = False
    note: str = ""


@dataclass(frozen=True)
class SourceNote:
    """Where a value comes from: the line of a file, in short and with file and field, and the address of the field's provenance."""

    text: str
    title: str
    href: str


@dataclass(frozen=True)
class PageTable:
    """Similar parts of a thing, one in each row.

    Attributes:
        sources: where each row comes from.
    """

    columns: tuple[PageLink, ...]
    rows: tuple[tuple[tuple["Value", ...], ...], ...]
    sources: tuple[tuple[SourceNote, ...], ...] = ()


Value = PageText | PageLink


@dataclass(frozen=True)
class PropertyRow:
    """A property and its values: literals and links, parts described in place, or a table of parts.

    Attributes:
        sources: where the values come from.
    """

    name: PageLink
    values: tuple[Value, ...] = ()
    parts: tuple["DescribedThing", ...] = ()
    table: PageTable | None = None
    sources: tuple[SourceNote, ...] = ()

    @property
    def weight(self) -> int:
        """The sort key of rows: short values first, then long texts, then parts."""
        if self.parts or self.table:
            return 2
        return int(any(isinstance(value, PageText) and value.long for value in self.values))


@dataclass(frozen=True)
class DescribedThing:
    """A thing and its property rows.

    Attributes:
        anchor: the fragment of its place on the page.
        is_named: whether `name` is its own name, not that of its class.
        classes: its most specific classes.
        sources: where its name comes from.
    """

    iri: str
    anchor: str
    name: PageText
    is_named: bool
    classes: tuple[PageLink, ...]
    rows: tuple[PropertyRow, ...]
    sources: tuple[SourceNote, ...] = ()


@dataclass(frozen=True)
class ListEntry:
    """An entry of a list of things: a link and a note about it."""

    link: PageLink
    note: Value | None = None


@dataclass(frozen=True)
class Page:
    """The page of a document: the thing, its record, the things in it, and the things that refer to it.

    Attributes:
        document: its path below `doc/`.
        record: the record about the thing (foaf:isPrimaryTopicOf).
        contents: things described here that have documents of their own, such as the concepts of a scheme.
        mentions: things with statements about this one.
        has_more_mentions: whether there are more than the page lists.
        provenance: the address of the page that says where each value comes from; None if the release does not.
    """

    document: str
    thing: DescribedThing
    record: DescribedThing | None
    contents: tuple[ListEntry, ...]
    mentions: tuple[ListEntry, ...]
    has_more_mentions: bool
    provenance: str | None = None
