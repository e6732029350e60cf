"""The named steps of publishing, at each of which a test can end or stop the process: a test device, and nothing else.

`PASSO_FAILPOINT=renamed` in the environment kills the process (SIGKILL) when it reaches that step; `renamed:SIGSTOP` sends another
signal. Where the variable is not set, which is always outside of tests, a step costs one look into the environment.
"""

import os
import signal

VARIABLE = "PASSO_FAILPOINT"

STEPS = (
    "swept",  # the lock is held, and what a killed publisher left is gone
    "locked",  # it says who holds it
    "building",  # the folder to build in is there, and empty
    "file",  # the first file is written and flushed
    "files",  # all files are
    "registry",  # the ids are about to be written down
    "appended",  # they are written, and not yet flushed
    "registered",  # they are flushed
    "manifest",  # manifest.json is written and flushed
    "sums",  # SHA256SUMS is
    "synced",  # the folders are flushed
    "announced",  # the lock says which name the release is about to get
    "renamed",  # it has it
    "linked",  # the link that will be `current` is there
    "swapped",  # it is `current`
    "settled",  # that is flushed, and the lock says no name any more
    "pruning",  # the first release that is too many has no name any more
    "pruned",  # it is gone
)
"""In their order; docs/releases.md says what a death at each of them leaves."""


def failpoint(step: str) -> None:
    """End the process here, where a test asked for it; one that is only stopped is stopped once."""
    wanted, _, name = os.environ.get(VARIABLE, "").partition(":")
    if wanted == step:
        del os.environ[VARIABLE]
        os.kill(os.getpid(), signal.Signals[name or "SIGKILL"])
