"""The error that a reader raises for a file, page, row or object from which it can read no record."""


class ReadError(Exception):
    """Why an input gives no record. Readers catch it and yield a `Reading` with a violation in its place.

    Args:
        code: the kind of fault, in one word for counting, such as `not-json` (docs/sources/).
        message: what is wrong, as a clause that can follow "cannot be read: ".
        expected: what would be right.
        line: the line of the fault (from 1), if it is known.
    """

    def __init__(self, code: str, message: str, expected: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.expected = expected
        self.line = line
