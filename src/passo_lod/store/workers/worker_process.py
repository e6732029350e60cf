"""Start, query and kill fork servers and their workers from the web server's process; `fork_server.py` is the code that runs in them."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, cast

from passo_lod.errors import ReleaseError
from passo_lod.exit_status import describe_exit

_LOG = logging.getLogger(__name__)
_LOWEST_PRIORITY = 19
_MAX_ERROR_OUTPUT = 2000
_SPARE_AFTER = 2.0
"""Seconds after the start of a fork server until the next spare one starts."""
_REPLY_SECONDS = 10.0
"""A fork server that does not reply within this time is killed; the pool then starts another."""

Reply = tuple[dict[str, Any], bytes]
"""The header and the body of a worker's reply."""


class WorkerLost(Exception):
    """A worker or the fork server has ended, or its reply is not valid."""


class ForkServer:
    """The process that loads the release and forks the workers."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._turn = asyncio.Lock()
        self._numbers = count(1)
        self._error_output = ""
        self._forwarding = asyncio.create_task(self._forward_error_output())

    @classmethod
    async def start(cls) -> "ForkServer":
        """Start the process, which then waits for `load`.

        Raises:
            OSError: the system starts no process.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                process = await _spawn(theirs.fileno())
            except BaseException:
                ours.close()
                raise
        return cls(process, ours)

    async def load(self, origin: Path, timeout: float) -> None:
        """Have the process load a release, and wait until it has done so.

        Args:
            origin: the dump, or the folder of its disk index.
            timeout: seconds.

        Raises:
            ReleaseError: the process ends, cannot read the release, or takes too long.
        """
        self._control.settimeout(timeout)
        try:
            self._control.send(json.dumps({"load": str(origin)}).encode())
            message = await asyncio.to_thread(self._control.recv, 4096)
        except TimeoutError as error:
            raise ReleaseError(
                f"{origin}: the release is not loaded after {timeout:g} seconds; use a faster or less busy machine"
            ) from error
        except OSError:
            message = b""
        if not message:
            raise ReleaseError(f"{origin}: {await self._describe_end()}")
        reply = json.loads(message)
        if "ready" not in reply:
            raise ReleaseError(f"{origin}: {reply['error']}; publish the release again")

    async def _describe_end(self) -> str:
        """How the process ended, what it wrote to standard error, and what to do."""
        status = await self._wait_or_kill()
        remedy = "the system may have run out of memory: free some, or index the release on disk (--in-memory 0)"
        if status >= 0:
            remedy = "check the installation"
        cause = self._error_output.strip().rpartition("\n")[2]
        return (
            f"the process that loads the release {describe_exit(status)}{f' ({cause})' if cause else ''} "
            f"before it was ready; {remedy}"
        )

    async def _forward_error_output(self) -> None:
        """Log what the process writes to standard error, and retain the end of it."""
        assert self._process.stderr is not None  # noqa: S101 - `_spawn` asks for a pipe
        while data := await self._process.stderr.read(4096):
            text = data.decode("utf-8", "replace")
            _LOG.warning("fork server %d: %s", self.pid, text.rstrip())
            self._error_output = (self._error_output + text)[-_MAX_ERROR_OUTPUT:]

    async def fork_worker(self, memory: int) -> "Worker":
        """Fork a worker that may use this many bytes of memory beyond those of the release."""
        reply, descriptors = await self._request({"fork": {"memory": memory}})
        worker = Worker(int(reply["pid"]), self)
        connection = socket.socket(fileno=descriptors[0])
        await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=connection)
        return worker

    async def reap(self, worker: "Worker") -> int:
        """Wait until a worker has ended; returns its exit status (negative: a signal).

        The system reuses the process id only after this, so that no kill before it hits another process.
        """
        reply, _ = await self._request({"reap": worker.pid})
        return int(reply["status"])

    async def wait(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def stop(self) -> None:
        """End the process; the kernel then ends its workers."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        await self._wait_or_kill()

    async def _wait_or_kill(self) -> int:
        """Wait until the process has ended and its error output is read; kill it after 5 seconds."""
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
        status = await self._process.wait()
        await asyncio.wait({self._forwarding}, timeout=1)
        return status

    async def _request(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        """Send a request and receive its reply, even if the caller is cancelled in between.

        Raises:
            WorkerLost: the process has ended, or does not reply in time and is killed.
        """
        exchange = asyncio.ensure_future(self._exchange_in_turn(request))
        exchange.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(exchange)

    async def _exchange_in_turn(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        async with self._turn:
            number = next(self._numbers)
            try:
                reply, descriptors = await asyncio.to_thread(self._exchange, json.dumps(request | {"number": number}))
            except TimeoutError as error:
                self._kill(f"it has not replied within {_REPLY_SECONDS:g} seconds")
                raise WorkerLost("the fork server does not reply") from error
            except OSError as error:
                raise WorkerLost(str(error)) from error
            if reply.get("number") != number:
                for descriptor in descriptors:
                    os.close(descriptor)
                self._kill(f"it replied to request {reply.get('number')} instead of {number}")
                raise WorkerLost("the fork server replied to another request")
            return reply, descriptors

    def _exchange(self, request: str) -> tuple[dict[str, Any], list[int]]:
        self._control.settimeout(_REPLY_SECONDS)
        self._control.send(request.encode())
        message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1)
        if not message:
            raise ConnectionResetError("the fork server has ended")
        return json.loads(message), list(descriptors)

    def _kill(self, reason: str) -> None:
        """Kill the process, because a late reply would be taken for the reply to another request."""
        if self.alive:
            _LOG.error("fork server %d is killed and replaced: %s", self.pid, reason)
            with suppress(ProcessLookupError):
                self._process.kill()


class ForkServers:
    """Starts the fork servers of this process, and keeps a spare one, so that the next release does not wait for Python to start."""

    def __init__(self, *, keeps_spare: bool = False) -> None:
        """Configure; no process starts yet.

        Args:
            keeps_spare: whether a spare process starts after each `start`, for a server that follows `current`.
        """
        self._keeps_spare = keeps_spare
        self._spare: ForkServer | None = None
        self._preparing: asyncio.Task[None] | None = None

    async def start(self, origin: Path, timeout: float = 120.0) -> ForkServer:
        """Take the spare process, or start one, and wait until it has loaded the release.

        Args:
            origin: the dump, or the folder of its disk index.
            timeout: seconds.

        Raises:
            ReleaseError: the process does not start, ends, cannot read the release, or takes too long.
        """
        try:
            fork_server = await self._take_spare() or await ForkServer.start()
        except OSError as error:
            raise ReleaseError(
                f"{origin}: the process that loads the release cannot be started ({error}); "
                "check the limits on memory and on the number of processes"
            ) from error
        try:
            await fork_server.load(origin, timeout)
        except BaseException:
            await fork_server.stop()
            raise
        if self._keeps_spare and (self._preparing is None or self._preparing.done()):
            self._preparing = asyncio.create_task(self._prepare_spare())
        return fork_server

    async def stop(self) -> None:
        """End the spare process."""
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait({self._preparing})
        if self._spare is not None:
            await self._spare.stop()

    async def _take_spare(self) -> ForkServer | None:
        """The spare process, if it runs; it is no longer spare."""
        spare, self._spare = self._spare, None
        if spare is not None and not spare.alive:
            await spare.stop()
            return None
        return spare

    async def _prepare_spare(self) -> None:
        """Start the spare process when the release is served, so that both do not compete for the processor."""
        await asyncio.sleep(_SPARE_AFTER)
        if self._spare is None:
            with suppress(OSError):  # `start` tries again, and reports it
                self._spare = await ForkServer.start()


async def _spawn(descriptor: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "passo_lod.store.workers.fork_server", str(descriptor)),
        pass_fds=(descriptor,),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


class Worker(asyncio.Protocol):
    """One process that answers one query at a time, and the connection to it."""

    def __init__(self, pid: int, fork_server: ForkServer) -> None:
        self.pid = pid
        self._fork_server = fork_server
        self._received = bytearray()
        self._header: dict[str, Any] | None = None
        self._max_bytes = 0
        self._reply: asyncio.Future[Reply] | None = None
        self._transport: asyncio.WriteTransport | None = None

    @property
    def fork_server(self) -> ForkServer:
        """The process that forked it."""
        return self._fork_server

    @property
    def usable(self) -> bool:
        """Whether the worker and its fork server run."""
        return self._fork_server.alive and self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes, max_bytes: int) -> "asyncio.Future[Reply]":
        """Send a request; the future is its reply.

        The future raises WorkerLost if the worker ends before it has answered, or its reply is not valid or has a body of more than `max_bytes`.
        """
        reply = self._reply = asyncio.get_running_loop().create_future()
        self._max_bytes, self._header = max_bytes, None
        self._received.clear()
        if self._transport is None or self._transport.is_closing():
            reply.set_exception(WorkerLost("the worker has ended"))
        else:
            self._transport.write(request + b"\n")
        return reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (asyncio.Protocol)."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Add a part of a reply (asyncio.Protocol)."""
        self._received += data
        try:
            self._parse_reply()
        except (ValueError, KeyError, TypeError) as error:
            self._fail(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the pending request (asyncio.Protocol)."""
        self._transport = None
        self._fail(str(exc or "the worker has ended"))

    def _parse_reply(self) -> None:
        if self._header is None:
            line, end, rest = self._received.partition(b"\n")
            if not end:
                return
            self._header, self._received = json.loads(line), rest
            if int(self._header["bytes"]) > self._max_bytes:
                raise ValueError(f"a reply of {self._header['bytes']} bytes")
        if len(self._received) >= int(self._header["bytes"]) and self._reply and not self._reply.done():
            self._reply.set_result((self._header, bytes(self._received)))

    def _fail(self, reason: str) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(WorkerLost(reason))
            self._reply.exception()  # asyncio logs exceptions that nobody reads

    def lower_priority(self) -> None:
        """Give the process the lowest priority; an unprivileged server cannot raise it again."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOWEST_PRIORITY)

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        if self._fork_server.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.close()
