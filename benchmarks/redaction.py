"""Measure how much personal data `passo_lod.mapping.redaction` masks, and what it masks without need.

    python -m benchmarks.redaction
    python -m benchmarks.redaction --list
    python -m benchmarks.redaction --drawn    # needs the package Faker, which is no dependency of the project

The texts are in `tests/mapping/redaction_texts/`, one file for each language; those in `redaction_texts_of_other_kinds/` were written
after the patterns, and measured before any of them was changed for these. `[[kind|text]]` marks what has to be masked. A marked place is found if every
letter and digit of it is masked. A masked place is right if it overlaps a marked one.
"""

import argparse
import importlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod.mapping.redaction import PersonalData, find_personal_data

TEXTS = Path(__file__).resolve().parents[1] / "tests" / "mapping" / "redaction_texts"
OTHER_TEXTS = TEXTS.with_name("redaction_texts_of_other_kinds")
_MARKED = re.compile(r"\[\[([\w -]+?)\|(.+?)\]\](?!\])")

Find = Callable[[str], Sequence[PersonalData]]


@dataclass(frozen=True)
class MarkedText:
    """A text and the places in it that have to be masked."""

    language: str
    text: str
    places: tuple[PersonalData, ...]

    @classmethod
    def parse(cls, language: str, line: str) -> "MarkedText":
        """Parse a line with marks.

        >>> MarkedText.parse("it", "Il sindaco [[name|Luca Neri]].").places
        (PersonalData(start=11, end=20, kind='name'),)
        """
        text, places, end = "", [], 0
        for mark in _MARKED.finditer(line):
            text += line[end : mark.start()]
            places.append(PersonalData(len(text), len(text) + len(mark[2]), mark[1]))
            text += mark[2]
            end = mark.end()
        return cls(language, text + line[end:], tuple(places))


@dataclass
class Figures:
    """Counts by language and by kind of mark, and the texts with a fault."""

    marked: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    missed_texts: list[tuple[MarkedText, PersonalData]] = field(default_factory=list)
    wrong_texts: list[tuple[MarkedText, PersonalData]] = field(default_factory=list)

    def recall(self, language: str | None = None, kind: str | None = None) -> float:
        """The share of the marked places that are masked, of one language and kind if they are given."""
        keys = [each for each in self.marked if language in (None, each[0]) and kind in (None, each[1])]
        return sum(self.found[each] for each in keys) / sum(self.marked[each] for each in keys)

    def precision(self, language: str | None = None) -> float:
        """The share of the masked places that are marked."""
        languages = [language] if language else list(self.masked)
        return sum(self.right[each] for each in languages) / sum(self.masked[each] for each in languages)


def marked_texts(folder: Path = TEXTS) -> list[MarkedText]:
    """Read the texts of all languages."""
    return [
        MarkedText.parse(path.stem, line)
        for path in sorted(folder.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def measure(texts: Sequence[MarkedText], find: Find = find_personal_data) -> Figures:
    """Compare what is found with the marks."""
    figures = Figures()
    for text in texts:
        masked = find(text.text)
        for place in text.places:
            figures.marked[text.language, place.kind] += 1
            if all(_is_inside(at, masked) for at in range(place.start, place.end) if text.text[at].isalnum()):
                figures.found[text.language, place.kind] += 1
            else:
                figures.missed_texts.append((text, place))
        for place in masked:
            figures.masked[text.language] += 1
            if any(place.start < each.end and each.start < place.end for each in text.places):
                figures.right[text.language] += 1
            else:
                figures.wrong_texts.append((text, place))
    return figures


def _is_inside(at: int, places: Sequence[PersonalData]) -> bool:
    return any(place.start <= at < place.end for place in places)


def table(figures: Figures) -> Iterator[str]:
    """The figures as a Markdown table."""
    languages = sorted({language for language, _ in figures.marked})
    yield "| kind | " + " | ".join(languages) + " | all |"
    yield "| --- " * (len(languages) + 2) + "|"
    for kind in sorted({kind for _, kind in figures.marked}):
        cells = [_share(figures, language, kind) for language in (*languages, None)]
        yield f"| {kind} | " + " | ".join(cells) + " |"
    yield "| **recall** | " + " | ".join(f"{figures.recall(each):.1%}" for each in (*languages, None)) + " |"
    yield "| **precision** | " + " | ".join(f"{figures.precision(each):.1%}" for each in (*languages, None)) + " |"


def _share(figures: Figures, language: str | None, kind: str) -> str:
    keys = [each for each in figures.marked if each[1] == kind and language in (None, each[0])]
    return (
        f"{sum(figures.found[each] for each in keys)} of {sum(figures.marked[each] for each in keys)}" if keys else "–"
    )


_LOCALES = {"en": "en_GB", "es": "es_ES", "fr": "fr_FR", "it": "it_IT"}
_SENTENCES = {
    "after a role": {
        "en": "The mayor [[name|{}]] opened the meeting.",
        "es": "El alcalde [[name|{}]] abrió la reunión.",
        "fr": "Le maire [[name|{}]] a ouvert la réunion.",
        "it": "Il sindaco [[name|{}]] ha aperto la riunione.",
    },
    "without a role": {
        "en": "In the evening [[name|{}]] spoke of it.",
        "es": "Por la tarde [[name|{}]] habló de ello.",
        "fr": "Le soir [[name|{}]] en a parlé.",
        "it": "La sera [[name|{}]] ne ha parlato.",
    },
}


def drawn_table(times: int = 1000, seed: int = 30) -> Iterator[str]:
    """How many names that are drawn from Faker's lists are masked, as a Markdown table; rare names are as frequent as common ones."""
    yield "| masked | " + " | ".join(_LOCALES) + " |"
    yield "| --- " * (len(_LOCALES) + 1) + "|"
    names = {language: _drawn_names(locale, times, seed) for language, locale in _LOCALES.items()}
    for place, sentences in _SENTENCES.items():
        texts = [
            MarkedText.parse(language, sentences[language].format(name))
            for language in _LOCALES
            for name in names[language]
        ]
        figures = measure(texts)
        yield f"| {place} | " + " | ".join(f"{figures.recall(language):.1%}" for language in _LOCALES) + " |"


def _drawn_names(locale: str, times: int, seed: int) -> list[str]:
    # Imported here, because only this measurement needs the package.
    person = importlib.import_module(f"faker.providers.person.{locale}").Provider
    draw = random.Random(seed)
    first, last = sorted(person.first_names), sorted(person.last_names)
    return [f"{draw.choice(first)} {draw.choice(last)}" for _ in range(times)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Recall and precision of the masking of personal data.")
    parser.add_argument("--list", action="store_true", help="list what is missed and what is masked without need")
    parser.add_argument(
        "--drawn", action="store_true", help="measure with names drawn from the lists of the package Faker"
    )
    options = parser.parse_args(arguments)
    if options.drawn:
        print("\n".join(drawn_table()))
        return
    for folder in (TEXTS, OTHER_TEXTS):
        texts = marked_texts(folder)
        figures = measure(texts)
        print(f"{folder.name}: {len(texts)} texts, {sum(figures.marked.values())} places to mask\n")
        print("\n".join(table(figures)), end="\n\n")
        if options.list:
            print_faults(figures)


def print_faults(figures: Figures) -> None:
    """Print what is missed and what is masked without need."""
    for name, faults in (("missed", figures.missed_texts), ("masked without need", figures.wrong_texts)):
        print(f"{name}:")
        for text, place in faults:
            print(f"  {text.language} {place.kind}: «{text.text[place.start : place.end]}» in: {text.text}")
        print()


if __name__ == "__main__":
    main()
