"""Describe the changes between two releases in Italian or English, with names instead of IRIs, for `passo-lod releases diff`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, takewhile

from pyoxigraph import Literal

from passo_lod.messages.message_catalogue import gender_of, message
from passo_lod.namespaces import VOCABULARY
from passo_lod.release.changes.dump_diff import Change, Difference, PropertyEdit, Term
from passo_lod.release.changes.things import KINDS

TermLabels = Callable[[str], str]
"""Returns the label of an IRI that has none in the releases; empty if there is none."""

_MAX_LENGTH = 100
"""Characters of a value that are shown."""
_CONTEXT_LENGTH = 20
"""Characters that are shown of what two long values have in common, before they differ."""
_SIGNS = {"added": "+", "changed": "~", "removed": "-", "status-changed": "-"}

_EVENTS = (
    "added",
    "changed",
    "status-changed",
    "removed",
    "absent",
    "merged",
    "quarantined",
    "renamed",
    "split",
    "withdrawn",
)
"""What can happen to a thing, in the order of the summary: an event, or the status of a removed thing."""


def diff_as_text(difference: Difference, language: str, term_label: TermLabels) -> Iterator[str]:
    """Yield the lines to print: a summary, and then source by source what happened to each thing.

    Args:
        difference: the changes.
        language: `it` or `en`.
        term_label: labels of terms of other vocabularies.
    """
    writer = _DiffWriter(difference, language, term_label)
    counted = _counted(difference.changes, language) or message("diff.no-difference", language)
    before, after = difference.before.id, difference.after.id
    yield message("diff.summary", language, before=before, after=after, changes=counted)
    for source, group in groupby(difference.changes, key=lambda change: change.source):
        changes = list(group)
        yield ""
        yield f"{writer.source(source)}: {_counted(changes, language)}"
        for change in changes:
            yield from writer.change(change)


def _counted(changes: Iterable[Change], language: str) -> str:
    """Count the changes of each kind, such as `12 new processes, 3 processes changed`."""
    counts = Counter((change.kind, _event_key(change)) for change in changes)
    ordered = sorted(counts.items(), key=lambda each: (KINDS.index(each[0][0]), _EVENTS.index(each[0][1])))
    return ", ".join(_phrase(kind, event, count, language) for (kind, event), count in ordered)


def _event_key(change: Change) -> str:
    return change.status or "removed" if change.event == "removed" else change.event


def _phrase(kind: str, event: str, count: int, language: str) -> str:
    gender = gender_of(f"diff.kind.{kind}", language)
    return message(
        "diff.counted-added" if event == "added" else "diff.counted",
        language,
        number=f"{count:,}",
        kind=message(f"diff.kind.{kind}", language, count=count),
        event=message(f"diff.event.{event}", language, count=count, gender=gender),
    )


class _DiffWriter:
    """Describes changes in one language."""

    def __init__(self, difference: Difference, language: str, term_label: TermLabels) -> None:
        self._difference = difference
        self._language = language
        self._term_label = term_label
        self._base = difference.after.base

    def source(self, iri: str) -> str:
        """Return the title of a dataset, or the label of another graph."""
        titles = self._difference.after.titles.get(iri) or self._difference.before.titles.get(iri) or {}
        return titles.get(self._language) or next(iter(titles.values()), "") or self._label(iri)

    def change(self, change: Change) -> Iterator[str]:
        """Yield a line for the thing, and one for each edited property."""
        label, code = self._label(change.thing), self._code(change.thing)
        head = f"  {_SIGNS[change.event]} {label}" + (f" ({code})" if code != label else "")
        yield head + (f": {self._status(change)}" if change.event in ("removed", "status-changed") else "")
        for edit in change.edits:
            start = _start([self._text(term) for term in (*edit.old, *edit.new)])
            old, new = self._values(edit.old, start), self._values(edit.new, start)
            yield f"      {self._property(change, edit)}: {old} → {new}"

    def _status(self, change: Change) -> str:
        """Say why a thing is not published, what replaces it, and the source's reason."""
        gender = gender_of(f"diff.kind.{change.kind}", self._language)
        why = message(f"diff.event.{change.status or 'removed'}", self._language, gender=gender)
        by = ", ".join(f"{self._label(iri)} ({self._code(iri)})" for iri in change.replaced_by)
        return (
            why
            + (f", {message('diff.replaced-by', self._language)} {by}" if by else "")
            + (f" ({change.reason})" if change.reason else "")
        )

    def _property(self, change: Change, edit: PropertyEdit) -> str:
        """Return the label of the property, after the name of the part that it belongs to."""
        part = edit.subject.removeprefix(change.thing).lstrip("/#")
        if edit.subject.startswith(f"{self._base}doc/"):
            record = message("diff.kind.record", self._language)
            part = "#".join([record, *edit.subject.partition("#")[2:]]).rstrip("#")
        return f"{part} › {self._label(edit.predicate)}" if part else self._label(edit.predicate)

    def _values(self, terms: Sequence[Term], start: int) -> str:
        values = ", ".join(sorted(self._value(term, start) for term in terms))
        return values or message("diff.no-value", self._language)

    def _value(self, term: Term, start: int) -> str:
        text = self._text(term)
        text = f"…{text[start:]}" if start else text
        text = text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}…"
        return f"“{text}”" if isinstance(term, Literal) and term.language else text

    def _text(self, term: Term) -> str:
        return " ".join(term.value.split()) if isinstance(term, Literal) else self._label(term.value)

    def _label(self, iri: str) -> str:
        labels = self._difference.labels.get(iri, ())
        order = {self._language: 0, None: 1}
        best = min(labels, key=lambda each: order.get(each.language, 2), default=None)
        return " ".join(best.value.split()) if best else self._term_label(iri) or self._code(iri)

    def _code(self, iri: str) -> str:
        """Return the last segment of one of our IRIs; other IRIs as they are."""
        if not iri.startswith((self._base, VOCABULARY)):
            return iri
        return iri.rpartition("/")[2] or iri


def _start(texts: Sequence[str]) -> int:
    """Return the index from which texts are shown: 0, unless they are long and differ only after `_MAX_LENGTH`.

    >>> _start(["a park", "a wood"]), _start([70 * "word " + "old", 70 * "word " + "new"])
    (0, 330)
    """
    equal = takewhile(lambda characters: len(set(characters)) == 1, zip(*texts, strict=False))
    common = sum(1 for _ in equal)
    is_visible = (
        common < _MAX_LENGTH - _CONTEXT_LENGTH or max(map(len, texts), default=0) <= _MAX_LENGTH or len(texts) == 1
    )
    return 0 if is_visible else common - _CONTEXT_LENGTH
