"""Keep what is costly to make, by the hash of all that decided it: a file that may be thrown away at any time, with nothing lost but time."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PROGRAM = Path(__file__).parent
_ENGINES = ("backports.zstd", "orjson", "pyoxigraph", "pyshacl", "pyshifty", "rdflib")
_ROUNDS_KEPT = 3
"""What has not been asked for in so many rounds is forgotten."""


class ContentCache:
    """Values by key, in a file. A round begins when it is opened."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        (rounds,) = database.execute("PRAGMA user_version").fetchone()
        self._round = int(rounds) + 1
        database.execute(f"PRAGMA user_version = {self._round}")

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, anew: bool = False) -> Iterator["ContentCache"]:
        """Open the file, or begin it anew where it is none or that is asked for; what was not asked for of late is forgotten in the end.

        Raises:
            OSError: it cannot be read or written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if anew:
            path.unlink(missing_ok=True)
        try:
            with closing(_opened(path)) as database:
                kept = cls(database)
                try:
                    yield kept
                except BaseException:
                    with suppress(sqlite3.Error):  # what was made before a failure need not be made again
                        database.commit()
                    raise
                kept._forget()
                database.commit()
        except sqlite3.Error as problem:
            raise OSError(f"{path}: {problem}") from problem

    def has(self, key: bytes) -> bool:
        """Whether something is kept under a key."""
        return self._database.execute("SELECT 1 FROM made WHERE key = ?", (key,)).fetchone() is not None

    def get(self, key: bytes) -> bytes | None:
        """What is kept under a key; nothing where it is not there, or not as it was put there."""
        row = self._database.execute("SELECT value, sum FROM made WHERE key = ?", (key,)).fetchone()
        if row is None or not isinstance(row[0], bytes) or zlib.crc32(row[0]) != row[1]:
            return None
        self._note(key)
        return row[0]

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value."""
        self._database.execute("INSERT OR REPLACE INTO made VALUES (?, ?, ?)", (key, value, zlib.crc32(value)))
        self._note(key)

    def _note(self, key: bytes) -> None:
        """Remember the round in a table of its own: beside the value, it would have the value written again."""
        self._database.execute("INSERT OR REPLACE INTO asked VALUES (?, ?)", (key, self._round))

    def _forget(self) -> None:
        last = (self._round - _ROUNDS_KEPT,)
        self._database.execute("DELETE FROM made WHERE key IN (SELECT key FROM asked WHERE round <= ?)", last)
        self._database.execute("DELETE FROM asked WHERE round <= ?", last)


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _begun(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)  # it is no such file, or was broken off
        return _begun(path)


def _begun(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60)
    database.executescript(
        """
        PRAGMA page_size = 32768;
        PRAGMA synchronous = OFF;
        DROP TABLE IF EXISTS kept;
        CREATE TABLE IF NOT EXISTS made (key BLOB PRIMARY KEY, value BLOB, sum INTEGER);
        CREATE TABLE IF NOT EXISTS asked (key BLOB PRIMARY KEY, round INTEGER) WITHOUT ROWID;
        """
    )
    return database


@cache
def code_digest() -> str:
    """The digest of this program and the versions of its engines: no version number can be forgotten."""
    versions: Mapping[str, str] = {engine: _version(engine) for engine in _ENGINES}
    sources = [digest(_PROGRAM, suffix=suffix) for suffix in (".py", ".rq")]
    return json.dumps({"program": sources, "zlib": zlib.ZLIB_RUNTIME_VERSION, **versions})


def _version(engine: str) -> str:
    with suppress(PackageNotFoundError):
        return version(engine)
    return "none"


def digest(folder: Path, names: Sequence[str] | None = None, suffix: str = "") -> str:
    """Of the files below a folder, or of some of them, with their names."""
    paths = (folder / name for name in names) if names else folder.rglob(f"*{suffix}")
    found = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()
