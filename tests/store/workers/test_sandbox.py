"""A sandboxed process cannot open sockets, files or programs; each attempt runs in a process of its own."""

import platform
import subprocess
import sys

import pytest

TRY = """
import os, socket, subprocess, sys
from passo_lod.store.workers import sandbox
{before}
try:
    {attempt}
    print("done")
except OSError as error:
    print(type(error).__name__)
"""

pytestmark = pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="the system call filter is written for Linux on x86_64 and aarch64",
)


def attempt(before, code):
    program = TRY.format(before=before, attempt=code)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.create_connection(('127.0.0.1', 9))",
        "subprocess.run(['true'])",
        "os.execv(sys.executable, ['python'])",
    ],
)
def test_sockets_and_other_programs_are_denied(code):
    assert attempt("assert sandbox.deny_network()", code) == "PermissionError"


def test_an_open_connection_still_works():
    before = "a, b = socket.socketpair(); assert sandbox.deny_network()"
    assert attempt(before, "a.sendall(b'x'); assert b.recv(1) == b'x'") == "done"


def test_files_cannot_be_opened_and_cannot_grow():
    assert attempt("sandbox.limit_resources(1 << 34, 0)", "open('/dev/null')") == "OSError"
    before = "import signal, tempfile; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); f = tempfile.TemporaryFile(); sandbox.limit_resources(1 << 34, None)"
    assert attempt(before, "os.write(f.fileno(), b'x')") == "OSError"
