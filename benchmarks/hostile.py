"""Run the hostile corpus against a server with strict limits, and measure what other clients notice meanwhile.

    python -m benchmarks.hostile

The tests (`tests/hostile`) run the same corpus with wider limits, for a machine that does other things too; this benchmark needs an idle one. It
prints a line for each attack, and exits with status 1 if a figure is not met.
"""

import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.hostile.conftest import DEADLINE, LIMITS, NO_BUDGET, Canary, MemoryMonitor, cheap_query
from tests.hostile.corpus import ATTACKS, Attack
from tests.hostile.test_corpus import CONTAINED_WITHIN, outcome, send
from tests.hostile.test_fairness import DOCUMENT, bombing, client_at, p99, times_of
from tests.processes import MEBIBYTE, Server, running
from tests.store.conftest import write_release

DOCUMENT_P99 = 0.05
SERVED_SHARE = 0.99


def main() -> int:
    """Run everything; return the number of figures that are not met."""
    with tempfile.TemporaryDirectory() as folder:
        write_release(Path(folder) / "one")
        (Path(folder) / "current").symlink_to("one")
        with running(Path(folder), "--releases", folder, *LIMITS, *NO_BUDGET) as server:
            missed = corpus(server)
        with running(Path(folder), "--releases", folder, *LIMITS) as server:
            missed += fairness(server)
    return missed


def corpus(server: Server) -> int:
    """Run every attack, and print its answer, its time and its effect on the server; return the number of figures not met."""
    canary, monitor = Canary(), MemoryMonitor(server, server.memory)
    watcher = threading.Thread(target=monitor.run)
    watcher.start()
    print_now(f"deadline {DEADLINE:g} s, contained within {CONTAINED_WITHIN:g} s\n")
    times = [run_attack(server, attack.aimed_at(canary.url)) for attack in ATTACKS]
    monitor.ended.set()
    watcher.join()
    return sum(
        (
            check_figure("attacks contained", sum(each <= CONTAINED_WITHIN for each in times), len(times), len(times)),
            check_figure("slowest answer, s", max(times), CONTAINED_WITHIN, at_most=CONTAINED_WITHIN),
            check_figure("the same server process", int(server.alive), 1, 1),
            check_figure("connections to the canary", canary.hits, 0, at_most=0),
            check_figure(
                "peak memory, MiB",
                monitor.peak / MEBIBYTE,
                monitor.budget / MEBIBYTE,
                at_most=monitor.budget / MEBIBYTE,
            ),
        )
    )


def run_attack(server: Server, attack: Attack) -> float:
    """Run one attack; return its seconds, infinite if its answer is wrong or the next query is not answered."""
    started = time.monotonic()
    answer = send(server, attack)
    seconds = time.monotonic() - started
    status, reason = outcome(answer)
    is_right = (status, reason) in attack.expected or (status, None) in attack.expected
    is_right = is_right and cheap_query(server).status_code == httpx.codes.OK
    print_now(
        f"{attack.threat:4} {attack.name[:48]:48} {status} {reason or '':17} {seconds:6.2f} s {'' if is_right else 'WRONG'}"
    )
    return seconds if is_right else float("inf")


def fairness(server: Server) -> int:
    """Measure what other clients notice while two expensive queries always run; return the number of figures not met."""
    with client_at("127.0.0.4") as reader:
        idle, _ = times_of(lambda: reader.get(server.address + DOCUMENT), 250, 0.02)
    with (
        bombing(server, "127.0.0.2", concurrency=2) as bombs,
        client_at("127.0.0.3") as querier,
        client_at("127.0.0.4") as reader,
        ThreadPoolExecutor(2) as pool,
    ):
        querying = pool.submit(times_of, lambda: cheap_query(server, querier), 200, 0.02)
        reading = pool.submit(times_of, lambda: reader.get(server.address + DOCUMENT), 500, 0.02)
        (waits, queries), (reads, documents) = querying.result(), reading.result()
    print_now(
        f"\nbombs: {dict(bombs)}; a cheap query beside them: p50 {waits[100] * 1000:.0f} ms, p99 {p99(waits) * 1000:.0f} ms"
    )
    return sum(
        (
            check_figure("cheap queries answered", queries[200] / 200, SERVED_SHARE, SERVED_SHARE),
            check_figure("documents answered", documents[200] / 500, 1, 1),
            check_figure("/doc/ p99 while idle, ms", p99(idle) * 1000, DOCUMENT_P99 * 1000),
            check_figure(
                "/doc/ p99 beside two bombs, ms", p99(reads) * 1000, DOCUMENT_P99 * 1000, at_most=DOCUMENT_P99 * 1000
            ),
        )
    )


def check_figure(
    name: str, value: float, aim: float, at_least: float | None = None, at_most: float | None = None
) -> int:
    """Print a figure beside its aim; return 1 if it is not met, otherwise 0."""
    is_met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    print_now(f"{name:34} {value:8.4g}   aim {aim:6.4g}   {'met' if is_met else 'NOT MET'}")
    return int(not is_met)


def print_now(line: str) -> None:
    """Print a line without buffering."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(min(1, main()))
