"""A client spends processor seconds: many cheap queries pass, and few costly ones."""

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


def run_query(clients, client, seconds):
    with clients.admit(client):
        clients.charge(client, seconds)


def test_a_burst_of_cheap_queries_passes(clients):
    for _ in range(5000):
        run_query(clients, "a", 0.001)
    assert clients.remaining("a") == pytest.approx(55)


def test_a_check_is_charged_and_says_nothing_about_the_cost_of_queries(clients):
    clients.charge("a", 5)
    cost = clients.expected_cost("a")
    clients.charge_check("a", 1)
    assert clients.spent("a") == pytest.approx(6)
    assert clients.expected_cost("a") == cost


def test_a_client_without_budget_is_refused_until_the_time_in_the_refusal(clients, clock):
    for _ in range(6):
        run_query(clients, "a", 10)
    with pytest.raises(QueryRefused, match="60 seconds of processor time") as refused:
        run_query(clients, "a", 0)
    assert (refused.value.reason, refused.value.limit, refused.value.retry_after) == ("over-budget", 60, 6)
    run_query(clients, "b", 0)
    clock.now += refused.value.retry_after
    run_query(clients, "a", 0)


def test_a_client_with_too_many_queries_is_refused_until_one_has_ended(clients):
    with clients.admit("a"), clients.admit("a"):
        with clients.admit("a"), pytest.raises(QueryRefused, match="3 queries of yours"), clients.admit("a"):
            pass
        with clients.admit("a"):
            pass


def test_a_budget_of_zero_means_no_limit(clock):
    clients = ClientBudgets(Budget(seconds=0), clock)
    for _ in range(10):
        run_query(clients, "a", 1000)


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), max_size=30))
def test_the_remaining_seconds_are_between_zero_and_the_budget(charges):
    clock = Clock()
    clients = ClientBudgets(Budget(60, 60), clock)
    for seconds, pause in charges:
        clients.charge("a", seconds)
        clock.now += pause
        assert 0 <= clients.remaining("a") <= 60
    clock.now += 60 * (len(charges) + 1)
    assert clients.remaining("a") == 60


def test_all_addresses_of_an_ipv6_prefix_are_one_client():
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::9") != client_of("2001:db8:1:3::1")
    assert client_of("not an address") == "not an address"


def test_full_budgets_are_removed(clock):
    clients = ClientBudgets(Budget(60, 60), clock)
    for number in range(11_000):
        clients.charge(str(number), 0.1)
        clock.now += 1
    assert len(clients._accounts) < 11_000
