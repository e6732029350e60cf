"""Serialise the pages and the entry document of the change feed as TriG and Turtle (LDES 1.0, TREE).

Addresses of pages are relative, so that the bytes do not depend on the server.
"""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from pyoxigraph import Literal

from passo_lod.messages.message_catalogue import LANGUAGES, message
from passo_lod.namespaces import PREFIXES
from passo_lod.release.changes.feed_members import FeedMember
from passo_lod.release.changes.feed_model import ReleaseChanges
from passo_lod.release_layout import FEED_PAGES

POLLING_INTERVAL = 3600
"""The seconds after which a client should look again (ldes:pollingInterval)."""

_ACTIVITIES = {"added": "as:Create", "changed": "as:Update", "removed": "as:Delete", "status-changed": "as:Delete"}
_PREFIXES = "".join(
    f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in ("as", "dct", "ldes", "prov", "tree", "void", "xsd")
)


def stream_iri(base: str) -> str:
    """Return the IRI of the event stream, which differs from that of its entry document."""
    return f"{base}feed#stream"


def page_name(release: str, number: int) -> str:
    """Return the name of a page, which is unique in all releases."""
    return f"{release}-p{number}"


def version_iri(thing: str, release: str, base: str) -> str:
    """Return the IRI of a version of a thing, which is always below our base IRI.

    >>> version_iri("https://example.org/id/process/xx-1", "r1", "https://example.org/")
    'https://example.org/id/process/xx-1/version/r1'
    """
    if thing.startswith(base):
        return f"{thing}/version/{release}"
    return f"{base}feed/version/{release}/{quote(thing, safe='')}"


def page_trig(members: Iterable[FeedMember], release: str, base: str, time: str, following: str | None) -> bytes:
    """Serialise a page in TriG: each member's version is a named graph.

    Args:
        members: of the page.
        release: its name.
        base: the base IRI.
        time: of the members (xsd:dateTime).
        following: the name of the next page; None for the last one.
    """
    relation = " ; tree:relation <#next>" if following else ""
    parts = [f"{_PREFIXES}<> a tree:Node ; ldes:immutable true{relation} .\n".encode()]
    if following:
        parts.append(_relation("#next", following, time, "GreaterThanOrEqualTo").encode())
    for member in members:
        iri = version_iri(member.thing, release, base)
        parts.append(f"<{stream_iri(base)}> tree:member <{iri}> .\n{_version(iri, member, time)}".encode())
        parts.append(f"<{iri}> {{\n".encode() + member.lines + b"}\n")
    return b"".join(parts)


def _version(iri: str, member: FeedMember, time: str) -> str:
    datasets = "".join(f" ; void:inDataset <{each}>" for each in member.datasets)
    return (
        f"<{iri}> a {_ACTIVITIES[member.event]} ; dct:isVersionOf <{member.thing}>{datasets} ; "
        f'prov:generatedAtTime "{time}"^^xsd:dateTime .\n'
    )


def _relation(iri: str, page: str, time: str, comparison: str) -> str:
    return (
        f"<{iri}> a tree:{comparison}Relation ; tree:node <{page}> ; "
        f'tree:path prov:generatedAtTime ; tree:value "{time}"^^xsd:dateTime .\n'
    )


def entry_turtle(releases: Sequence[ReleaseChanges], base: str, title: Mapping[str, str]) -> bytes:
    """Serialise the entry document in Turtle: the event stream, and the first page of each release with its time.

    Args:
        releases: what each release added, the oldest first.
        base: the base IRI.
        title: of the catalogue, by language.
    """
    titles = "".join(f" ; dct:title {Literal(text, language=each)}" for each, text in sorted(_titles(title).items()))
    lines = [
        f"<{stream_iri(base)}> a ldes:EventStream ; tree:view <> ; ldes:pollingInterval {POLLING_INTERVAL}{titles} ;\n"
        "  ldes:timestampPath prov:generatedAtTime ; ldes:versionOfPath dct:isVersionOf ;\n"
        "  ldes:versionCreateObject as:Create ; ldes:versionUpdateObject as:Update ; ldes:versionDeleteObject as:Delete .\n",
        "<> a tree:Node , ldes:EventSource ; ldes:retentionPolicy <#retention> .\n",
        f"<#retention> a ldes:RetentionPolicy{_retained_from(releases)} .\n",
    ]
    for each in releases:
        first = f"{FEED_PAGES}/{each.pages[0]}"
        lines.append(f"<> tree:relation <#{each.release}-from> , <#{each.release}-to> .\n")
        lines.append(_relation(f"#{each.release}-from", first, each.time, "GreaterThanOrEqualTo"))
        lines.append(_relation(f"#{each.release}-to", first, each.time, "LessThanOrEqualTo"))
    return (_PREFIXES + "".join(lines)).encode()


def _retained_from(releases: Sequence[ReleaseChanges]) -> str:
    """All members stay in the stream: it starts with the first release."""
    return f' ; ldes:startingFrom "{releases[0].time}"^^xsd:dateTime' if releases else ""


def _titles(title: Mapping[str, str]) -> dict[str, str]:
    return {each: f"{text}: {message('atom.changes', each)}" for each, text in title.items() if each in LANGUAGES}
