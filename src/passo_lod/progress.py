"""The type of a progress callback, which publishing and uploading call and the command line shows."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with a stage (a source's name, `vocabulary`, `release` or `upload`), the number of finished units, and the number of all."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Report no progress."""
