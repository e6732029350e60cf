"""Texts that are written in a language only when they are shown, for validation results, which have readers of several languages.

They can be compared, pickled and cached. `CatalogueText` is a message of the catalogue, `LanguageMap` a text that the data have in languages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from passo_lod.messages.message_catalogue import LANGUAGES, count_text, load_messages, message


@dataclass(frozen=True)
class LanguageMap:
    """One text in several languages (JSON-LD 1.1, 4.6.2), such as the labels of a concept.

    Attributes:
        texts: language tags and texts; readers of other languages get the first.

    >>> LanguageMap.of({"en": "end date", "it": "data di fine"}).text("it")
    'data di fine'
    """

    texts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "LanguageMap":
        """The map with these texts by language tag, in their order."""
        return cls(tuple(texts.items()))

    def text(self, language: str) -> str:
        """The text in a language, or else the first; empty if there is none."""
        return dict(self.texts).get(language, self.texts[0][1] if self.texts else "")

    def has(self, language: str) -> bool:
        """Whether there is a text in a language."""
        return language in dict(self.texts)

    def preferring(self, language: str) -> "LanguageMap":
        """The map with the text in a language, if it has one, for readers of languages that it lacks."""
        return LanguageMap(tuple(sorted(self.texts, key=lambda each: each[0] != language)))

    def with_data(self, change: Callable[[str], str]) -> "LanguageMap":
        """The map itself: it has no texts of a record."""
        return self


@dataclass(frozen=True)
class CatalogueText:
    """A message of the catalogue with the values of its placeholders.

    Attributes:
        key: of `messages/*.yaml`.
        values: by placeholder; `count` chooses between the forms of a message.

    >>> CatalogueText.of("duration.years", {"count": 2}).text("it")
    'anni'
    """

    key: str
    values: tuple[tuple[str, "Value"], ...] = ()

    @classmethod
    def of(cls, key: str, values: "Values | None" = None) -> "CatalogueText":
        """The message with a key and values by placeholder."""
        return cls(key, tuple((values or {}).items()))

    def text(self, language: str) -> str:
        """The message in a language.

        Raises:
            KeyError: the language has no message with this key.
        """
        values = dict(self.values)
        count = values.pop("count", None)
        assert count is None or isinstance(count, int)  # noqa: S101 - it chooses a form
        text = message(
            self.key, language, count=count, **{name: _write(value, language) for name, value in values.items()}
        )
        return text if self.values else text.format()  # {{ stands for {, also without placeholders

    def has(self, language: str) -> bool:
        """Whether there is a text in a language: always, because each language has all messages."""
        return True

    def with_data(self, change: Callable[[str], str]) -> "CatalogueText":
        """The message with each value that is a text of a record changed, for masking."""
        return CatalogueText(self.key, tuple((name, _change(value, change)) for name, value in self.values))


LocalisedText = CatalogueText | LanguageMap
Value: TypeAlias = "str | int | LocalisedText | tuple[Value, ...]"
"""A text of a record, a number, a text for people, or a list of these."""

Values = Mapping[str, Value]


def problem_texts(key: str, values: Values) -> tuple[CatalogueText, CatalogueText | None]:
    """What is wrong and what would be right: the messages `problem` and `expected` below a key; not every key has the second.

    >>> [each.text("en") for each in problem_texts("read.json.cut-off", {}) if each]
    ['the file ends in the middle of a value', 'JSON (RFC 8259): keys and texts in double quotes, a comma between two items and none after the last']
    """
    has_expected = f"{key}.expected" in load_messages(LANGUAGES[0])
    return CatalogueText.of(f"{key}.problem", values), CatalogueText.of(
        f"{key}.expected", values
    ) if has_expected else None


def _write(value: Value, language: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return count_text(value, language)
    if isinstance(value, tuple):
        return "; ".join(_write(each, language) for each in value)
    return value.text(language)


def _change(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, int):
        return value
    if isinstance(value, tuple):
        return tuple(_change(each, change) for each in value)
    return value.with_data(change)
