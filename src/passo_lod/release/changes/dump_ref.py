"""Find a release and read the lines of its dump, for comparing two releases; `releases diff` and the change feed start here."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from passo_lod.comparison.cube import DATASET
from passo_lod.errors import ReleaseError
from passo_lod.release.changes.things import subject_of, thing_of
from passo_lod.release.dump.chunk_index import ChunkIndex
from passo_lod.release_layout import CHUNK_INDEX, CURRENT, DUMP, MANIFEST, read_manifest


@dataclass(frozen=True)
class DumpRef:
    """The dump of a release.

    Attributes:
        dump: N-Quads, sorted, compressed with gzip.
        titles: of its sources, by language, by the IRIs of their datasets.
    """

    id: str
    base: str
    dump: Path
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> "DumpRef":
        """Read the manifest of a release.

        Raises:
            ReleaseError: the manifest cannot be read, or there is no dump.
        """
        manifest = read_manifest(folder)
        titles = {source.dataset: source.title for source in manifest.sources}
        release = cls(manifest.id, manifest.base, folder / DUMP, titles)
        if not release.dump.is_file():
            raise ReleaseError(f"{folder}: the release has no {DUMP}; publish it again")
        return release

    @cached_property
    def index(self) -> ChunkIndex:
        """The index of the dump."""
        return ChunkIndex(self.dump, self.dump.parent.parent / CHUNK_INDEX)

    def thing_of_line(self, line: bytes) -> str:
        """Return the IRI of the thing that a line of N-Quads describes, or a part of which it describes (`things.thing_of`)."""
        if found := self._common_subject.match(line):
            return f"{self.base}id/{found[1].decode()}"
        return thing_of(subject_of(line), self.base)

    def is_computed(self, line: bytes) -> bool:
        """Whether a line belongs to the data cube, whose figures are computed from all others and change with most of them."""
        return line.endswith(self._end_of_cube)

    @cached_property
    def _end_of_cube(self) -> bytes:
        return f" <{self.base}dataset/{DATASET}> .\n".encode()

    @cached_property
    def _common_subject(self) -> re.Pattern[bytes]:
        """Most subjects, for which `things.thing_of` need not be called."""
        return re.compile(rb"<%b(?:id|doc)/([^/#>]+/[^/#>]+)" % re.escape(self.base.encode()))

    def lines_about(self, things: Collection[str] | None = None) -> Iterator[tuple[str, list[bytes]]]:
        """Yield things with consecutive lines about them, but those of the data cube; a thing comes more than once if its lines are not consecutive.

        Args:
            things: their IRIs; by default all things.
        """
        lines: Iterator[bytes]
        if things is None:
            lines = self.index.lines()
        else:
            lines = self.index.lines_with_prefix([prefix for thing in things for prefix in self._prefixes(thing)])
        stated = (line for line in lines if not self.is_computed(line))
        for thing, group in groupby(stated, key=self.thing_of_line):
            if things is None or thing in things:
                yield thing, list(group)

    def _prefixes(self, thing: str) -> Iterator[bytes]:
        """What the lines about a thing, its parts and its record begin with."""
        if thing_of(f"{thing}/part", self.base) != thing:
            yield from (f"<{thing}>".encode(), f"<{thing}#".encode())
            return
        record = f"{self.base}doc/{thing.removeprefix(f'{self.base}id/')}"
        yield from (f"<{iri}{end}".encode() for iri in (thing, record) for end in "/#>")


def find_release_folder(releases: Path, name: str) -> Path:
    """Find a release by its id, or by `current` or `previous` (the one before the current one).

    Raises:
        ReleaseError: there is no such release.
    """
    known = sorted(each.parent.name for each in releases.glob(f"[!.]*/{MANIFEST}") if not each.parent.is_symlink())
    if name == "previous":
        current = find_release_folder(releases, CURRENT).name
        earlier = [each for each in known if each < current]
        if not earlier:
            raise ReleaseError(f"{releases}: there is no release before {current}; publish another, or name two")
        return releases / earlier[-1]
    folder = releases / name
    if not re.fullmatch(r"[\w.-]+", name) or not (folder / MANIFEST).is_file():
        raise ReleaseError(f"{releases}: no release {name!r}; known: {', '.join((*known, CURRENT, 'previous'))}")
    return folder.resolve()
