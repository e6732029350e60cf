"""Cheap queries do not wait for costly ones; the client whose queries cost least comes first."""

import asyncio

import pytest

from passo_lod.errors import QueryRefused
from passo_lod.store.workers.admission import AdmissionPolicy, FastSlowQueues
from passo_lod.store.workers.priority_pool import PriorityPool


async def run_pending_tasks():
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_lowest_priority_value_gets_the_next_slot():
    async def story():
        queue, order = PriorityPool([None]), []

        async def enter(name, priority):
            await queue.acquire(priority)
            order.append(name)

        await queue.acquire(0)
        waiting = [
            asyncio.create_task(enter(name, spent)) for name, spent in (("high", 9), ("low", 1), ("low and later", 1))
        ]
        await run_pending_tasks()
        assert queue.waiting == 3
        for _ in waiting:
            queue.release(None)
            await run_pending_tasks()
        assert order == ["low", "low and later", "high"]
        queue.release(None)
        assert (queue.free, queue.waiting) == (1, 0)

    asyncio.run(story())


def test_a_cancelled_caller_occupies_no_slot():
    async def story():
        queue = PriorityPool([None])
        await queue.acquire(0)
        cancelled = asyncio.create_task(queue.acquire(0))
        await run_pending_tasks()
        cancelled.cancel()
        await asyncio.gather(cancelled, return_exceptions=True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(queue.acquire(0), 0.01)
        queue.release(None)
        assert (queue.free, queue.waiting) == (1, 0)

    asyncio.run(story())


def test_a_slot_that_is_assigned_to_a_cancelled_caller_goes_to_the_next():
    async def story():
        queue = PriorityPool([None])
        await queue.acquire(0)
        first, second = (asyncio.create_task(queue.acquire(number)) for number in (0, 1))
        await run_pending_tasks()
        queue.release(None)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await asyncio.wait_for(second, 1)
        queue.release(None)
        assert queue.free == 1

    asyncio.run(story())


async def refused(coroutine):
    with pytest.raises(QueryRefused) as caught:
        await coroutine
    return caught.value


def test_a_client_gets_its_share_of_the_slow_queue_and_no_more():
    async def story():
        queues = FastSlowQueues(AdmissionPolicy(slow=4, slow_per_client=2, wait_seconds=0.02), 1)
        await queues.enter_slow("a", 0)
        await queues.enter_slow("a", 0)
        refusal = await refused(queues.enter_slow("a", 0))
        assert (refusal.reason, refusal.limit, refusal.used, refusal.retry_after) == ("over-budget", 2, 3, 2)
        await queues.enter_slow("b", 0)
        await queues.enter_slow("b", 0)
        assert (await refused(queues.enter_slow("c", 0))).reason == "unavailable"
        queues.leave_slow("a")
        await queues.enter_slow("c", 0)

    asyncio.run(story())


def test_a_query_is_refused_while_the_queue_is_full():
    async def story():
        queues = FastSlowQueues(AdmissionPolicy(fast=1, max_waiting=1, wait_seconds=0.05), 1)
        await queues.enter_fast(0)
        waiting = asyncio.create_task(queues.enter_fast(0))
        await run_pending_tasks()
        assert (await refused(queues.enter_fast(0))).retry_after == 2
        assert (await refused(waiting)).reason == "unavailable"

    asyncio.run(story())
