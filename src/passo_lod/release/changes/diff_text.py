"""What changed between two releases, in words for who keeps the records: names instead of IRIs, source by source."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile

from pyoxigraph import Literal

from passo_lod.release.changes.dump_diff import KINDS, Change, Difference, PropertyEdit, Term

Names = Callable[[str], str]
"""The name of a term that no release names, or nothing."""

_LONGEST = 100
_SIGNS = {"added": "+", "changed": "~", "removed": "-", "fate": "-"}

_KINDS: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    # One, several, and in Italian the gender.
    "it": {
        "process": ("processo", "processi", "m"),
        "record": ("scheda", "schede", "f"),
        "organisation": ("organizzazione", "organizzazioni", "f"),
        "place": ("luogo", "luoghi", "m"),
        "concept": ("concetto", "concetti", "m"),
        "term": ("termine", "termini", "m"),
        "dataset": ("insieme di dati", "insiemi di dati", "m"),
        "other": ("altra cosa", "altre cose", "f"),
    },
    "en": {
        "process": ("process", "processes", ""),
        "record": ("record", "records", ""),
        "organisation": ("organisation", "organisations", ""),
        "place": ("place", "places", ""),
        "concept": ("concept", "concepts", ""),
        "term": ("term", "terms", ""),
        "dataset": ("dataset", "datasets", ""),
        "other": ("other thing", "other things", ""),
    },
}
_EVENTS: Mapping[str, Mapping[str, str]] = {
    # The star is the ending that agrees.
    "it": {
        "added": "nuov*",
        "changed": "modificat*",
        "fate": "con un altro esito",
        "": "non più pubblicat*",
        "absent": "non più nella fonte",
        "merged": "unit*",
        "quarantined": "sospes*",
        "renamed": "con un altro identificativo",
        "split": "divis*",
        "withdrawn": "ritirat*",
    },
    "en": {
        "added": "new",
        "changed": "changed",
        "fate": "with another fate",
        "": "no longer published",
        "absent": "no longer in the source",
        "merged": "merged",
        "quarantined": "held back",
        "renamed": "with another identifier",
        "split": "split",
        "withdrawn": "withdrawn",
    },
}
_ENDINGS = {("m", False): "o", ("m", True): "i", ("f", False): "a", ("f", True): "e"}
_SAID = {
    "it": {"head": "Da {} a {}: {}", "nothing": "nessuna differenza", "now": "ora", "nothing-there": "(niente)"},
    "en": {"head": "From {} to {}: {}", "nothing": "no difference", "now": "now", "nothing-there": "(nothing)"},
}
LANGUAGES = tuple(_SAID)


def diff_as_text(difference: Difference, language: str, term: Names) -> Iterator[str]:
    """The lines to print: a summary, and then source by source what happened to each thing."""
    speaker = _DiffWriter(difference, language, term)
    said = _SAID[language]
    summary = _counted(difference.changes, language) or said["nothing"]
    yield said["head"].format(difference.before.id, difference.after.id, summary)
    for source, changes in groupby(difference.changes, key=lambda change: change.source):
        some = list(changes)
        yield ""
        yield f"{speaker.source(source)}: {_counted(some, language)}"
        for change in some:
            yield from speaker.change(change)


def _counted(changes: Iterable[Change], language: str) -> str:
    """How many of each, such as `12 new processes, 3 processes changed`."""
    counts = Counter((change.kind, _word_of(change)) for change in changes)
    order = list(_EVENTS[language])
    ordered = sorted(counts.items(), key=lambda each: (KINDS.index(each[0][0]), order.index(each[0][1])))
    return ", ".join(_phrase(kind, event, count, language) for (kind, event), count in ordered)


def _word_of(change: Change) -> str:
    return change.fate if change.event == "removed" else change.event


def _phrase(kind: str, event: str, count: int, language: str) -> str:
    one, several, gender = _KINDS[language][kind]
    noun = several if count != 1 else one
    how = _EVENTS[language][event].replace("*", _ENDINGS.get((gender, count != 1), ""))
    return f"{count:,} {how} {noun}" if language == "en" and event == "added" else f"{count:,} {noun} {how}"


class _DiffWriter:
    """Says changes in one language."""

    def __init__(self, difference: Difference, language: str, term: Names) -> None:
        self._difference = difference
        self._language = language
        self._term = term
        self._base = difference.after.base

    def source(self, iri: str) -> str:
        """What a dataset or another graph is called."""
        titles = self._difference.after.titles.get(iri) or self._difference.before.titles.get(iri) or {}
        return titles.get(self._language) or next(iter(titles.values()), "") or self._name(iri)

    def change(self, change: Change) -> Iterator[str]:
        """A line for the thing, and one for each property that changed."""
        name = self._name(change.thing)
        code = self._code(change.thing)
        head = f"  {_SIGNS[change.event]} {name}" + (f" ({code})" if code != name else "")
        yield head + (f": {self._fate(change)}" if change.event in ("removed", "fate") else "")
        for edit in change.edits:
            start = _start([self._text(each) for each in (*edit.old, *edit.new)])
            old, new = self._values(edit.old, start), self._values(edit.new, start)
            yield f"      {self._property(change, edit)}: {old} → {new}"

    def _fate(self, change: Change) -> str:
        """Why it is gone, in whose favour, and the source's reason."""
        gender = _KINDS[self._language][change.kind][2]
        why = _EVENTS[self._language][change.fate].replace("*", _ENDINGS.get((gender, False), ""))
        by = ", ".join(f"{self._name(each)} ({self._code(each)})" for each in change.replaced_by)
        return (
            why
            + (f", {_SAID[self._language]['now']} {by}" if by else "")
            + (f" ({change.reason})" if change.reason else "")
        )

    def _property(self, change: Change, edit: PropertyEdit) -> str:
        """The property's name, after the name of the part that it is a property of."""
        part = edit.subject.removeprefix(change.thing).lstrip("/#")
        record = f"{self._base}doc/"
        if edit.subject.startswith(record):
            one = _KINDS[self._language]["record"][0]
            part = "#".join([one, *edit.subject.partition("#")[2:]]).rstrip("#")
        return f"{part} › {self._name(edit.predicate)}" if part else self._name(edit.predicate)

    def _values(self, terms: Sequence[Term], start: int) -> str:
        return ", ".join(sorted(self._value(each, start) for each in terms)) or _SAID[self._language]["nothing-there"]

    def _value(self, term: Term, start: int) -> str:
        text = self._text(term)
        text = f"…{text[start:]}" if start else text
        text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        return f"“{text}”" if isinstance(term, Literal) and term.language else text

    def _text(self, term: Term) -> str:
        return " ".join(term.value.split()) if isinstance(term, Literal) else self._name(term.value)

    def _name(self, iri: str) -> str:
        literals = self._difference.names.get(iri, ())
        order = {self._language: 0, None: 1}
        best = min(literals, key=lambda each: order.get(each.language, 2), default=None)
        return " ".join(best.value.split()) if best else self._term(iri) or self._code(iri)

    def _code(self, iri: str) -> str:
        """The end of an IRI of ours; another as it is."""
        if not iri.startswith((self._base, "https://w3id.org/passo/")):
            return iri
        return iri.rpartition("/")[2] or iri


def _start(texts: Sequence[str]) -> int:
    """Where texts are begun to be shown: at their beginning, unless they are long and differ only where they would be cut off.

    >>> _start(["a park", "a wood"]), _start([70 * "word " + "old", 70 * "word " + "new"])
    (0, 330)
    """
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    same = sum(1 for _ in alike)
    is_seen = same < _LONGEST - _BEFORE or max(map(len, texts), default=0) <= _LONGEST or len(texts) == 1
    return 0 if is_seen else same - _BEFORE


_BEFORE = 20
"""Characters that are shown of what is the same, before what is not."""
