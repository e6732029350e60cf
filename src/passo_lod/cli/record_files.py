"""Find the record files that a person names on the command line: files, or folders of files."""

from collections.abc import Iterable
from pathlib import Path

from passo_lod.errors import PassoError


def record_files(paths: Iterable[Path]) -> list[Path]:
    """The named files, and the files of each named folder; a file that is named twice is listed once.

    Raises:
        PassoError: a path does not exist, or a folder holds no file.
    """
    return list({path.resolve(): path for named in paths for path in _files_of(named)}.values())


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        if not files:
            raise PassoError(f"{path}: the folder holds no file")
        return files
    if not path.is_file():
        raise PassoError(f"{path}: no such file or folder")
    return [path]
