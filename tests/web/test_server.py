"""Test how `passo-lod serve` begins: with the port, then the release."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from passo_lod.errors import PassoError
from passo_lod.web.server import listen
from tests.serving import free_port, get, served


def serve(releases: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "passo_lod", "serve", "--releases", str(releases), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_server_says_that_the_port_is_in_use_before_it_opens_a_release(tmp_path: Path) -> None:
    """There is no release, which would be the error if the port came later."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = serve(tmp_path, "--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr.endswith(
        f"passo-lod: port {port} of 127.0.0.1 is in use by another program; stop that one, or choose another port with --port\n"
    )
    assert "Traceback" not in ended.stderr


def test_a_server_that_is_still_loading_has_the_port_already() -> None:
    port = free_port()
    (first,) = listen("127.0.0.1", port)
    with first, pytest.raises(PassoError, match=f"port {port} of 127.0.0.1 is in use"):
        listen("127.0.0.1", port)


def test_an_address_of_another_computer_is_an_error_that_says_what_is_right(tmp_path: Path) -> None:
    for host in ("192.0.2.1", "no-such-host.invalid"):
        ended = serve(tmp_path, "--host", host)
        assert ended.returncode == 2
        assert f"--host {host}: this computer cannot listen there" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_an_address_with_a_password_is_refused(tmp_path: Path) -> None:
    ended = serve(tmp_path, "--url", "https://user:secret@dati.example.org/")
    assert ended.returncode == 2
    assert "--url: the address contains a user name or a password" in ended.stderr
    assert "secret" not in ended.stderr


def test_the_server_listens_on_every_address_of_a_name(releases: Path) -> None:
    with served(releases, "--host", "localhost", "--workers", "1") as address:
        assert get(f"{address}/healthz").status_code == 200
        if any(family is socket.AF_INET6 for family, *_ in socket.getaddrinfo("localhost", 1)):
            assert get(f"{address.replace('127.0.0.1', '[::1]')}/healthz").status_code == 200
