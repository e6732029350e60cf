"""Test how connections are counted: by client, in all, and through trusted proxies."""

import subprocess
import sys

import pytest

from passo_lod.errors import PassoError
from passo_lod.web.http.connection_limits import ConnectionLimits


def test_a_client_may_have_a_number_of_connections_and_others_are_admitted_beside_it() -> None:
    limits = ConnectionLimits(per_client=2, total=10)
    assert [limits.admit("192.0.2.1") is None for _ in range(3)] == [True, True, False]
    assert "your address has 2 connections" in (limits.admit("192.0.2.1") or "")
    assert limits.admit("192.0.2.2") is None


def test_the_addresses_of_an_ipv6_network_are_one_client() -> None:
    limits = ConnectionLimits(per_client=2)
    assert [limits.admit(f"2001:db8::{number}") is None for number in range(3)] == [True, True, False]
    assert limits.admit("2001:db8:0:1::1") is None


def test_all_clients_together_may_have_a_number_of_connections() -> None:
    limits = ConnectionLimits("198.51.100.0/24", per_client=2, total=3)
    assert [limits.admit(f"192.0.2.{number}") is None for number in range(4)] == [True, True, True, False]
    assert "all clients together" in (limits.admit("198.51.100.1") or "")


def test_a_closed_connection_is_counted_no_longer() -> None:
    limits = ConnectionLimits(per_client=1, total=1)
    for _ in range(3):
        assert limits.admit("192.0.2.1") is None
        limits.release("192.0.2.1")


@pytest.mark.parametrize("proxies", ["198.51.100.7", "10.0.0.1, 198.51.100.0/24", "*"])
def test_a_trusted_proxy_may_have_more_connections_than_a_client(proxies: str) -> None:
    limits = ConnectionLimits(proxies, per_client=1)
    assert [limits.admit("198.51.100.7") for _ in range(5)] == [None] * 5


def test_a_proxy_may_have_an_ipv6_address() -> None:
    limits = ConnectionLimits("2001:db8::5", per_client=1)
    assert [limits.admit("2001:db8::5") for _ in range(5)] == [None] * 5
    assert limits.admit("2001:db8::6") is not None


def test_another_client_is_no_proxy() -> None:
    limits = ConnectionLimits("198.51.100.7", per_client=1)
    assert [limits.admit("198.51.100.8") is None for _ in range(2)] == [True, False]


def test_a_proxy_that_is_no_address_is_an_error_that_says_what_is_right() -> None:
    with pytest.raises(PassoError, match=r"--proxy: 'localhost' is no address.*10\.0\.0\.0/8"):
        ConnectionLimits("10.0.0.1, localhost")


@pytest.mark.parametrize(("soft", "hard", "connections"), [(256, 1024, 768), (1024, 1024, 768), (128, 128, 1)])
def test_the_soft_limit_of_open_files_is_raised_to_the_hard_limit(soft: int, hard: int, connections: int) -> None:
    program = (
        "import resource; from passo_lod.web.http.connection_limits import raise_open_files_limit;"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        "print(raise_open_files_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert [int(number) for number in answer.split()] == [connections, hard, hard]
