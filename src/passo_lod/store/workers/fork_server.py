"""Run SPARQL queries where they can do no harm: this process loads a release once and forks workers that may be killed.

A query cannot be cancelled in the engine, can take all memory and can overflow the stack. So it runs in a worker: a fork of this
process that shares its memory pages, can open no connection (see `fence.py`), and dies of exceeding its memory. The process has one
thread, because only such a process can be forked safely, and imports little, because every worker inherits it. A release that is
held on disk is opened by each worker for itself, because the library that reads it starts threads.

    python -m passo_lod.store.workers.fork_server FD ORIGIN

ORIGIN is an N-Quads dump to hold in memory, or the folder of an index. FD is a `SOCK_SEQPACKET` socket to the server. It asks
`{"hire": {"memory": …}}` and is sent `{"pid": …}` with the worker's socket, or asks `{"bury": pid}` and is told how that worker
ended. When the server goes, the socket closes and this process ends; when this process ends, the kernel ends the workers.
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
from typing import IO, Any, NoReturn, cast

import pyoxigraph as ox
from pyoxigraph import NamedNode, RdfFormat

from passo_lod.media_types import DATASETS, GRAPHS, RESULTS, MediaType
from passo_lod.store.disk_index import PUBLISHED, QUADS, unpacked
from passo_lod.store.oxigraph_fixes import lexical_forms as published
from passo_lod.store.oxigraph_fixes.lexical_forms import Scan
from passo_lod.store.oxigraph_fixes.query_rewrite import answer
from passo_lod.store.oxigraph_fixes.result_rewrite import Writer
from passo_lod.store.refusal_messages import LONGEST_MESSAGE, readable
from passo_lod.store.result_writer import ResultTooLarge, is_graph, offer
from passo_lod.store.workers import sandbox as fence

_BY_NAME = {media_type.name: media_type for media_type in (*RESULTS, *GRAPHS, *DATASETS)}

Request = dict[str, Any]
Reply = tuple[dict[str, Any], bytes]


def main() -> None:
    """Load the dump, say so, and serve the control socket until it closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        store, writer = load(Path(sys.argv[2]))
        ready = len(store) if isinstance(store, ox.Store) else 0
    except (OSError, SyntaxError, EOFError) as error:
        control.send(json.dumps({"error": str(error)[:LONGEST_MESSAGE]}).encode())
        return
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": ready}).encode())
    with suppress(BrokenPipeError, ConnectionResetError):
        serve_commands(control, store, writer)


def load(origin: Path) -> tuple[ox.Store | Path, Writer]:
    """The store in memory, or where it lies on disk; and who writes what it answers, with its values as they are published."""
    if origin.is_dir():
        return origin / QUADS, Writer(published.read(origin / PUBLISHED))
    with unpacked(origin) as file:
        scan = Scan(file)
        store = in_memory(cast(IO[bytes], scan))
    return store, Writer(scan.published())


def in_memory(quads: IO[bytes]) -> ox.Store:
    """A store in memory with the quads of an N-Quads file (`load`, not `bulk_load`, which starts threads)."""
    store = ox.Store()
    store.load(quads, format=RdfFormat.N_QUADS)
    return store


def serve_commands(control: socket.socket, store: ox.Store | Path, writer: Writer) -> None:
    """Hire and bury workers, as the server asks."""
    while message := control.recv(4096):
        request = json.loads(message)
        if "hire" in request:
            fork_worker(control, store, writer, int(request["hire"]["memory"]))
        else:
            control.send(json.dumps(reap_worker(int(request["bury"]))).encode())


def fork_worker(control: socket.socket, store: ox.Store | Path, writer: Writer, memory: int) -> None:
    """Fork a worker and hand its socket to the server."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        serve_queries(theirs, store, writer, memory)
    theirs.close()
    socket.send_fds(control, [json.dumps({"pid": pid}).encode()], [ours.fileno()])
    ours.close()


def reap_worker(pid: int) -> dict[str, float]:
    """How a worker ended (a negative status is a signal), and the processor time it had."""
    try:
        _, status, usage = os.wait4(pid, 0)
    except ChildProcessError:
        return {"status": 0, "seconds": 0.0}
    return {"status": os.waitstatus_to_exitcode(status), "seconds": usage.ru_utime + usage.ru_stime}


# ---------------------------------------------------------------------------------------------------------- the worker


def serve_queries(connection: socket.socket, store: ox.Store | Path, writer: Writer, memory: int) -> NoReturn:
    """The life of a worker; it never returns into the zygote's code."""
    try:
        fence.die_with_parent()
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        fence.close_all_but({connection.fileno(), statm})
        has_no_network = fence.deny_network()
        opened = open_store(store, has_no_network)
        base = virtual_memory(statm)
        fence.limit_resources(base + memory, 0 if isinstance(store, ox.Store) else None)
        meter = ResourceMeter(statm, base + memory // 2)
        requests = connection.makefile("rb")
        while line := requests.readline():
            request = json.loads(line)
            meter.begin(float(request["seconds"]))
            header, body = reply(opened, writer, request)
            header |= {"bytes": len(body), **meter.end()}
            connection.sendall(json.dumps(header).encode() + b"\n" + body)
    finally:
        os._exit(0)


class ResourceMeter:
    """What a worker has used; it asks the system no more often than it must, because a look-up is quicker than the asking."""

    _SLACK = 60.0
    _EACH = 32

    def __init__(self, statm: int, most: int) -> None:
        self._statm = statm
        self._most = most
        self._queries = 0
        self._used = processor_time()
        self._limit = 0.0

    def begin(self, seconds: float) -> None:
        """See to it that the kernel ends a query that the server has forgotten: a belt to its braces."""
        if self._limit - self._used < seconds + 2:
            self._limit = self._used + seconds + self._SLACK
            resource.setrlimit(resource.RLIMIT_CPU, (int(self._limit), resource.RLIM_INFINITY))

    def end(self) -> dict[str, Any]:
        """The processor time of the query, and whether the worker has grown so much that it should be the last."""
        before, self._used = self._used, processor_time()
        self._queries += 1
        is_costly = self._used - before > 0.005 or self._queries % self._EACH == 0
        return {"seconds": self._used - before, "last": is_costly and virtual_memory(self._statm) > self._most}


def open_store(store: ox.Store | Path, has_no_network: bool) -> ox.Store:
    """The store of this worker; one on disk needs descriptors, so that only the filter keeps the worker from the network."""
    if isinstance(store, ox.Store):
        return store
    if not has_no_network:
        raise OSError("this system cannot keep a worker with open files from the network; hold the release in memory")
    return ox.Store.read_only(str(store))


def virtual_memory(statm: int) -> int:
    """The size of this process's address space; read through a descriptor that was opened before the fence."""
    return int(os.pread(statm, 64, 0).split()[0]) * resource.getpagesize()


def reply(store: ox.Store, writer: Writer, request: Request) -> Reply:
    """The result of a query in the media type that fits it best, or the reason why there is none."""
    try:
        result = answer(request["query"], partial(store.query, base_iri=request["base"], **dataset(request)))
        media_type = choose(result, request)
        if media_type is None:
            return {"refused": "not-acceptable", "message": offer(result)}, b""
        body = writer.write(result, media_type, int(request["result"]), request["query"])
        return {"media_type": media_type.name}, body
    except SyntaxError as error:
        return {"refused": "malformed", "message": readable(str(error))}, b""
    except MemoryError:
        return {"refused": "memory", "message": ""}, b""
    except ResultTooLarge:
        return {"refused": "result-too-large", "message": ""}, b""
    except (ValueError, OSError, RuntimeError) as error:
        return {"refused": "malformed", "message": readable(str(error))}, b""


def processor_time() -> float:
    """The seconds of processor time that this process has had."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def dataset(request: Request) -> dict[str, Any]:
    """The dataset of the query: what the protocol names, else what the query names, else all graphs and their union.

    A dataset that is named in the protocol replaces the one in the query (SPARQL 1.1 Protocol, 2.1.4), and holds only what is named.
    """
    default = [NamedNode(iri) for iri in request["default_graphs"]]
    named = [NamedNode(iri) for iri in request["named_graphs"]]
    if default or named:
        return {"default_graph": default, "named_graphs": named}
    return {"use_default_graph_as_union": request["union"]}


def choose(result: object, request: Request) -> MediaType | None:
    """The best media type the client takes, of those that can hold such a result."""
    names = request["graphs" if is_graph(result) else "results"]
    return _BY_NAME[names[0]] if names else None


if __name__ == "__main__":
    main()
