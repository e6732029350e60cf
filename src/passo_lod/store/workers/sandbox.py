"""Restrict a worker process before it runs a query: no network, no other programs, limited memory, files and descriptors.

The engine can open connections (SERVICE), and has no switch against that. A seccomp filter makes the kernel deny sockets to the process. A
worker that needs no files may also have no free descriptor, so that it cannot open a socket even if the kernel has no seccomp. Only the standard
library is used here: the code runs between fork and query.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_PR_GET_SECCOMP = 21
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_MAX_DESCRIPTORS = 256

_DENIED_CALLS = {
    # architecture: (its number in linux/audit.h, then system calls: socket, connect, io_uring_setup, execve, execveat, ptrace)
    "x86_64": (0xC000003E, 41, 42, 425, 59, 322, 101),
    "aarch64": (0xC00000B7, 198, 203, 425, 221, 281, 117),
}
_X32_CALLS = 0x40000000
"""System call numbers from here on belong to the x32 interface."""

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050000 | 13
"""SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EACCES."""


def can_deny_network() -> bool:
    """Whether the kernel has seccomp filters (prctl(2), PR_GET_SECCOMP), and `deny_network` knows its system calls."""
    if platform.system() != "Linux" or platform.machine() not in _DENIED_CALLS:
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)


def deny_network() -> bool:
    """Have the kernel deny sockets and other programs to this process; returns whether this system can."""
    if not can_deny_network():
        return False
    architecture, *calls = _DENIED_CALLS[platform.machine()]
    program = _program(architecture, calls)
    filters = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(filters))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0) == 0)


def _program(architecture: int, calls: list[int]) -> bytes:
    """The BPF program (linux/filter.h): it denies these calls and any other architecture, and allows all else."""
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 0, len(calls) + 2, architecture), (_LOAD, 0, 0, 0)]
    lines += [(_EQUAL, len(calls) + 1 - place, 0, call) for place, call in enumerate(calls)]
    lines += [(_AT_LEAST, 1, 0, _X32_CALLS), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def close_descriptors_except(exceptions: set[int]) -> None:
    """Close inherited file descriptors, and redirect the standard streams to /dev/null."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for descriptor in set(range(3, _MAX_DESCRIPTORS)) - exceptions:
        with suppress(OSError):
            os.close(descriptor)


def limit_resources(address_space: int, descriptors: int | None) -> None:
    """Set resource limits: bytes of address space, and the number of file descriptors (None: unchanged)."""
    limits = [(resource.RLIMIT_AS, address_space), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    if descriptors is not None:
        limits.append((resource.RLIMIT_NOFILE, descriptors))
    for name, value in limits:
        resource.setrlimit(name, (value, value))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends (PR_SET_PDEATHSIG)."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
