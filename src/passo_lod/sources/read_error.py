"""The error that a reader raises for a file, page, row or object from which it can read no record."""

import errno

from passo_lod.messages.localised_text import CatalogueText, Value, Values, problem_texts
from passo_lod.messages.message_catalogue import LANGUAGES, load_messages


class ReadError(Exception):
    """Why an input gives no record. Readers catch it and yield a `Reading` with a violation in its place.

    Args:
        code: the kind of fault, in one word for counting, such as `not-json` (docs/sources/).
        key: the message `problem` below this key says what is wrong, as a clause that can follow "cannot be read: ", and `expected`
            what would be right.
        values: the placeholders of both.
        line: the line of the fault (from 1), if it is known.

    Attributes:
        problem: what is wrong.
        expected: what would be right.
    """

    def __init__(self, code: str, key: str, values: Values | None = None, line: int | None = None) -> None:
        self.code, self.key, self.values, self.line = code, key, values or {}, line
        self.problem, self.expected = problem_texts(key, self.values)
        super().__init__(self.problem.text("en"))


def not_opened(error: OSError) -> ReadError:
    """The error for a file that the system does not open; the reason is in the system's words unless it is a common one."""
    key = f"read.os-error.{errno.errorcode.get(error.errno or 0, '')}"
    reason: Value = CatalogueText(key) if key in load_messages(LANGUAGES[0]) else str(error.strerror or error)
    return ReadError("unreadable", "read.not-opened", {"error": reason})
