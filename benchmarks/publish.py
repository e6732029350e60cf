"""What publishing costs: from nothing, again, and again when one record in a hundred has changed.

    python -m benchmarks.publish [--records 1000 --records 10000] [--workers N]

The records are generated: pages of the shape and size of the shipped ones, told anew by seed with other dates and amounts. Each publishing is
the command that people type, in a process of its own; processor time and peak memory are what the system says of that process and its own.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "sources/emilia-romagna"
_FIRST = 100_000
_CHANGED = 100
"""One record in so many is changed."""


@dataclass(frozen=True)
class Run:
    """One publishing: what it cost, and when each stage ended (seconds from its beginning)."""

    name: str
    records: int
    wall: float
    processor: float
    memory: int
    stages: tuple[tuple[str, float], ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a table in Markdown."""
    options = _options().parse_args(arguments)
    runs = [run for number in options.records or [1000] for run in measure(number, options.workers)]
    print("\n".join(table(runs)))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, action="append", help="how many records; may be repeated")
    parser.add_argument("--workers", type=int, default=1, help="processes that map and validate")
    return parser


def measure(records: int, workers: int) -> list[Run]:
    """Publish so many records from nothing, again, and again with some of them changed."""
    with tempfile.TemporaryDirectory() as folder:
        data, releases = Path(folder) / "data", Path(folder) / "releases"
        samples = generate(data, records)
        runs = [_publish(name, data, releases, records, workers) for name in ("from nothing", "again")]
        for number in range(0, records, _CHANGED):
            page = samples / f"{_FIRST + number}.txt"
            page.write_text(vary(page.read_text(encoding="utf-8"), random.Random(-number)), encoding="utf-8")
        return [*runs, _publish("1 % changed", data, releases, records, workers)]


def generate(data: Path, records: int) -> Path:
    """A data folder with so many pages, each one of the shipped ones told anew; where the pages are."""
    shutil.copytree(ROOT / "data" / SOURCE, data / SOURCE)
    samples = data / SOURCE / "samples"
    pages = [path.read_text(encoding="utf-8") for path in sorted(samples.glob("*.txt"))]
    shutil.rmtree(samples)
    samples.mkdir()
    for number in range(records):
        text = vary(pages[number % len(pages)], random.Random(number))
        (samples / f"{_FIRST + number}.txt").write_text(text, encoding="utf-8")
    return samples


def vary(page: str, chance: random.Random) -> str:
    """The page with other years, and other amounts of money."""
    shift = chance.randint(-6, 2)
    page = re.sub(r"\b(\d\d/\d\d/)(20[12]\d)\b", lambda found: f"{found[1]}{int(found[2]) + shift}", page)
    return re.sub(r"\b\d{1,2}\.\d00,00\b", lambda _: f"{chance.randint(1, 60)}.{chance.randint(1, 9)}00,00", page)


def _publish(name: str, data: Path, releases: Path, records: int, workers: int) -> Run:
    command = [sys.executable, "-m", "passo_lod", "publish", "--data", str(data), "--releases", str(releases)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--workers", str(workers)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stderr is not None
    stages = []
    said = []
    for line in process.stderr:
        said.append(line)
        stages.append((line.partition(":")[0], time.perf_counter() - began))
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("".join(said))
    return Run(name, records, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, tuple(stages))


def table(runs: Sequence[Run]) -> list[str]:
    """The figures in Markdown."""
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
