"""The hostile corpus with the strict figures, one line an attack, and what other clients notice meanwhile.

    python -m benchmarks.hostile

The tests (`tests/hostile`) run the same corpus with room for a machine that does other things too; this is for a quiet one. It ends with
status 1 when a figure is not met.
"""

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.hostile.conftest import DEADLINE, LIMITS, NO_BUDGET, Canary, Watch, cheap_query
from tests.hostile.corpus import ATTACKS, Attack
from tests.hostile.test_corpus import CONTAINED_WITHIN, outcome, send
from tests.hostile.test_fairness import DOCUMENT, bombing, client_at, p99, times_of
from tests.processes import MEBIBYTE, Server, running
from tests.store.conftest import write_release

DOCUMENT_P99 = 0.05
SERVED = 0.99


def main() -> int:
    """Run all of it; the number of figures that were not met."""
    with tempfile.TemporaryDirectory() as place:
        write_release(Path(place) / "one")
        (Path(place) / "current").symlink_to("one")
        with running(Path(place), "--releases", place, *LIMITS, *NO_BUDGET) as server:
            missed = corpus(server)
        with running(Path(place), "--releases", place, *LIMITS) as server:
            missed += fairness(server)
    return missed


def corpus(server: Server) -> int:
    """Every attack, with its answer, its time and what it did to the server."""
    canary, watch = Canary(), Watch(server, server.memory)
    watcher = threading.Thread(target=watch.run)
    watcher.start()
    say(f"deadline {DEADLINE:g} s, contained within {CONTAINED_WITHIN:g} s\n")
    times = [attacked(server, attack.aimed(canary.url)) for attack in ATTACKS]
    watch.ended.set()
    watcher.join()
    return sum(
        (
            figure("attacks contained", sum(each <= CONTAINED_WITHIN for each in times), len(times), len(times)),
            figure("slowest answer, s", max(times), CONTAINED_WITHIN, most=CONTAINED_WITHIN),
            figure("the same server process", int(server.alive), 1, 1),
            figure("connections to the canary", canary.hits, 0, most=0),
            figure("peak memory, MiB", watch.peak / MEBIBYTE, watch.budget / MEBIBYTE, most=watch.budget / MEBIBYTE),
        )
    )


def attacked(server: Server, attack: Attack) -> float:
    """How long it took; infinite, where it was not answered as it should or the next query was not."""
    started = time.monotonic()
    answer = send(server, attack)
    took = time.monotonic() - started
    status, reason = outcome(answer)
    is_right = (status, reason) in attack.expected or (status, None) in attack.expected
    is_right = is_right and cheap_query(server).status_code == httpx.codes.OK
    say(
        f"{attack.threat:4} {attack.name[:48]:48} {status} {reason or '':17} {took:6.2f} s {'' if is_right else 'WRONG'}"
    )
    return took if is_right else float("inf")


def fairness(server: Server) -> int:
    """What other clients notice while two bombs always run."""
    with client_at("127.0.0.4") as reader:
        idle, _ = times_of(lambda: reader.get(server.address + DOCUMENT), 250, 0.02)
    with (
        bombing(server, "127.0.0.2", 2) as bombs,
        client_at("127.0.0.3") as asker,
        client_at("127.0.0.4") as reader,
        ThreadPoolExecutor(2) as pool,
    ):
        asking = pool.submit(times_of, lambda: cheap_query(server, asker), 200, 0.02)
        reading = pool.submit(times_of, lambda: reader.get(server.address + DOCUMENT), 500, 0.02)
        (waits, queries), (reads, documents) = asking.result(), reading.result()
    say(
        f"\nbombs: {dict(bombs)}; a cheap query beside them: p50 {waits[100] * 1000:.0f} ms, p99 {p99(waits) * 1000:.0f} ms"
    )
    return sum(
        (
            figure("cheap queries answered", queries[200] / 200, SERVED, SERVED),
            figure("documents answered", documents[200] / 500, 1, 1),
            figure("/doc/ p99 while idle, ms", p99(idle) * 1000, DOCUMENT_P99 * 1000),
            figure("/doc/ p99 beside two bombs, ms", p99(reads) * 1000, DOCUMENT_P99 * 1000, most=DOCUMENT_P99 * 1000),
        )
    )


def figure(name: str, value: float, aim: float, least: float | None = None, most: float | None = None) -> int:
    """Say a figure beside its aim; 1 where it is not met."""
    is_met = (least is None or value >= least) and (most is None or value <= most)
    say(f"{name:34} {value:8.4g}   aim {aim:6.4g}   {'met' if is_met else 'NOT MET'}")
    return int(not is_met)


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(min(1, main()))
