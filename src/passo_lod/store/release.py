"""What a release says about itself: `manifest.json` and the files it lists, read and never written here."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import VOCABULARY
from passo_lod.store.shared_lock import SharedLock

DUMP = "dump/passo.nq.gz"


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Accounting(_Words):
    """Records in = published + quarantined + withdrawn."""

    records: int = Field(0, alias="in")
    published: int = 0
    quarantined: int = 0
    withdrawn: int = 0


class SourceSummary(Accounting):
    """One source of the release: the named graph that holds it, its licence and its accounting."""

    name: str
    dataset: str
    title: dict[str, str] = {}
    licence: str | None = None


class TableSummary(_Words):
    """A flat table, as it is told to people."""

    name: str
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    rows: int = 0
    columns: int = 0


class Distribution(_Words):
    """One file of the release."""

    path: str
    media_type: str
    encoding: str | None = None
    size: int = Field(alias="bytes")
    sha256: str
    title: str | dict[str, str] | None = None
    licences: tuple[str, ...] = ()
    dataset: str | None = None
    table: TableSummary | None = None

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]


class Manifest(_Words):
    """`manifest.json`; keys that are not read here are left alone."""

    id: str
    created: datetime
    base: str
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    publisher: str | dict[str, str] | None = None
    licence: str | None = None
    software: str | None = None
    quads: int = 0
    graphs: dict[str, int] = {}
    accounting: Accounting = Accounting.model_validate({})
    sources: tuple[SourceSummary, ...] = ()
    files: tuple[Distribution, ...] = ()

    def distribution(self, path: str) -> Distribution | None:
        """The listed file with this path, compared as text: a path that is not listed does not exist."""
        return next((file for file in self.files if file.path == path), None)


@dataclass(frozen=True)
class Release:
    """A folder that holds one published state of the data, and its manifest; or one N-Quads file of anybody's.

    Attributes:
        bare: the N-Quads file, where there is nothing else.
        hold: what keeps the folder from being pruned.
    """

    folder: Path
    manifest: Manifest
    bare: Path | None = None
    hold: SharedLock | None = field(default=None, compare=False, repr=False)

    @classmethod
    def open(cls, folder: Path) -> "Release":
        """Read the manifest of a release folder; of an N-Quads file there is none, so one is made up.

        Raises:
            ReleaseError: there is no manifest, or it cannot be read, or a file it needs is missing.
        """
        if folder.is_file():
            return cls(folder.parent, _manifest_of(folder), folder)
        hold = SharedLock(folder) if folder.is_dir() else None
        release = cls(folder, _read_manifest(folder / "manifest.json"), hold=hold)
        release.file(DUMP)
        return release

    @property
    def place(self) -> Path:
        """The folder, or the one file, as `find_release` names it."""
        return (self.bare or self.folder).resolve()

    def file(self, path: str) -> Path:
        """Where a file of the release is.

        Raises:
            ReleaseError: the file is missing, or is not inside the release.
        """
        if self.bare is not None and path == DUMP:
            return self.bare
        file = (self.folder / path).resolve()
        if self.bare is not None or not file.is_file() or not file.is_relative_to(self.folder.resolve()):
            raise ReleaseError(f"{self.folder}: the release has no file {path}; publish it again")
        return file

    def has(self, path: str) -> bool:
        """Whether the release has the file."""
        try:
            return bool(self.file(path))
        except ReleaseError:
            return False


def find_release(place: Path) -> Path:
    """The folder of the release to serve: `place` itself, or what `place/current` points at now; or an N-Quads file.

    Raises:
        ReleaseError: there is neither.
    """
    if place.is_file() or (place / "manifest.json").is_file():
        return place.resolve()
    current = place / "current"
    if not current.exists():
        raise ReleaseError(f"{place}: no release here (neither manifest.json nor current); publish one first")
    return current.resolve()


def _manifest_of(dump: Path) -> Manifest:
    """What can be said of a dump that comes alone: its name, its time, and a name for its content."""
    with dump.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    created = datetime.fromtimestamp(dump.stat().st_mtime, UTC)
    return Manifest(id=f"dump-{digest[:12]}", created=created, base=VOCABULARY, title={"en": dump.name})


def _read_manifest(file: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise ReleaseError(f"{file}: a release needs a manifest.json; publish it again") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ReleaseError(f"{file}: {place}: {first['msg']}; publish the release again") from error
