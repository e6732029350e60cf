"""Default messages of refused queries by reason, for where the refusing code gives none; the same for local and remote stores."""

import re

from passo_lod.errors import QueryRefused
from passo_lod.store.protocol import MEBIBYTE, Limits

MAX_MESSAGE_LENGTH = 600
NO_PREFIX = "a prefix is used that no PREFIX line declares"
NOT_UNDERSTOOD = "the query is not understood from here"

_TEMPLATES = {
    "timeout": "the query was stopped at its deadline of {seconds:g} seconds; narrow it, or take the dump",
    "memory": "the query needs more than {memory} MiB of memory; narrow it, or take the dump",
    "too-complex": "the query is nested too deep for the engine; write it flatter",
    "result-too-large": "the result has more than {result} MiB; ask for less of it, or take the dump",
    "unavailable": "the query could not be answered now; ask again in a moment",
    "malformed": "the query cannot be evaluated",
    "not-acceptable": "the result cannot be had in the media types asked for",
}


def refusal_message(reason: str, limits: Limits) -> str:
    """The message for a reason (`QueryRefused.reason`), with the limits filled in."""
    return _TEMPLATES[reason].format(
        seconds=limits.seconds, memory=limits.memory // MEBIBYTE, result=limits.result // MEBIBYTE
    )


def with_message(refused: QueryRefused, limits: Limits) -> QueryRefused:
    """The same error; if it has no message, the one for its reason."""
    if str(refused):
        return refused
    return QueryRefused(
        refused.reason,
        refusal_message(refused.reason, limits),
        limit=refused.limit,
        used=refused.used,
        retry_after=refused.retry_after,
        seconds=refused.seconds,
    )


def readable_error(message: str) -> str:
    """The parser's message with its line and column in words, and without the sets of characters it expected.

    >>> readable_error("error at 1:19: expected one of '}', ['0' ..= '9' | '_'], [_]")
    "line 1, column 19: expected one of '}'"
    >>> readable_error("error at 1:26: expected [_]")
    'line 1, column 26: the query is not understood from here'
    """
    message = message[: 10 * MAX_MESSAGE_LENGTH].replace("expected one of Prefix not found", NO_PREFIX)
    located = re.sub(r"^error at (\d+):(\d+): ", r"line \1, column \2: ", message)
    short = re.sub(r"(, )?\['[^]]*\](?=,|$)|(, )?\[_\]|(, )?<unreported>", "", located)
    return re.sub(r": expected (one of )?$", f": {NOT_UNDERSTOOD}", short)[:MAX_MESSAGE_LENGTH]
