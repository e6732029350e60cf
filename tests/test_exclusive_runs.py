"""Of tests in several processes, one that is to be alone is alone, and nobody waits for ever."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTER = """
import sys, time
from pathlib import Path
from tests.exclusive_runs import Turns
turns, alone = Turns(Path(sys.argv[1])), sys.argv[2] == "alone"
for _ in range(20):
    turns.begin(alone=alone)
    began = time.monotonic()
    time.sleep(0.005)
    print(began, time.monotonic())
    turns.end()
"""
Times = list[tuple[float, float]]


def times(output: str) -> Times:
    return [(float(began), float(ended)) for began, ended in map(str.split, output.splitlines())]


def overlap(some: Times, others: Times) -> int:
    return sum(began < end and start < ended for began, ended in some for start, end in others)


def test_nothing_runs_beside_a_test_that_is_alone(tmp_path: Path) -> None:
    testers = [
        subprocess.Popen(
            [sys.executable, "-c", TESTER, str(tmp_path), kind], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for kind in ("beside", "alone", "beside")
    ]
    first, alone, second = (times(tester.communicate(timeout=60)[0]) for tester in testers)
    assert [len(first), len(alone), len(second)] == [20, 20, 20]
    assert overlap(alone, first) == overlap(alone, second) == 0
