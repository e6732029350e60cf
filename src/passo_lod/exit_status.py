"""Describe in words how a child process ended, for messages about the fork server and the disk index."""

import signal


def describe_exit(status: int) -> str:
    """Describe an exit status as `subprocess` reports it: negative values are signals.

    >>> describe_exit(3), describe_exit(-9)
    ('ended with exit status 3', 'was killed by SIGKILL')
    """
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
