"""Find the record files that a person names on the command line: files, or folders of files."""

from collections.abc import Iterable
from pathlib import Path

from passo_lod.errors import PassoError
from passo_lod.messages.message_catalogue import message


def record_files(paths: Iterable[Path], language: str = "en") -> list[Path]:
    """The named files, and the files of each named folder; a file that is named twice is listed once.

    Args:
        paths: files and folders.
        language: of the reader, for the error.

    Raises:
        PassoError: a path does not exist, or a folder holds no file.
    """
    return list({path.resolve(): path for named in paths for path in _files_of(named, language)}.values())


def _files_of(path: Path, language: str) -> list[Path]:
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        if not files:
            raise PassoError(f"{path}: {message('check.empty-folder', language)}")
        return files
    if not path.is_file():
        raise PassoError(f"{path}: {message('check.no-such-file', language)}")
    return [path]
