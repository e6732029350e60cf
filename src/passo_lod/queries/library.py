"""Read the stored queries: a `.rq` file each, whose first lines carry its title (`#+ title@it: …`, `#+ title@en: …`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HEAD = "#+ title@"


@dataclass(frozen=True)
class StoredQuery:
    """One SPARQL query that people can begin with."""

    name: str
    titles: Mapping[str, str]
    """By language."""
    text: str


@cache
def stored_queries() -> tuple[StoredQuery, ...]:
    """All stored queries, by file name."""
    return tuple(_read(path) for path in sorted(Path(__file__).parent.glob("*.rq")))


def _read(path: Path) -> StoredQuery:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    heads = (line.removeprefix(_HEAD).strip().split(": ", 1) for line in lines if line.startswith(_HEAD))
    text = "".join(line for line in lines if not line.startswith("#+"))
    return StoredQuery(path.stem, dict(heads), text)
