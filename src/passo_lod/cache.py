"""Cache computed values in SQLite by a hash of everything that determines them, of which `code_digest` hashes program and packages."""

import json
import platform
import sqlite3
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from passo_lod.digests import sha256_of

_PACKAGE = Path(__file__).parent
_GENERATIONS = 3
"""A value that so many publishings in a row did not ask for is deleted."""


class ContentCache:
    """Values by key in one SQLite file. Opening it begins a new generation."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        (last,) = database.execute("PRAGMA user_version").fetchone()
        self._generation = int(last) + 1
        database.execute(f"PRAGMA user_version = {self._generation}")

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, clear: bool = False) -> Iterator["ContentCache"]:
        """Open the file, or create it if it is missing or damaged; at the end, delete values that are no longer used.

        Args:
            path: the file.
            clear: whether to delete all values first.

        Raises:
            OSError: the file cannot be read or written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if clear:
            path.unlink(missing_ok=True)
        try:
            with closing(_open_database(path)) as database:
                content_cache = cls(database)
                try:
                    yield content_cache
                except BaseException:
                    with suppress(sqlite3.Error):  # the next publishing can use what this one computed before it failed
                        database.commit()
                    raise
                content_cache._delete_unused()
                database.commit()
        except sqlite3.Error as problem:
            raise OSError(f"{path}: {problem}") from problem

    def has(self, key: bytes) -> bool:
        """Whether the cache has a value for a key."""
        return self._database.execute("SELECT 1 FROM entries WHERE key = ?", (key,)).fetchone() is not None

    def get(self, key: bytes) -> bytes | None:
        """The value of a key; None if it is missing or its checksum is wrong."""
        row = self._database.execute("SELECT value, crc32 FROM entries WHERE key = ?", (key,)).fetchone()
        if row is None or not isinstance(row[0], bytes) or zlib.crc32(row[0]) != row[1]:
            return None
        self._mark_used(key)
        return row[0]

    def put(self, key: bytes, value: bytes) -> None:
        """Store a value."""
        self._database.execute("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (key, value, zlib.crc32(value)))
        self._mark_used(key)

    def _mark_used(self, key: bytes) -> None:
        """Note the generation in a table of its own: in `entries`, SQLite would write the whole value again."""
        self._database.execute("INSERT OR REPLACE INTO uses VALUES (?, ?)", (key, self._generation))

    def _delete_unused(self) -> None:
        last = (self._generation - _GENERATIONS,)
        self._database.execute("DELETE FROM entries WHERE key IN (SELECT key FROM uses WHERE generation <= ?)", last)
        self._database.execute("DELETE FROM uses WHERE generation <= ?", last)


def _open_database(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)  # no SQLite file, or damaged by a crash
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=60)
    database.executescript(
        """
        PRAGMA page_size = 32768;
        PRAGMA synchronous = OFF;
        CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB, crc32 INTEGER);
        CREATE TABLE IF NOT EXISTS uses (key BLOB PRIMARY KEY, generation INTEGER) WITHOUT ROWID;
        """
    )
    return database


@cache
def code_digest() -> str:
    """Everything but the data that results depend on, as JSON: this program, all installed packages, Python, zlib, Unicode.

    All installed packages count, not a list of those that matter, because such a list is wrong as soon as a package joins.
    """
    metadata = [package.metadata for package in distributions()]  # each access reads the file again
    packages = sorted({f"{each['Name']}=={each['Version']}" for each in metadata})
    return json.dumps(
        {
            "program": [sha256_of(_PACKAGE, pattern=pattern) for pattern in ("*.py", "*.rq", "*.yaml")],
            "packages": packages,
            "python": platform.python_version(),
            "unicode": unicodedata.unidata_version,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
        }
    )
