"""Read the stored queries: `.rq` files with a head of titles, notes and a view (`#+ title@it: …`, `#+ note@en: …`, `#+ view: chart`)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_HEAD = re.compile(r"#\+ ([a-z]+)(?:@([a-z]{2}))?: (.*\S)\s*")


@dataclass(frozen=True)
class StoredQuery:
    """A SPARQL query for the gallery of the query page and for `passo-lod query`.

    Attributes:
        name: the name of its file.
        titles: the question that it answers, by language.
        text: the query without its head.
        notes: what to notice in the answer, by language.
        view: how to show the answer: `view` (table, chart or map), and `value`, `label`, `series` of a chart.
    """

    name: str
    titles: Mapping[str, str]
    text: str
    notes: Mapping[str, str] = field(default_factory=dict)
    view: Mapping[str, str] = field(default_factory=dict)


_VIEW_KEYS = ("view", "value", "label", "series")


@cache
def stored_queries() -> tuple[StoredQuery, ...]:
    """All stored queries, by file name."""
    return tuple(
        parse_query(path.stem, path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.rq"))
    )


def parse_query(name: str, text: str) -> StoredQuery:
    r"""Parse the text of a stored query.

    >>> parse_query("all", "#+ title@en: What is there?\n#+ view: table\nSELECT * {}").titles
    {'en': 'What is there?'}
    """
    query = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#+"))
    view = {key: value for key, _, value in _heads(text) if key in _VIEW_KEYS}
    return StoredQuery(name, texts_by_language(text, "title"), query, texts_by_language(text, "note"), view)


def texts_by_language(text: str, key: str) -> dict[str, str]:
    """The values of one key of a head by language (`#+ key@it: …`)."""
    return {language: value for each, language, value in _heads(text) if each == key and language}


def _heads(text: str) -> Iterator[tuple[str, str | None, str]]:
    """The key, language and value of each line of a head."""
    for line in text.splitlines():
        if match := _HEAD.fullmatch(line):
            yield match[1], match[2], match[3]
