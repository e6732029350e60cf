"""Let a test kill or stop a publisher at a named step; publishing calls `failpoint` at each step.

`PASSO_FAILPOINT=renamed` in the environment kills the process (SIGKILL) at that step; `renamed:SIGSTOP` sends another signal.
Without the variable, a step costs one look into the environment.
"""

import os
import signal

VARIABLE = "PASSO_FAILPOINT"

STEPS = (
    "cleaned",  # the lock is acquired, and the leftovers of a killed publisher are removed
    "locked",  # the lock file names this process
    "building",  # the folder to build in exists and is empty
    "file",  # the first file is written and flushed
    "files",  # all files are
    "registry",  # the ids are about to be written to the registry
    "appended",  # they are written, and not yet flushed
    "registered",  # they are flushed
    "manifest",  # manifest.json is written and flushed
    "sums",  # SHA256SUMS is
    "synced",  # the folders are flushed
    "announced",  # the lock file names the release that is about to be renamed into place
    "renamed",  # the release has its name
    "linked",  # the new link exists, and is not yet `current`
    "swapped",  # it is `current`
    "finished",  # that is flushed, and the lock file names no release any more
    "pruning",  # the first release to be pruned has lost its name
    "pruned",  # its files are removed
)
"""In their order; docs/releases.md says what a publisher killed at each of them leaves behind."""


def failpoint(step: str) -> None:
    """Send this process a signal if a test asked for it at this step, and only once."""
    wanted, _, name = os.environ.get(VARIABLE, "").partition(":")
    if wanted == step:
        del os.environ[VARIABLE]
        os.kill(os.getpid(), signal.Signals[name or "SIGKILL"])
