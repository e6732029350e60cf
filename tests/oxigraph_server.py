"""Start the `oxigraph` server, a SPARQL 1.1 store, on a free loopback port, and stop it by its process id."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.serving import free_port

COMMAND = Path(sys.executable).with_name("oxigraph")


@contextlib.contextmanager
def oxigraph() -> Iterator[str]:
    """The query URL of an empty store in memory."""
    port = free_port()
    command = [str(COMMAND), "serve", "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address, process)
            yield f"{address}/query"
        finally:
            process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            httpx.get(address)
            return
        time.sleep(0.05)
    raise AssertionError("the oxigraph server did not come up")
