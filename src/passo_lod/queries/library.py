"""Read the stored queries: a `.rq` file each, whose first lines say what it is (`#+ title@it: …`, `#+ note@en: …`, `#+ view: chart`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_HEAD = re.compile(r"#\+ ([a-z]+)(?:@([a-z]{2}))?: (.*\S)\s*")


@dataclass(frozen=True)
class StoredQuery:
    """One SPARQL query that people can begin with."""

    name: str
    titles: Mapping[str, str]
    """The question it answers, by language."""
    text: str
    notes: Mapping[str, str] = field(default_factory=dict)
    """What to notice in the answer, by language."""
    view: Mapping[str, str] = field(default_factory=dict)
    """How the answer is best looked at: `view`, and `value`, `label`, `series` of a chart."""


_OF_VIEW = ("view", "value", "label", "series")


@cache
def stored_queries() -> tuple[StoredQuery, ...]:
    """All stored queries, by file name."""
    return tuple(
        read(path.stem, path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.rq"))
    )


def read(name: str, text: str) -> StoredQuery:
    r"""A stored query from the text of its file.

    >>> read("all", "#+ title@en: What is there?\n#+ view: table\nSELECT * {}").titles
    {'en': 'What is there?'}
    """
    heads = [match.groups() for line in text.splitlines() if (match := _HEAD.fullmatch(line))]
    by_key = {key: {language: said for each, language, said in heads if each == key} for key in ("title", "note")}
    query = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#+"))
    view = {key: said for key, _, said in heads if key in _OF_VIEW}
    return StoredQuery(name, by_key["title"], query, by_key["note"], view)
