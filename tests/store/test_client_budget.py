"""A client pays in processor time: many cheap queries pass, few costly ones do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passo_lod.errors import QueryRefused
from passo_lod.store.client_budget import Budget, ClientBudgets, client_of


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def clients(clock):
    return ClientBudgets(Budget(seconds=60, window=60, queries=3), clock)


def ask(clients, client, seconds):
    with clients.admitted(client):
        clients.bill(client, seconds)


def test_a_burst_of_cheap_queries_passes(clients):
    for _ in range(5000):
        ask(clients, "a", 0.001)
    assert clients.left("a") == pytest.approx(55)


def test_who_has_spent_the_budget_is_told_when_to_come_back_and_may_then(clients, clock):
    for _ in range(6):
        ask(clients, "a", 10)
    with pytest.raises(QueryRefused, match="60 seconds of processor time") as refused:
        ask(clients, "a", 0)
    assert (refused.value.reason, refused.value.limit, refused.value.retry_after) == ("over-budget", 60, 6)
    ask(clients, "b", 0)
    clock.now += refused.value.retry_after
    ask(clients, "a", 0)


def test_too_many_queries_at_once_are_refused_until_one_has_ended(clients):
    with clients.admitted("a"), clients.admitted("a"):
        with clients.admitted("a"), pytest.raises(QueryRefused, match="3 queries of yours"), clients.admitted("a"):
            pass
        with clients.admitted("a"):
            pass


def test_without_a_budget_nothing_is_counted(clock):
    clients = ClientBudgets(Budget(seconds=0), clock)
    for _ in range(10):
        ask(clients, "a", 1000)


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), max_size=30))
def test_what_is_left_is_never_less_than_nothing_nor_more_than_the_budget(story):
    clock = Clock()
    clients = ClientBudgets(Budget(60, 60), clock)
    for seconds, pause in story:
        clients.bill("a", seconds)
        clock.now += pause
        assert 0 <= clients.left("a") <= 60
    clock.now += 60 * (len(story) + 1)
    assert clients.left("a") == 60


def test_a_subscriber_of_ipv6_is_one_client_whatever_address_it_takes():
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::9") != client_of("2001:db8:1:3::1")
    assert client_of("not an address") == "not an address"


def test_clients_that_owe_nothing_are_forgotten(clock):
    clients = ClientBudgets(Budget(60, 60), clock)
    for number in range(11_000):
        clients.bill(str(number), 0.1)
        clock.now += 1
    assert len(clients._spent) < 11_000
