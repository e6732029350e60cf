"""Test that an error of reading says in each language what is wrong and what would be right."""

import errno

import pytest

from passo_lod.sources.read_error import ReadError, not_opened


@pytest.mark.parametrize(
    ("error", "italian", "english"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "il file non c’è", "No such file or directory"),
        (PermissionError(errno.EACCES, "Permission denied"), "manca il permesso di leggerlo", "Permission denied"),
        (OSError(errno.ENXIO, "No such device"), "No such device", "No such device"),
        (OSError("strange"), "strange", "strange"),
    ],
    ids=["missing", "forbidden", "rare", "without a number"],
)
def test_why_a_file_is_not_opened(error: OSError, italian: str, english: str) -> None:
    found = not_opened(error)
    assert found.problem.text("it") == f"il file non si apre ({italian})"
    assert found.problem.text("en") == f"the file cannot be opened ({english})"


def test_the_error_is_shown_in_english_to_programmers_and_keeps_what_it_was_made_of() -> None:
    error = ReadError("too-large", "read.page.too-large", {"bytes": 1234567, "limit": 1000}, 3)
    assert str(error) == "it has 1,234,567 bytes"
    again = ReadError(error.code, error.key, error.values)
    assert (again.problem, again.expected, again.line) == (error.problem, error.expected, None)
