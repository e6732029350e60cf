"""Why a query was refused, in the words that every engine has for it."""

import re

from passo_lod.store.protocol import MEBIBYTE, Limits

LONGEST_MESSAGE = 600

_WHY = {
    "timeout": "the query was stopped at its deadline of {seconds:g} seconds; narrow it, or take the dump",
    "memory": "the query needs more than {memory} MiB of memory; narrow it, or take the dump",
    "too-complex": "the query is nested too deep for the engine; write it flatter",
    "result-too-large": "the result has more than {result} MiB; ask for less of it, or take the dump",
    "unavailable": "the query could not be answered now; ask again in a moment",
    "malformed": "the query cannot be evaluated",
    "not-acceptable": "the result cannot be had in the media types asked for",
}


def refusal_message(reason: str, limits: Limits) -> str:
    """What to tell who asked."""
    return _WHY[reason].format(
        seconds=limits.seconds, memory=limits.memory // MEBIBYTE, result=limits.result // MEBIBYTE
    )


def readable(message: str) -> str:
    """The parser's message with its place in words, and without the tables of characters it was looking for.

    >>> readable("error at 1:19: expected one of '}', ['0' ..= '9' | '_'], [_]")
    "line 1, column 19: expected one of '}'"
    """
    message = message.replace("expected one of Prefix not found", "a prefix is used that no PREFIX line declares")
    place = re.sub(r"^error at (\d+):(\d+): ", r"line \1, column \2: ", message)
    return re.sub(r"(, )?\['[^]]*\](?=,|$)|(, )?\[_\]", "", place)[:LONGEST_MESSAGE]
