"""Write the Atom feed (RFC 4287) that people subscribe to: an entry per release, and one per process that it changed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from passo_lod.messages.message_catalogue import message
from passo_lod.release.changes.feed_model import FeedTitles, ProcessChange, ReleaseChanges

MAX_RELEASES = 20
"""How many releases the feed contains; the LDES feed contains all."""

NAMESPACE = "http://www.w3.org/2005/Atom"

_EVENTS = ("added", "changed", "removed")

_INVALID_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not allow (section 2.2)."""


def atom_document(releases: Iterable[ReleaseChanges], base: str, titles: FeedTitles, language: str) -> bytes:
    """Write the feed in one language, the newest release first.

    Args:
        releases: what each release changed, the oldest first.
        base: the base IRI.
        titles: of the catalogue.
        language: one of `messages.message_catalogue.LANGUAGES`.
    """
    newest = list(releases)[: -MAX_RELEASES - 1 : -1]
    feed = Element("feed", {"xmlns": NAMESPACE, "xml:lang": language})
    _add_text(feed, "id", f"{base}feed.atom")
    _add_text(
        feed, "title", f"{_in_language(titles.title, language) or 'passo-lod'}: {message('atom.changes', language)}"
    )
    _add_text(feed, "updated", newest[0].time if newest else "1970-01-01T00:00:00Z")
    _add_text(SubElement(feed, "author"), "name", _in_language(titles.publisher, language) or "passo-lod")
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{base}feed.atom?lang={language}")
    SubElement(feed, "link", rel="alternate", type="text/html", href=f"{base}feed")
    for changes in newest:
        feed.extend(_entries(changes, base, language))
    ElementTree.indent(feed, space=" ")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode").encode() + b"\n"


def _entries(changes: ReleaseChanges, base: str, language: str) -> Iterator[Element]:
    counts = summary(changes.counts, language)
    title = f"{message('atom.release', language)} {changes.time[:10]}: {counts}"
    yield _entry(f"{base}feed#{changes.release}", title, changes.time, f"{base}feed", counts)
    for process in changes.processes:
        yield _entry(process.version, change_title(process, base, language), changes.time, process.thing)


def _entry(iri: str, title: str, time: str, link: str, text: str = "") -> Element:
    entry = Element("entry")
    _add_text(entry, "id", iri)
    _add_text(entry, "title", title)
    _add_text(entry, "updated", time)
    SubElement(entry, "link", rel="alternate", href=link)
    if text:
        _add_text(entry, "summary", text)
    return entry


def summary(counts: Mapping[str, Mapping[str, int]], language: str) -> str:
    """Count what a release changed, in one line.

    >>> summary({"process": {"added": 2, "removed": 1}, "place": {"added": 3}}, "en")
    '2 new processes, 1 process no longer published; other things changed: 3'
    """
    of_processes = counts.get("process", {})
    parts = [
        message(f"atom.counted.{event}", language, count=count)
        for event in _EVENTS
        if (count := of_processes.get(event, 0))
    ]
    others = sum(sum(each.values()) for kind, each in counts.items() if kind != "process")
    text = ", ".join(parts) or message("atom.nothing", language)
    return f"{text}; {message('atom.others', language)}: {others}" if others else text


def change_title(process: ProcessChange, base: str, language: str) -> str:
    """Say what happened to a process, with its name, or its id if it has no name (any more)."""
    name = _in_language(process.names, language) or process.thing.removeprefix(f"{base}id/process/")
    return f"{message(f'atom.{process.event}', language)}: {name}"


def _in_language(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _add_text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _INVALID_IN_XML.sub("", text)
