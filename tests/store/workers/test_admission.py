"""No cheap query waits for a costly one, and who has asked least comes first."""

import asyncio

import pytest

from passo_lod.errors import QueryRefused
from passo_lod.store.workers.admission import AdmissionPolicy, FastSlowQueues, SlotQueue


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def test_who_has_asked_least_has_the_next_place():
    async def story():
        lane, order = SlotQueue(1), []

        async def come(name, priority):
            await lane.enter(priority, 5)
            order.append(name)

        await lane.enter(0, 5)
        waiting = [asyncio.create_task(come(name, spent)) for name, spent in (("much", 9), ("little", 1), ("later", 1))]
        await settle()
        assert lane.waiting == 3
        for _ in waiting:
            lane.leave()
            await settle()
        assert order == ["little", "later", "much"]
        lane.leave()
        assert (lane.free, lane.waiting) == (1, 0)

    asyncio.run(story())


def test_who_gives_up_loses_no_place_for_the_others():
    async def story():
        lane = SlotQueue(1)
        await lane.enter(0, 5)
        impatient = asyncio.create_task(lane.enter(0, 60))
        await settle()
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        with pytest.raises(TimeoutError):
            await lane.enter(0, 0.01)
        lane.leave()
        assert (lane.free, lane.waiting) == (1, 0)

    asyncio.run(story())


def test_a_place_that_is_given_in_the_moment_of_giving_up_goes_to_the_next():
    async def story():
        lane = SlotQueue(1)
        await lane.enter(0, 5)
        first, second = (asyncio.create_task(lane.enter(number, 60)) for number in (0, 1))
        await settle()
        lane.leave()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await asyncio.wait_for(second, 1)
        lane.leave()
        assert lane.free == 1

    asyncio.run(story())


async def refused(work):
    with pytest.raises(QueryRefused) as caught:
        await work
    return caught.value


def test_a_client_has_its_share_of_the_heavy_lane_and_no_more():
    async def story():
        lanes = FastSlowQueues(AdmissionPolicy(heavy=4, heavy_each=2, patience=0.02), 1)
        await lanes.enter_heavy("a", 0)
        await lanes.enter_heavy("a", 0)
        refusal = await refused(lanes.enter_heavy("a", 0))
        assert (refusal.reason, refusal.limit, refusal.used, refusal.retry_after) == ("over-budget", 2, 3, 2)
        await lanes.enter_heavy("b", 0)
        await lanes.enter_heavy("b", 0)
        assert (await refused(lanes.enter_heavy("c", 0))).reason == "unavailable"
        lanes.leave_heavy("a")
        await lanes.enter_heavy("c", 0)

    asyncio.run(story())


def test_a_line_that_is_too_long_is_told_to_come_back():
    async def story():
        lanes = FastSlowQueues(AdmissionPolicy(light=1, queue=1, patience=0.05), 1)
        await lanes.enter_light(0)
        waiting = asyncio.create_task(lanes.enter_light(0))
        await settle()
        assert (await refused(lanes.enter_light(0))).retry_after == 2
        assert (await refused(waiting)).reason == "unavailable"

    asyncio.run(story())
