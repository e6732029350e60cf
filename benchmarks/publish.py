"""Measure the cost of publishing: without a cache, again without changes, and again with one record in a hundred changed.

    python -m benchmarks.publish [--records 1000 --records 10000] [--workers N]

The records come from benchmarks/pages.py: variants of the shipped pages, one in sixty with a fault. Each run is the command line, in a process of
its own; the operating system reports processor time and peak memory of that process and its children.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.pages import page

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "sources/emilia-romagna"
_FIRST_PAGE = 100_000
_CHANGE_RATE = 100
"""One record in so many is changed."""


@dataclass(frozen=True)
class Run:
    """The cost of one publishing.

    Attributes:
        name: what was published.
        records: number of records.
        wall: seconds.
        processor: seconds.
        memory: peak, in KiB.
        stages: each line of progress, with the seconds from the start.
    """

    name: str
    records: int
    wall: float
    processor: float
    memory: int
    stages: tuple[tuple[str, float], ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a Markdown table."""
    options = _options().parse_args(arguments)
    runs = [run for number in options.records or [1000] for run in measure(number, options.workers)]
    print("\n".join(table(runs)))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, action="append", help="how many records; may be repeated")
    parser.add_argument("--workers", type=int, default=1, help="processes that map and validate")
    return parser


def measure(records: int, workers: int) -> list[Run]:
    """Publish generated records without a cache, again, and again with some of them changed."""
    with tempfile.TemporaryDirectory() as folder:
        data, releases = Path(folder) / "data", Path(folder) / "releases"
        samples = generate(data, records)
        runs = [_publish(name, data, releases, records, workers) for name in ("from nothing", "again")]
        for number in range(0, records, _CHANGE_RATE):
            (samples / f"{_FIRST_PAGE + number}.txt").write_text(page(number, seed=2), encoding="utf-8")
        return [*runs, _publish("1 % changed", data, releases, records, workers)]


def generate(data: Path, records: int) -> Path:
    """Create a data folder with generated pages; return the folder of the pages."""
    shutil.copytree(ROOT / "data" / SOURCE, data / SOURCE)
    samples = data / SOURCE / "samples"
    shutil.rmtree(samples)
    samples.mkdir()
    for number in range(records):
        (samples / f"{_FIRST_PAGE + number}.txt").write_text(page(number), encoding="utf-8")
    return samples


def _publish(name: str, data: Path, releases: Path, records: int, workers: int) -> Run:
    command = [sys.executable, "-m", "passo_lod", "publish", "--data", str(data), "--releases", str(releases)]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--workers", str(workers)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stderr is not None
    stages = []
    lines = []
    for line in process.stderr:
        lines.append(line)
        stages.append((line.partition(":")[0], time.perf_counter() - started))
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("".join(lines))
    return Run(name, records, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, tuple(stages))


def table(runs: Sequence[Run]) -> list[str]:
    """The figures as a Markdown table."""
    lines = [
        "| records | publishing | wall s | processor s | records a processor second | peak MiB | stages ended at s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for run in runs:
        stages = ", ".join(f"{name} {moment:.1f}" for name, moment in run.stages)
        rate = run.records / run.processor
        cells = (f"{run.records:,}", run.name, f"{run.wall:.1f}", f"{run.processor:.1f}", f"{rate:.0f}")
        lines.append(f"| {' | '.join(cells)} | {run.memory // 1024} | {stages} |")
    return lines


if __name__ == "__main__":
    main()
