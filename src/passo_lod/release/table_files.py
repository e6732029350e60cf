"""The flat tables as files of a release: of the whole and of each source, with the documents that describe them to programs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from pyoxigraph import NamedNode

from passo_lod.media_types import CSV, CSVW, DATA_PACKAGE, PARQUET
from passo_lod.release.content import Content, Dataset
from passo_lod.release.file import File, Stage, written
from passo_lod.release.flat import as_json, to_csv, to_parquet
from passo_lod.release.table_metadata import About, csvw, data_package
from passo_lod.release.tables import Table, Tables
from passo_lod.tables.library import descriptions


def table_files(content: Content) -> Iterator[Stage]:
    """Each table as CSV and Parquet, and what describes the tables of a set, which comes after them."""
    tables = cache(lambda: _tables(content))
    yield from _set_files(_Set(_about_all(content), lambda: tables().of()))
    for dataset in content.datasets:
        of_dataset = NamedNode(dataset.iri)
        yield from _set_files(_Set(_about(content, dataset), lambda iri=of_dataset: tables().of(iri)))  # type: ignore[misc]


def _tables(content: Content) -> Tables:
    return Tables(content.base, content.quads, [NamedNode(dataset.iri) for dataset in content.datasets])


@dataclass
class _Set:
    """The tables of the whole or of a source: made with the first of them, let go of with the last."""

    about: About
    make: Callable[[], list[Table]]
    made: dict[str, Table] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    def table(self, name: str) -> Table:
        if not self.made:
            self.made = {table.name: table for table in self.make()}
        return self.made[name]


def _set_files(tables: _Set) -> Iterator[Stage]:
    for name in sorted((each.name for each in descriptions()), key=lambda name: name != "processes"):
        yield partial(_csv, tables=tables, name=name)
        yield partial(_parquet, tables=tables, name=name)
    yield partial(_described, tables=tables, name="datapackage.json")
    yield partial(_described, tables=tables, name="csv-metadata.json")


def _csv(folder: Path, tables: _Set, name: str) -> list[File]:
    return _kept(folder, tables, name, "csv", to_csv(tables.table(name)))


def _parquet(folder: Path, tables: _Set, name: str) -> list[File]:
    about = tables.about
    said = {"title": f"{about.titles['en']}: {name}", "licences": " ".join(about.licences), "base": about.base}
    return _kept(folder, tables, name, "parquet", to_parquet(tables.table(name), said))


def _kept(folder: Path, tables: _Set, name: str, extension: str, content: bytes) -> list[File]:
    table, about = tables.table(name), tables.about
    media_type = {"csv": CSV, "parquet": PARQUET}[extension]
    said = {
        "name": name,
        "title": dict(table.titles),
        "description": dict(table.notes),
        "rows": len(table.rows),
        "columns": len(table.fields),
    }
    path = f"dump/{about.stem}-{name}.{extension}"
    title = f"{about.titles['en']}: {table.titles['en'].lower()}, {media_type.title}"
    file = written(folder, path, media_type, title, about.licences, content, about.dataset, said)
    tables.files[f"{name}.{extension}"] = file
    return [file]


def _described(folder: Path, tables: _Set, name: str) -> list[File]:
    about = tables.about
    every = [tables.table(each) for each in tables.made]
    document, media_type = (
        (csvw(about, every), CSVW)
        if name.startswith("csv")
        else (data_package(about, every, tables.files), DATA_PACKAGE)
    )
    title = f"{about.titles['en']}: the tables described, {media_type.title}"
    path, data = f"dump/{about.stem}-{name}", as_json(document)
    return [written(folder, path, media_type, title, about.licences, data, about.dataset)]


def _about_all(content: Content) -> About:
    licences = {content.licence, *(dataset.licence for dataset in content.datasets)}
    return About(
        "passo",
        {"it": "Tutti i dati", "en": "All data"},
        dict(content.description),
        tuple(sorted(licences)),
        content.base,
        tuple((dict(dataset.title), dataset.iri) for dataset in content.datasets),
        None,
    )


def _about(content: Content, dataset: Dataset) -> About:
    """A source's tables hold labels of our code lists and places too, so that both licences are named."""
    titles = {language: dataset.title.get(language, dataset.name) for language in ("it", "en")}
    return About(
        f"passo-{dataset.name}",
        titles,
        dict(dataset.description),
        tuple(dict.fromkeys((dataset.licence, content.licence))),
        content.base,
        ((titles, dataset.iri),),
        dataset.name,
    )
