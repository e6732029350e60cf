"""The process that loads a release once and forks workers, each of which runs SPARQL queries and may be killed.

The engine cannot cancel a query, and a query can take all memory or overflow the stack. So it runs in a worker: a fork of this process that
shares its memory pages, cannot open a connection (see `sandbox.py`) and ends when it exceeds its memory. This process has one thread, because
forking a process with several is not safe, and imports little, because every worker inherits it. Each worker opens a disk index for itself,
because the library that reads it starts threads.

    python -m passo_lod.store.workers.fork_server FD

FD is a `SOCK_SEQPACKET` socket to the server. The first message of the server is `{"load": ORIGIN}`, where ORIGIN is an N-Quads dump to load into
memory, or the folder of a disk index; until then this process waits, with its modules imported. Then the server sends
`{"fork": {"memory": …}}` and receives `{"pid": …}` with the worker's socket, or sends `{"reap": pid}` and receives the exit status of that
worker. Each of these requests has a `number`, which its reply repeats. When the server ends, the socket closes and this process ends; when this
process ends, the kernel kills the workers.
"""

import gc
import json
import os
import resource
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NoReturn

import pyoxigraph as ox
from pyoxigraph import NamedNode, RdfFormat

from passo_lod.disk_index import QUADS, open_dump
from passo_lod.errors import NotInXml
from passo_lod.media_types import DATASETS, GRAPHS, RESULTS, MediaType
from passo_lod.store.query_checks import names_dataset
from passo_lod.store.query_rewriting import evaluate_rewritten
from passo_lod.store.refusal_messages import MAX_MESSAGE_LENGTH, readable_error
from passo_lod.store.result_writer import ResultTooLarge, is_graph, offered_media_types, write_result
from passo_lod.store.workers import sandbox

_BY_NAME = {media_type.name: media_type for media_type in (*RESULTS, *GRAPHS, *DATASETS)}
_NICENESS = 5
"""Queries come after documents and after the loading of the next release, where the processor is short."""
_MAX_REQUEST = 32 * 1024
"""Bytes; a path has at most 4,096, and JSON writes some bytes as six characters."""

Request = dict[str, Any]
Reply = tuple[dict[str, Any], bytes]
"""The header and the body of a reply."""


def main() -> None:
    """Wait for the release to load, load it, report to the server, and serve the control socket until it closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    message = control.recv(_MAX_REQUEST)
    if not message:
        return
    try:
        store = load(Path(json.loads(message)["load"]))
        ready = len(store) if isinstance(store, ox.Store) else 0
    except (OSError, SyntaxError, EOFError) as error:
        control.send(json.dumps({"error": str(error)[:MAX_MESSAGE_LENGTH]}).encode())
        return
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": ready}).encode())
    with suppress(BrokenPipeError, ConnectionResetError):
        serve_commands(control, store)


def load(origin: Path) -> ox.Store | Path:
    """The store in memory, or its folder on disk; the server, which loads the same release, validates it."""
    if origin.is_dir():
        return origin / QUADS
    with open_dump(origin) as file:
        return load_into_memory(file, validate=False)


def load_into_memory(quads: IO[bytes] | bytes, *, validate: bool) -> ox.Store:
    """Load the quads of an N-Quads file into a store in memory (with `load`, because `bulk_load` starts threads).

    Args:
        quads: the file, or its bytes. Only bytes are loaded without Python's global lock, for which other threads of the process wait.
        validate: whether to validate IRIs and language tags, which takes a quarter of the time.

    Raises:
        OSError: the file cannot be read.
        SyntaxError: it is not N-Quads.
    """
    store = ox.Store()
    store.load(quads, format=RdfFormat.N_QUADS, lenient=not validate)
    return store


def serve_commands(control: socket.socket, store: ox.Store | Path) -> None:
    """Fork and reap workers at the request of the server."""
    while message := control.recv(_MAX_REQUEST):
        request = json.loads(message)
        number = {"number": request["number"]}
        if "fork" in request:
            fork_worker(control, store, int(request["fork"]["memory"]), number)
        else:
            control.send(json.dumps({"status": reap_worker(int(request["reap"]))} | number).encode())


def fork_worker(control: socket.socket, store: ox.Store | Path, memory: int, number: dict[str, int]) -> None:
    """Fork a worker and send its socket to the server, with the number of the request."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        serve_queries(theirs, store, memory)
    theirs.close()
    socket.send_fds(control, [json.dumps({"pid": pid} | number).encode()], [ours.fileno()])
    ours.close()


def reap_worker(pid: int) -> int:
    """Wait for a worker that ends; returns its exit status (negative: a signal)."""
    try:
        _, status = os.waitpid(pid, 0)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status)


# ---------------------------------------------------------------------------------------------------------- in the worker


def serve_queries(connection: socket.socket, store: ox.Store | Path, memory: int) -> NoReturn:
    """Restrict this process and answer queries until the connection closes; never return to the code of the fork server."""
    try:
        sandbox.die_with_parent()
        os.nice(_NICENESS)
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        sandbox.close_descriptors_except({connection.fileno(), statm})
        has_no_network = sandbox.deny_network()
        opened = open_store(store, has_no_network)
        base = virtual_memory(statm)
        sandbox.limit_resources(base + memory, 0 if isinstance(store, ox.Store) else None)
        meter = ResourceMeter(statm, base + memory // 2)
        requests = connection.makefile("rb")
        while line := requests.readline():
            request = json.loads(line)
            meter.begin(float(request["seconds"]))
            header, body = reply(opened, request)
            header |= {"bytes": len(body), **meter.end()}
            connection.sendall(json.dumps(header).encode() + b"\n" + body)
    finally:
        os._exit(0)


class ResourceMeter:
    """Measure what the queries of a worker use; memory only after costly queries, because reading it takes longer than a look-up."""

    _EXTRA_SECONDS = 60.0
    _MEMORY_CHECK_INTERVAL = 32

    def __init__(self, statm: int, max_memory: int) -> None:
        self._statm = statm
        self._max_memory = max_memory
        self._queries = 0
        self._used = processor_time()
        self._limit = 0.0

    def begin(self, seconds: float) -> None:
        """Have the kernel kill this worker if it exceeds the time of a query and the server does not kill it (RLIMIT_CPU)."""
        if self._limit - self._used < seconds + 2:
            self._limit = self._used + seconds + self._EXTRA_SECONDS
            resource.setrlimit(resource.RLIMIT_CPU, (int(self._limit), resource.RLIM_INFINITY))

    def end(self) -> dict[str, Any]:
        """The processor time of the query, and whether the worker has grown so much that the server should replace it."""
        before, self._used = self._used, processor_time()
        self._queries += 1
        is_costly = self._used - before > 0.005 or self._queries % self._MEMORY_CHECK_INTERVAL == 0
        return {"seconds": self._used - before, "last": is_costly and virtual_memory(self._statm) > self._max_memory}


def open_store(store: ox.Store | Path, has_no_network: bool) -> ox.Store:
    """The store of this worker; a disk index needs file descriptors, so only the system call filter denies the worker the network."""
    if isinstance(store, ox.Store):
        return store
    if not has_no_network:
        raise OSError(
            "this system cannot deny the network to a process with open files; load the release into memory (--in-memory)"
        )
    return ox.Store.read_only(str(store))


def virtual_memory(statm: int) -> int:
    """The bytes of address space of this process; `statm` is a descriptor that was opened before the sandbox was set up."""
    return int(os.pread(statm, 64, 0).split()[0]) * resource.getpagesize()


def reply(store: ox.Store, request: Request) -> Reply:
    """Run a query; return its result in the first accepted media type for its form, or the reason of a refusal."""
    try:
        result = evaluate_rewritten(
            request["query"], partial(store.query, base_iri=request["base"], **dataset(request))
        )
        media_type = choose_media_type(result, request)
        if media_type is None:
            return {"refused": "not-acceptable", "message": offered_media_types(result)}, b""
        body = write_result(result, media_type, int(request["result"]))
        return {"media_type": media_type.name}, body
    except NotInXml as error:
        return {"refused": "not-acceptable", "message": str(error)}, b""
    except SyntaxError as error:
        return {"refused": "malformed", "message": readable_error(str(error))}, b""
    except MemoryError:
        return {"refused": "memory", "message": ""}, b""
    except ResultTooLarge:
        return {"refused": "result-too-large", "message": ""}, b""
    except (ValueError, OSError, RuntimeError) as error:
        return {"refused": "malformed", "message": readable_error(str(error))}, b""


def processor_time() -> float:
    """The seconds of processor time that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def dataset(request: Request) -> dict[str, Any]:
    """The dataset of the query: the graphs named in the protocol request, else those in the query, else all graphs and their union.

    A dataset in the protocol request replaces the one in the query (SPARQL 1.1 Protocol, 2.1.4).
    """
    default = [NamedNode(iri) for iri in request["default_graphs"]]
    named = [NamedNode(iri) for iri in request["named_graphs"]]
    if default or named:
        return {"default_graph": default, "named_graphs": named}
    return {"use_default_graph_as_union": request["union_default_graph"] and not names_dataset(request["query"])}


def choose_media_type(result: object, request: Request) -> MediaType | None:
    """The first media type that the client accepts for this form of result; None if it accepts none."""
    names = request["graphs" if is_graph(result) else "results"]
    return _BY_NAME[names[0]] if names else None


if __name__ == "__main__":
    main()
