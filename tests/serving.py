"""Start the real command `passo-lod serve` on a free loopback port, and stop it by its process id."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx

get, post, request = (partial(ask, verify=False) for ask in (httpx.get, httpx.post, httpx.request))
"""Without loading certificates, which takes a hundred times as long as a request; no connection here is encrypted."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def served(releases: Path, *options: str) -> Iterator[str]:
    """Serve a folder of releases; yields the address of the server and stops it at the end."""
    port = free_port()
    command = [sys.executable, "-m", "passo_lod", "serve", "--releases", str(releases), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


def wait_for(address: str, process: subprocess.Popen[str], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the server ended:\n{process.stdout.read() if process.stdout else ''}")
        with contextlib.suppress(httpx.TransportError):
            if get(f"{address}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not become ready")
