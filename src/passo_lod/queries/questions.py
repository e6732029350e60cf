"""Read the questions that comparisons answer: `compare/*.rq`, with heads of titles, notes and limits in every language.

A question names a measure and one or two dimensions (`#+ measure: …`, `#+ by: …`, `#+ and: …`) and has no query, because the query is
generated from their declarations; or it has a query of its own, for what a property path cannot say; or it says why the data do not
answer it (`#+ unanswerable@it: …`). `#+ order: …` is its place among the questions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from passo_lod.queries.stored_queries import StoredQuery, parse_query, texts_by_language

_HEAD = re.compile(r"#\+ (measure|by|and): (.*\S)\s*")
_ORDER = re.compile(r"#\+ order: (\d+)\s*", re.MULTILINE)
_LAST = 1000
"""The place of a question that states none."""


@dataclass(frozen=True)
class Question:
    """A question in people's words.

    Attributes:
        query: its titles, notes and view; and its text, empty for a comparison and for a question without an answer.
        limits: what cannot be concluded from the answer, by language.
        comparison: the codes of the measure and the dimensions: `measure`, `by`, `and`; empty for a query of its own.
        unanswerable: why the data do not answer it, by language; empty for a question with an answer.
        order: its place among the questions.
    """

    query: StoredQuery
    limits: Mapping[str, str]
    comparison: Mapping[str, str]
    unanswerable: Mapping[str, str] = field(default_factory=dict)
    order: int = _LAST

    @property
    def name(self) -> str:
        """Its name in addresses: that of its file."""
        return self.query.name


@cache
def questions() -> Mapping[str, Question]:
    """All questions by name, in the order of their heads."""
    paths = (Path(__file__).parent / "compare").glob("*.rq")
    found = [parse_question(path.stem, path.read_text(encoding="utf-8")) for path in paths]
    return {each.name: each for each in sorted(found, key=lambda each: (each.order, each.name))}


def parse_question(name: str, text: str) -> Question:
    r"""Parse the text of a question.

    >>> parse_question("costs", "#+ title@en: What does it cost?\n#+ measure: total-cost\n#+ by: region\n").comparison
    {'measure': 'total-cost', 'by': 'region'}
    """
    comparison = {match[1]: match[2] for line in text.splitlines() if (match := _HEAD.fullmatch(line))}
    order = _ORDER.search(text)
    return Question(
        query=parse_query(name, text),
        limits=texts_by_language(text, "limits"),
        comparison=comparison,
        unanswerable=texts_by_language(text, "unanswerable"),
        order=int(order[1]) if order else _LAST,
    )
