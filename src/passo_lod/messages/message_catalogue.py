"""Look up texts for people in `it.yaml`, `en.yaml`, … by key and language; pages, feeds and the catalogue take all their texts here.

A further language is a further file with the same keys. A message is a text, or forms of a text: by number (`one`, `other`), by grammatical
gender (`masculine`, `feminine`), or both. A noun may state its `gender`, so that another message can agree with it. Keys of nested mappings
are joined by full stops.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from passo_lod.errors import SettingsError

Forms = Mapping[str, "str | Forms"]
Message = str | Forms

_FOLDER = Path(__file__).parent
_DEFAULT_LANGUAGE = "it"
_FORMS = frozenset({"one", "other", "masculine", "feminine", "gender"})


def _find_languages() -> tuple[str, ...]:
    tags = sorted(file.stem for file in _FOLDER.glob("*.yaml"))
    return tuple(sorted(tags, key=lambda tag: tag != _DEFAULT_LANGUAGE))


LANGUAGES = _find_languages()
"""The language tags of the files; the first is for readers who state no preference."""


def message(key: str, language: str, *, count: int | None = None, gender: str = "", **values: object) -> str:
    """The text of a message.

    Args:
        key: such as `page.home`.
        language: one of `LANGUAGES`.
        count: the number that chooses between `one` and `other`, by default 1; and the value of `{count}`.
        gender: the gender that chooses between `masculine` and `feminine`.
        values: for the placeholders; without values, placeholders stay as they are.

    Raises:
        KeyError: the language has no such message.

    >>> message("page.source", "en"), message("duration.years", "it", count=2)
    ('Source', 'anni')
    """
    text = _choose_form(load_messages(language)[key], count, gender)
    if count is not None:
        values["count"] = count_text(count, language)
    return text.format(**values) if values else text


def count_text(number: int, language: str) -> str:
    """A whole number with the separators of a language.

    >>> count_text(1234, "it")
    '1.234'
    """
    text = f"{number:,}"
    return text.replace(",", message("number.thousands-separator", language)) if "," in text else text


def find_message(key: str, language: str) -> str | None:
    """The text of a message without forms; None if the language has no such message."""
    found = load_messages(language).get(key)
    return found if isinstance(found, str) else None


def in_every_language(key: str) -> dict[str, str]:
    """The text of a message by language tag, for literals with a language."""
    return {language: message(key, language) for language in LANGUAGES}


def gender_of(key: str, language: str) -> str:
    """The gender of a noun; an empty string if the language has no genders."""
    noun = load_messages(language)[key]
    return "" if isinstance(noun, str) else str(noun.get("gender", ""))


@cache
def load_messages(language: str) -> Mapping[str, Message]:
    """The messages of a language by key.

    Raises:
        SettingsError: the file is not a mapping of texts.
    """
    file = _FOLDER / f"{language}.yaml"
    try:
        block = yaml.load(file.read_bytes(), yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error
    if not isinstance(block, Mapping):
        raise SettingsError(f"{file}: should be a mapping of keys to texts")
    return dict(_flatten(block, "", file))


def _flatten(block: object, key: str, file: Path) -> Iterator[tuple[str, Message]]:
    if isinstance(block, str) or (isinstance(block, Mapping) and block.keys() <= _FORMS):
        yield key, block
    elif isinstance(block, Mapping):
        for name, value in block.items():
            yield from _flatten(value, f"{key}.{name}" if key else str(name), file)
    else:
        raise SettingsError(f"{file}: {key} is {block!r}; a message is a text: put it in quotes")


def _choose_form(text: Message, count: int | None, gender: str) -> str:
    if isinstance(text, str):
        return text
    number = "one" if count is None or count == 1 else "other"
    name = next(form for form in (gender, number, "masculine") if form in text)
    return _choose_form(text[name], count, gender)
