"""Describe what one source contributes to a release; the pipeline fills it in, and tables, catalogue and manifest read it."""

from collections.abc import Mapping
from dataclasses import dataclass

from passo_lod.report import Accounting


@dataclass(frozen=True)
class Dataset:
    """What one source contributes to a release (dcat:Dataset).

    Attributes:
        name: of the source.
        iri: of the dataset, which is also the IRI of its named graph.
        title: by language.
        description: by language.
        licence: its IRI.
        quarantined: the path and the id of each quarantined record.
        withdrawn: the id of each withdrawn record, and the reason.
        merged: the id of each merged record, the id of the record that is published instead, and the reason.
        inputs: the SHA-256 of each input file, by its path below the source's folder; None for a file that cannot be read.
        site: the website its records come from; empty if each record names its own page.
        observatory: who describes the processes: an IRI, absolute or relative to the base IRI.
        language: the tag of the language of its texts.
    """

    name: str
    iri: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    licence: str
    attribution: str
    accounting: Accounting
    quarantined: tuple[tuple[str, str], ...]
    withdrawn: tuple[tuple[str, str], ...]
    inputs: Mapping[str, str | None]
    site: str = ""
    observatory: str = ""
    language: str = ""
    merged: tuple[tuple[str, str, str], ...] = ()
