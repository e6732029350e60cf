"""Name the files of a published release and model its manifest, for the publisher that writes them and the server that reads them.

A folder of releases holds one folder per release, and the link `current` to the one that is published (docs/releases.md).
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import DCT, FOAF, RDFS, SKOS, VOCABULARY, shorten

CURRENT = "current"
"""The link in a folder of releases that points to the published one."""

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
DUMP = "dump/passo.nq.gz"
CATALOGUE = "catalog.ttl"
DATASETS = "datasets.ttl"
"""The catalogue with all datasets, also those that harvesters do not see."""

CONTEXT = "context.jsonld"
SHAPES = "shapes.ttl"
ANSWERS = "answers"
"""The folder with the default answer of each question of comparison."""

CHUNK_INDEX = "contents.tsv.gz"
FEED_INDEX = "feed/index.json"
FEED_ROOT = "feed/feed.ttl"
FEED_PAGES = "feed/pages"

BYTE_ORDER_MARK = "\ufeff".encode()
"""The first bytes of each CSV file; the server leaves them out on request."""

REPORT_JSON = "report.json"
REPORT_TURTLE = "report.ttl"

TABLE_LANGUAGES = ("it", "en")
"""The languages of the flat tables, which have a column for each; pages and feeds have those of `messages.message_catalogue`."""

LABEL_PROPERTIES = (SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name)
"""The properties that hold the label of a resource, the preferred one first."""


PROVENANCE_TABLE = "dump/passo-provenance.csv"
"""The table of where each field of each record stands, sorted by record."""

NO_SUBJECT = "none"
"""Stands in this table for the subject of a value that is missing."""


def table_identifier(base: str, iri: str) -> str:
    """Return the identifier of a resource in all flat tables: its IRI without the part that all resources of its type share.

    >>> table_identifier("https://example.org/", "https://example.org/id/process/xx-1/cost")
    'xx-1/cost'
    """
    for prefix in (f"{VOCABULARY}controlled-vocabulary/", f"{base}dataset/"):
        if iri.startswith(prefix):
            return iri.removeprefix(prefix)
    for prefix in (f"{base}id/", f"{base}doc/"):
        if iri.startswith(prefix) and (name := iri.removeprefix(prefix).partition("/")[2]):
            return name
    return shorten(iri)


def report_page(language: str) -> str:
    """Return the name of the validation report for readers of a language."""
    return f"report.{language}.html"


def answer_file(question: str) -> str:
    """Return the path of the default answer of a question."""
    return f"{ANSWERS}/{question}.json.gz"


def description_of_datasets(release: Path) -> Path:
    """Return the file of a release that describes all its datasets; in a release of an earlier version that is the catalogue."""
    file = release / DATASETS
    return file if file.exists() else release / CATALOGUE


def version(sha256: str) -> str:
    """Return the version (dcat:version) of content with this SHA-256."""
    return sha256[:12]


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def _skip_when_read(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    return handler({} if info.mode == "json" and isinstance(value, dict) else value)


DigestsOfInputs = Annotated[dict[str, str | None], WrapValidator(_skip_when_read)]
"""The SHA-256 of each input file by its name. Readers do not need it and it is long, so it is empty when a manifest is read."""


class RecordTotals(_ManifestPart):
    """How many records came in, and how many of them were published, quarantined, withdrawn and merged."""

    records: int = Field(0, alias="in")
    published: int = 0
    quarantined: int = 0
    withdrawn: int = 0
    merged: int = 0


class QuarantinedRecord(_ManifestPart):
    """A record that did not pass validation: its file and its id."""

    path: str
    record: str


class WithdrawnRecord(_ManifestPart):
    """A record that its source withdrew, and why."""

    record: str
    reason: str


class MergedRecordSummary(_ManifestPart):
    """A record that describes the case of another one, which is published instead, and why."""

    record: str
    survivor: str
    reason: str


class SourceSummary(_ManifestPart):
    """One source of a release: its dataset, its licence and what happened to its records."""

    name: str
    dataset: str
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    licence: str | None = None
    attribution: str = ""
    records: int = Field(0, alias="in")
    published: int = 0
    quarantined: int = 0
    withdrawn: int = 0
    merged: int = 0
    quarantined_records: tuple[QuarantinedRecord, ...] = ()
    withdrawn_records: tuple[WithdrawnRecord, ...] = ()
    merged_records: tuple[MergedRecordSummary, ...] = ()
    inputs: DigestsOfInputs = {}


class TableSummary(_ManifestPart):
    """A flat table.

    Attributes:
        sha256_without_bom: of its CSV file after the byte order mark; empty for another format, and in a release of an earlier version.
    """

    name: str
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    rows: int = 0
    columns: int = 0
    sha256_without_bom: str = ""


class ListedFile(_ManifestPart):
    """One file of a release, as its manifest lists it.

    Attributes:
        path: below the folder of the release.
        size: in bytes.
        content_size: in bytes, before compression.
        content_sha256: of the content before compression, if it has one (`release.distribution.Distribution`).
        dataset: the name of the dataset in it, if it holds only one.
    """

    path: str
    title: str | dict[str, str] | None = None
    media_type: str
    encoding: str | None = None
    size: int = Field(alias="bytes")
    sha256: str
    content_size: int | None = Field(None, alias="content_bytes")
    content_sha256: str | None = None
    licences: tuple[str, ...] = ()
    dataset: str | None = None
    table: TableSummary | None = None

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]


class RegistrySummary(_ManifestPart):
    """The state of the id registry after a release.

    Attributes:
        published: how many ids the release publishes.
        gone: how many ids were published before and are not now.
        sha256: of the registry file.
        cleared: digest of all withdrawals so far; empty if there was none (`RegistryUpdate.withdrawn_digest`).
    """

    published: int = 0
    gone: int = 0
    sha256: str = ""
    cleared: str = ""


class Manifest(_ManifestPart):
    """`manifest.json`: what a release contains, what it was made from, and its files. Unknown keys are ignored."""

    id: str
    created: datetime
    base: str
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    publisher: str | dict[str, str] | None = None
    licence: str | None = None
    languages: tuple[str, ...] = ()
    software: str | None = None
    quads: int = 0
    graphs: dict[str, int] = {}
    accounting: RecordTotals = RecordTotals.model_validate({})
    results: dict[str, int] = {}
    sources: tuple[SourceSummary, ...] = ()
    inputs: DigestsOfInputs = {}
    registry: RegistrySummary | None = None
    files: tuple[ListedFile, ...] = ()

    def distribution(self, path: str) -> ListedFile | None:
        """Find the listed file with exactly this path; a file that is not listed is not part of the release."""
        return next((file for file in self.files if file.path == path), None)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a release folder.

    Raises:
        ReleaseError: it is missing, cannot be read, or lacks a required key.
    """
    file = folder / MANIFEST
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise ReleaseError(f"{file}: a release needs a manifest.json; publish it again") from error
    except OSError as error:
        raise ReleaseError(f"{file}: cannot be read ({error.strerror or error}); publish the release again") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ReleaseError(f"{file}: {place}: {first['msg']}; publish the release again") from error


def find_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a release folder; None if `read_manifest` would fail."""
    try:
        return read_manifest(folder)
    except ReleaseError:
        return None
