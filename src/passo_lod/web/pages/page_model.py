"""What a page shows, without a word about how it looks: things, rows, tables, links and texts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Words on the page; the language is None where it is not stated."""

    text: str
    language: str | None = None
    long: bool = False


@dataclass(frozen=True)
class Link:
    """A name, and where it leads, if anywhere."""

    text: str
    language: str | None
    href: str | None
    outside: bool = False


@dataclass(frozen=True)
class Table:
    """Parts that are alike, one a line."""

    columns: tuple[Link, ...]
    lines: tuple[tuple[tuple["Value", ...], ...], ...]


Value = Text | Link


@dataclass(frozen=True)
class Row:
    """A property with its values."""

    name: Link
    values: tuple[Value, ...] = ()
    parts: tuple["Description", ...] = ()
    table: Table | None = None

    @property
    def weight(self) -> int:
        """Short facts stand before long texts, and these before parts."""
        if self.parts or self.table:
            return 2
        return int(any(isinstance(value, Text) and value.long for value in self.values))


@dataclass(frozen=True)
class Description:
    """A thing on the page."""

    iri: str
    anchor: str
    name: Text
    named: bool
    kinds: tuple[Link, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Entry:
    """A line of a list of things: a link and what is said of it."""

    link: Link
    note: Value | None = None


@dataclass(frozen=True)
class Page:
    """A document for people: the thing, the record about it, what it holds and who mentions it."""

    document: str
    thing: Description
    record: Description | None
    contents: tuple[Entry, ...]
    mentions: tuple[Entry, ...]
    more_mentions: bool
