"""Publish repeatedly, each time in a child process that can be killed, for `repository/test_durability.py`.

Run as `publisher.py DATA RELEASES`. For each line on standard input, the name of a fail-point or nothing, it prints the process id of a
publisher, and then its exit status.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.publish import publish
from passo_lod.release.publish_policy import OPEN
from passo_lod.release.repository.failpoints import VARIABLE

POLICY = replace(OPEN, keep=2)


def run(catalog: Catalog, releases: Path, pipeline_context: PipelineContext, failpoint: str) -> int:
    os.environ[VARIABLE] = failpoint
    try:
        publish(catalog, releases, context=pipeline_context, policy=POLICY)
    except PassoError as problem:
        print(problem, file=sys.stderr, flush=True)
        return problem.status
    return 0


def main() -> None:
    data, releases = map(Path, sys.argv[1:])
    os.fsync = lambda fd: None  # the system keeps what a killed process wrote; only a computer that stops loses it
    catalog = Catalog.open(data)
    pipeline_context = replace(PipelineContext.open(catalog), vocabulary_quads=())
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            status = 3
            try:
                status = run(catalog, releases, pipeline_context, line.strip())
            finally:
                os._exit(status)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
