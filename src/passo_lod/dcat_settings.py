"""Read the optional keys of `passo.yaml` that open-data portals ask for, such as contact, theme and frequency."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod import yaml_loader
from passo_lod.errors import SettingsError
from passo_lod.yaml_loader import YamlMapping, YamlText

KEYS = ("url", "contact", "publisher-identifier", "keywords", "theme", "frequency", "harvested")
"""The keys of `passo.yaml` that this module reads."""

_CONTACT = ("name", "email", "page")
_IRI = r"https?://(?![^/?#]*@)[^\s#?<>\"{}|\\^`%]+"

THEMES = (
    "AGRI",
    "ECON",
    "EDUC",
    "ENER",
    "ENVI",
    "GOVE",
    "HEAL",
    "INTR",
    "JUST",
    "OP_DATPRO",
    "REGI",
    "SOCI",
    "TECH",
    "TRAN",
)
"""The codes of the EU authority table data-theme."""

FREQUENCIES = (
    "ANNUAL",
    "ANNUAL_2",
    "ANNUAL_3",
    "AS_NEEDED",
    "BIENNIAL",
    "BIMONTHLY",
    "BIWEEKLY",
    "CONT",
    "DAILY",
    "DAILY_2",
    "IRREG",
    "MONTHLY",
    "MONTHLY_2",
    "MONTHLY_3",
    "NEVER",
    "NOT_PLANNED",
    "OTHER",
    "QUARTERLY",
    "TRIENNIAL",
    "UNKNOWN",
    "UPDATE_CONT",
    "WEEKLY",
    "WEEKLY_2",
    "WEEKLY_3",
)
"""The codes of the EU authority table frequency that a catalogue is likely to need."""


DATASET_KINDS = ("sources", "places", "vocabulary", "cube", "all", "versions")
"""What can be harvested: the dataset of each source, those of the places, of the vocabulary, of the data cube and of all data, and former versions of the last."""


@dataclass(frozen=True)
class DcatSettings:
    """The description of the catalogue for harvesters (DCAT-AP 3).

    Attributes:
        url: the address under which the server is reached; ends in a slash; empty for the base IRI.
        contact: the name of the office that answers questions, by language; empty for the publisher's.
        email: its address.
        page: its page on the web.
        identifier: the identifier of the publisher, such as `codiceIPA:r_emiro`.
        keywords: by language; empty for the title of the catalogue.
        theme: a code of the EU authority table data-theme.
        frequency: a code of the EU authority table frequency.
        harvested: the kinds of datasets that harvesters see, of `DATASET_KINDS`.
    """

    url: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    email: str = ""
    page: str = ""
    identifier: str = ""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    theme: str = "GOVE"
    frequency: str = "IRREG"
    harvested: tuple[str, ...] = DATASET_KINDS[:-1]

    @classmethod
    def of(cls, path: Path, block: YamlMapping) -> "DcatSettings":
        """Read the keys from a parsed passo.yaml.

        Raises:
            SettingsError: a key is wrong; names file, line and what would be right.
        """
        contact = yaml_loader.mapping(block, "contact", path, SettingsError)
        _check_keys(path, contact)
        return cls(
            url=_text(path, block, "url", _fits(rf"{_IRI}/"), "an address that ends in a slash"),
            contact=_texts(path, contact, "name"),
            email=_text(path, contact, "email", _fits(r"[^\s@<>:]+@[^\s@<>:]+"), "the e-mail address of an office"),
            page=_text(
                path, contact, "page", _fits(r"https?://(?![^/?#]*@)[^\s<>\"{}|\\^`]+"), "the address of a page"
            ),
            identifier=_text(path, block, "publisher-identifier", _fits(r"\S+"), "one word, such as codiceIPA:r_emiro"),
            keywords=_keywords(path, block),
            theme=_text(path, block, "theme", THEMES.__contains__, f"one of {', '.join(THEMES)}") or cls.theme,
            frequency=_text(path, block, "frequency", FREQUENCIES.__contains__, f"one of {', '.join(FREQUENCIES)}")
            or cls.frequency,
            harvested=_harvested(path, block) or cls.harvested,
        )


def _fits(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _check_keys(path: Path, contact: YamlMapping) -> None:
    for key in contact:
        if key not in _CONTACT:
            raise SettingsError(
                f"{path}:{key.line}: contact: unknown key {str(key)!r}; known: {', '.join(_CONTACT)}"  # type: ignore[attr-defined]
            )


def _text(path: Path, block: YamlMapping, key: str, right: Callable[[str], bool], expected: str) -> str:
    if key not in block:
        return ""
    value = block[key]
    if not isinstance(value, YamlText) or not right(value):
        raise SettingsError(f"{path}:{value.line}: {key} {str(value)!r} should be {expected}")
    return str(value)


def _texts(path: Path, block: YamlMapping, key: str) -> dict[str, str]:
    value = yaml_loader.mapping(block, key, path, SettingsError)
    for text in value.values():
        if not isinstance(text, YamlText):
            raise SettingsError(f"{path}:{text.line}: {key} should hold one text a language, such as 'it: …'")
    return {str(language): str(text) for language, text in value.items()}


def _keywords(path: Path, block: YamlMapping) -> dict[str, tuple[str, ...]]:
    value = yaml_loader.mapping(block, "keywords", path, SettingsError)
    return {str(language): yaml_loader.text_list(value, language, path, SettingsError) for language in value}


def _harvested(path: Path, block: YamlMapping) -> tuple[str, ...]:
    if "harvested" not in block:
        return ()
    kinds = yaml_loader.text_list(block, "harvested", path, SettingsError)
    if not set(kinds) <= set(DATASET_KINDS) or not set(kinds) - {"versions"}:
        known = ", ".join(DATASET_KINDS)
        raise SettingsError(
            f"{path}:{block['harvested'].line}: harvested [{', '.join(kinds)}] should be some of {known}, and not versions alone"
        )
    return kinds
