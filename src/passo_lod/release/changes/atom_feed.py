"""The feed that people subscribe to (Atom, RFC 4287): one entry for each release, and one for each process it changed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

if TYPE_CHECKING:
    from passo_lod.release.changes.ldes_feed import FeedTitles, ProcessChange, ReleaseChanges

LANGUAGES = ("it", "en")
MOST_RELEASES = 20
"""Releases that the feed goes back; all are in the stream (release.feed)."""

NAMESPACE = "http://www.w3.org/2005/Atom"

WORDS: Mapping[str, Mapping[str, str]] = {
    "changes": {"it": "novità", "en": "changes"},
    "release": {"it": "Pubblicazione", "en": "Release"},
    "nothing": {"it": "nessun processo cambiato", "en": "no process changed"},
    "others": {"it": "altre cose cambiate", "en": "other things changed"},
    "added": {"it": "Nuovo", "en": "New"},
    "changed": {"it": "Modificato", "en": "Changed"},
    "removed": {"it": "Non più pubblicato", "en": "No longer published"},
}
COUNTED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "added": {"it": ("{} processo nuovo", "{} processi nuovi"), "en": ("{} new process", "{} new processes")},
    "changed": {
        "it": ("{} processo modificato", "{} processi modificati"),
        "en": ("{} process changed", "{} processes changed"),
    },
    "removed": {
        "it": ("{} processo non più pubblicato", "{} processi non più pubblicati"),
        "en": ("{} process no longer published", "{} processes no longer published"),
    },
}
"""One, and several."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document can hold (2.2)."""


def atom_document(issues: Iterable["ReleaseChanges"], base: str, words: "FeedTitles", language: str) -> bytes:
    """The whole feed in one language, the newest release first."""
    newest = list(issues)[: -MOST_RELEASES - 1 : -1]
    feed = Element("feed", {"xmlns": NAMESPACE, "xml:lang": language})
    _text(feed, "id", f"{base}feed.atom")
    _text(feed, "title", f"{_in(words.title, language) or 'passo-lod'}: {WORDS['changes'][language]}")
    _text(feed, "updated", newest[0].time if newest else "1970-01-01T00:00:00Z")
    _text(SubElement(feed, "author"), "name", _in(words.publisher, language) or "passo-lod")
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=f"{base}feed.atom?lang={language}")
    SubElement(feed, "link", rel="alternate", type="text/html", href=f"{base}feed")
    for issue in newest:
        feed.extend(_entries(issue, base, language))
    ElementTree.indent(feed, space=" ")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode").encode() + b"\n"


def _entries(issue: "ReleaseChanges", base: str, language: str) -> Iterator[Element]:
    counts = summary(issue.counts, language)
    title = f"{WORDS['release'][language]} {issue.time[:10]}: {counts}"
    yield _entry(f"{base}feed#{issue.release}", title, issue.time, f"{base}feed", counts)
    for told in issue.told:
        yield _entry(told.version, change_title(told, base, language), issue.time, told.thing)


def _entry(iri: str, title: str, time: str, link: str, text: str = "") -> Element:
    entry = Element("entry")
    _text(entry, "id", iri)
    _text(entry, "title", title)
    _text(entry, "updated", time)
    SubElement(entry, "link", rel="alternate", href=link)
    if text:
        _text(entry, "summary", text)
    return entry


def summary(counts: Mapping[str, Mapping[str, int]], language: str) -> str:
    """What a release changed, in a line.

    >>> summary({"process": {"added": 2, "removed": 1}, "place": {"added": 3}}, "en")
    '2 new processes, 1 process no longer published; other things changed: 3'
    """
    of_processes = counts.get("process", {})
    said = [
        COUNTED[event][language][count != 1].format(count) for event in COUNTED if (count := of_processes.get(event, 0))
    ]
    others = sum(sum(each.values()) for kind, each in counts.items() if kind != "process")
    first = ", ".join(said) or WORDS["nothing"][language]
    return f"{first}; {WORDS['others'][language]}: {others}" if others else first


def change_title(told: "ProcessChange", base: str, language: str) -> str:
    """What happened to a process, with its name, or where it has none (any more) its id."""
    name = _in(told.names, language) or told.thing.removeprefix(f"{base}id/process/")
    return f"{WORDS[told.event][language]}: {name}"


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _NOT_XML.sub("", text)
