"""What a worker gives up before it sees a query: the network, other programs, files, memory beyond its limit, priority.

The engine can open connections (SERVICE) and cannot be told not to. A seccomp filter makes the kernel refuse it a socket, whatever the
engine tries; a worker that needs no files may have no descriptor at all, so that it has no way to hold a socket even where the kernel
knows no such filter. Only standard library: this runs between fork and query.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_DESCRIPTORS = 256

_REFUSED = {
    # architecture: (its number in linux/audit.h, socket, connect, io_uring_setup, execve, execveat, ptrace)
    "x86_64": (0xC000003E, 41, 42, 425, 59, 322, 101),
    "aarch64": (0xC00000B7, 198, 203, 425, 221, 281, 117),
}
_OTHER_ABI = 0x40000000
"""Numbers from here on are the same calls under the x32 interface."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
"""Let a call pass; let it fail with EACCES."""


def deny_network() -> bool:
    """Have the kernel refuse sockets and other programs to this process and its threads; whether it can."""
    if platform.system() != "Linux" or platform.machine() not in _REFUSED:
        return False
    architecture, *calls = _REFUSED[platform.machine()]
    program = _program(architecture, calls)
    filters = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filters))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _program(architecture: int, calls: list[int]) -> bytes:
    """The filter (linux/filter.h): another architecture and the calls are refused, all else passes."""
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 0, len(calls) + 2, architecture), (_LOAD, 0, 0, 0)]
    lines += [(_EQUAL, len(calls) + 1 - place, 0, call) for place, call in enumerate(calls)]
    lines += [(_AT_LEAST, 1, 0, _OTHER_ABI), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def close_all_but(keep: set[int]) -> None:
    """Close what was inherited; what goes to the standard streams goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for descriptor in set(range(3, _DESCRIPTORS)) - keep:
        with suppress(OSError):
            os.close(descriptor)


def limit_resources(address_space: int, descriptors: int | None) -> None:
    """Set the limits that the kernel keeps; None leaves the number of descriptors as it is."""
    limits = [(resource.RLIMIT_AS, address_space), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    if descriptors is not None:
        limits.append((resource.RLIMIT_NOFILE, descriptors))
    for which, value in limits:
        resource.setrlimit(which, (value, value))


def die_with_parent() -> None:
    """Have the kernel end this process when its parent ends."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
