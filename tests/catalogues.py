"""A small catalogue for tests: real samples of one source, under a licence of the EU authority table, with an invented publisher."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from passo_lod.catalog import Catalog
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.publish import publish
from passo_lod.release.publish_policy import OPEN
from tests.conftest import SOURCE

BASE = "https://example.org/partecipa/"
SETTINGS = f"""\
base: {BASE}
title: {{it: Catalogo di prova, en: Test catalogue}}
description: {{it: Una prova., en: A test.}}
publisher: {{it: Chi pubblica, en: Who publishes}}
licence: https://creativecommons.org/licenses/by/4.0/
languages: [it, en]
contact: {{name: {{it: Ufficio di prova, en: Test office}}, email: ufficio@example.org, page: https://example.org/ufficio}}
publisher-identifier: codiceIPA:xx_prova
keywords: {{it: [partecipazione], en: [participation]}}
"""


def data_folder(small_data: Callable[[str], Path], name: str = "portal", *, known_licence: bool = True) -> Path:
    """A data folder with some samples and the municipalities they name; the licence is one of the EU authority table, or the source's own."""
    data = small_data(name)
    (data / "passo.yaml").write_text(SETTINGS, encoding="utf-8")
    source = data / "sources" / SOURCE.name
    for sample in sorted((SOURCE / "samples").glob("*.txt"))[:4]:
        shutil.copy(sample, source / "samples")
    keep_municipalities(data, "".join(each.read_text(encoding="utf-8") for each in (source / "samples").iterdir()))
    if known_licence:
        text = (source / "source.yaml").read_text(encoding="utf-8")
        changed = re.sub(r"(?m)^licence: \S+", "licence: https://creativecommons.org/licenses/by/4.0/", text)
        (source / "source.yaml").write_text(changed, encoding="utf-8")
    return data


def keep_municipalities(data: Path, text: str) -> None:
    """Keep only the municipalities that a text names, so that publishing is quick."""
    table = data / "places" / "municipalities.csv"
    header, *rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text(header + "".join(row for row in rows if row.split(",")[1] in text), encoding="utf-8")


def edited(data: Path, record: str = "1298") -> Path:
    """Change the title of one record of a data folder."""
    sample = next((data / "sources" / SOURCE.name / "samples").glob(f"{record}.txt"))
    lines = sample.read_text(encoding="utf-8").split("\n")
    sample.write_text("\n".join([*lines[:2], f"{lines[2]} E OLTRE", *lines[3:]]), encoding="utf-8")
    return data


def published(data: Path, releases: Path) -> Path:
    """Publish the data; return the folder of the release."""
    catalog = Catalog.open(data)
    return publish(catalog, releases, context=context_of(catalog), policy=OPEN).folder


_CONTEXTS: dict[object, PipelineContext] = {}


def context_of(catalog: Catalog) -> PipelineContext:
    """Vocabulary, places and shapes of a catalogue, opened once for all catalogues with the same ones."""
    folders = (catalog.ontology, catalog.shapes, catalog.places)
    files = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    key = (catalog.base, *(hash(path.read_bytes()) for path in files))
    if key not in _CONTEXTS:
        _CONTEXTS[key] = PipelineContext.open(catalog)
    return replace(_CONTEXTS[key], catalog=catalog)
