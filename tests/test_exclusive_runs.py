"""An exclusive test runs while no other test runs, and every test gets its turn."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTER = """
import sys, time
from pathlib import Path
from tests.exclusive_runs import ExclusiveRuns
runs, exclusive = ExclusiveRuns(Path(sys.argv[1])), sys.argv[2] == "exclusive"
for _ in range(20):
    runs.begin(exclusive=exclusive)
    began = time.monotonic()
    time.sleep(0.005)
    print(began, time.monotonic())
    runs.end()
"""
Times = list[tuple[float, float]]


def times(output: str) -> Times:
    return [(float(began), float(ended)) for began, ended in map(str.split, output.splitlines())]


def overlap(some: Times, others: Times) -> int:
    return sum(began < end and start < ended for began, ended in some for start, end in others)


def test_no_test_runs_at_the_same_time_as_an_exclusive_test(tmp_path: Path) -> None:
    testers = [
        subprocess.Popen(
            [sys.executable, "-c", TESTER, str(tmp_path), kind], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for kind in ("ordinary", "exclusive", "ordinary")
    ]
    first, exclusive, second = (times(tester.communicate(timeout=60)[0]) for tester in testers)
    assert [len(first), len(exclusive), len(second)] == [20, 20, 20]
    assert overlap(exclusive, first) == overlap(exclusive, second) == 0
