"""Read `passo.yaml`: what is published, by whom, under which IRIs; and find the folders of ontology, shapes and places."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from passo_lod import dcat_settings, yaml_loader
from passo_lod.dcat_settings import DcatSettings
from passo_lod.errors import SettingsError
from passo_lod.yaml_loader import YamlMapping, YamlText

_REQUIRED = ("base", "title", "description", "publisher", "licence", "languages")
_KEYS = (*_REQUIRED, *dcat_settings.KEYS)

HOME = Path(__file__).resolve().parents[2]
"""The folder with the ontology, shapes and places that come with passo-lod."""


@dataclass(frozen=True)
class Catalog:
    """The settings of a catalogue (dcat:Catalog).

    Attributes:
        base: the IRI that all `id/`, `doc/` and `dataset/` IRIs begin with; ends in a slash.
        portal: the settings that DCAT-AP harvesters ask for.
        data: the folder with `sources/`, and with `places/` if it has its own.
        settings: the passo.yaml that was read.
    """

    base: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    publisher: Mapping[str, str]
    licence: str
    languages: tuple[str, ...]
    data: Path
    settings: Path
    portal: DcatSettings = field(default_factory=DcatSettings)

    @classmethod
    def open(cls, data: Path) -> "Catalog":
        """Open the catalogue of a data folder: its own `passo.yaml`, or the nearest one above it, or that of passo-lod.

        Raises:
            SettingsError: the folder has no sources, or passo.yaml is wrong.
        """
        if not data.is_dir():
            raise SettingsError(
                f"{data}: no such folder; --data names a folder that holds sources/<source>/source.yaml"
            )
        settings = _settings(data.resolve())
        block = yaml_loader.load(settings, SettingsError)
        _check(settings, block)
        return cls(
            base=str(block["base"]),
            title=_texts(settings, block, "title"),
            description=_texts(settings, block, "description"),
            publisher=_texts(settings, block, "publisher"),
            licence=str(block["licence"]),
            languages=yaml_loader.text_list(block, "languages", settings, SettingsError),
            data=data,
            settings=settings,
            portal=DcatSettings.of(settings, block),
        )

    def source_folders(self) -> list[Path]:
        """The folders of the sources, sorted by name; a folder without source.yaml is listed too, and fails when it is opened.

        Raises:
            SettingsError: there is none.
        """
        folders = sorted(path for path in self.data.glob("sources/[!._]*") if path.is_dir())
        if not folders:
            raise SettingsError(
                f"{self.data}: holds no source; a source is sources/<source>/source.yaml and mapping.yaml"
            )
        return folders

    @property
    def ontology(self) -> Path:
        """The folder of the ontology, its schemes and its alignments."""
        return self._folder("ontology", self.settings.parent)

    @property
    def shapes(self) -> Path:
        """The folder of the shapes."""
        return self._folder("shapes", self.settings.parent)

    @property
    def places(self) -> Path:
        """The folder of the places: that of the data folder, or that of passo-lod."""
        own = self.data / "places"
        return own if own.is_dir() else self._folder("data/places", self.settings.parent)

    def _folder(self, name: str, beside: Path) -> Path:
        for folder in (beside / name, HOME / name):
            if folder.is_dir():
                return folder
        raise SettingsError(f"{beside}: the folder {name} is missing; it comes with passo-lod")


def _settings(data: Path) -> Path:
    for folder in (data, *data.parents, HOME):
        # Also a passo.yaml that cannot be read, such as a broken link: a catalogue further up has another base IRI.
        if os.path.lexists(folder / "passo.yaml"):
            return folder / "passo.yaml"
    raise SettingsError(f"{data}: no passo.yaml in it or above it")


def _check(path: Path, block: YamlMapping) -> None:
    for key in block:
        if key not in _KEYS:
            raise SettingsError(f"{path}:{key.line}: unknown key {str(key)!r}; known: {', '.join(_KEYS)}")  # type: ignore[attr-defined]
    missing = [key for key in _REQUIRED if not block.get(key)]
    if missing:
        raise SettingsError(f"{path}: {', '.join(missing)} missing; the catalogue states {', '.join(_REQUIRED)}")
    for key, pattern, expected in (
        ("base", r"https?://(?![^/?#]*@)[^\s#?<>\"{}|\\^`%]+/", "an IRI that ends in a slash"),
        ("licence", r"https?://(?![^/?#]*@)[^\s<>\"{}|\\^`]+", "the licence's IRI"),
    ):
        if not re.fullmatch(pattern, str(block[key])):
            raise SettingsError(f"{path}:{block[key].line}: {key} {str(block[key])!r} should be {expected}")


def _texts(path: Path, block: YamlMapping, key: str) -> dict[str, str]:
    value = block[key]
    if not isinstance(value, YamlMapping) or not all(isinstance(text, YamlText) for text in value.values()):
        raise SettingsError(f"{path}:{value.line}: {key} should hold one text a language, such as 'it: …'")
    return {str(language): str(text) for language, text in value.items()}
