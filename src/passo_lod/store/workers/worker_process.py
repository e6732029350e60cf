"""The zygote and its workers as the server sees them: processes to start, to ask and to end (their own side is `zygote.py`)."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from passo_lod.errors import ReleaseError

_LOWEST_PRIORITY = 19


Reply = tuple[dict[str, Any], bytes]
"""The header and the body of an answer."""


class WorkerLost(Exception):
    """A worker or the zygote has gone, or says what it should not."""


class ForkServer:
    """The process that holds the release and forks the workers."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls, origin: Path, patience: float = 120.0) -> "ForkServer":
        """Start it and wait until it has loaded the release.

        Raises:
            ReleaseError: it cannot load it.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = await _spawn(theirs.fileno(), origin)
        zygote = cls(process, ours)
        try:
            ready = await zygote._receive(patience)
        except BaseException:
            await zygote.stop()
            raise
        if "ready" not in ready:
            await zygote.stop()
            raise ReleaseError(f"{origin}: {ready.get('error', 'it cannot be loaded')}; publish the release again")
        return zygote

    async def hire(self, memory: int) -> "Worker":
        """A new worker."""
        reply, descriptors = await self._ask({"hire": {"memory": memory}})
        worker = Worker(int(reply["pid"]), self)
        connection = socket.socket(fileno=descriptors[0])
        await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=connection)
        return worker

    async def bury(self, worker: "Worker") -> int:
        """Wait for a worker that ends; a negative status is the signal it ended by.

        The process id is free for others only after this, so that a kill before it never hits a stranger.
        """
        reply, _ = await self._ask({"bury": worker.pid})
        return int(reply["status"])

    async def ended(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    async def stop(self) -> None:
        """End it, and by that all its workers."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _receive(self, patience: float) -> dict[str, Any]:
        self._control.settimeout(patience)
        try:
            return dict(json.loads(await asyncio.to_thread(self._control.recv, 4096)))
        except (OSError, ValueError) as error:
            return {"error": str(error)}

    async def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
        """One question and its answer; who stops waiting for it does not break in between the two."""
        asking = asyncio.ensure_future(self._ask_in_turn(json.dumps(request).encode()))
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(asking)

    async def _ask_in_turn(self, request: bytes) -> tuple[dict[str, Any], list[int]]:
        async with self._turn:
            return await asyncio.to_thread(self._ask_now, request)

    def _ask_now(self, request: bytes) -> tuple[dict[str, Any], list[int]]:
        try:
            self._control.settimeout(10)
            self._control.send(request)
            message, descriptors, _, _ = socket.recv_fds(self._control, 4096, 1)
        except OSError as error:
            raise WorkerLost(str(error)) from error
        if not message:
            raise WorkerLost("the zygote has ended")
        return json.loads(message), list(descriptors)


async def _spawn(descriptor: int, origin: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "passo_lod.store.workers.fork_server", str(descriptor), str(origin)),
        pass_fds=(descriptor,),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


class Worker(asyncio.Protocol):
    """One killable process, which answers one query at a time, and the connection to it."""

    def __init__(self, pid: int, zygote: ForkServer) -> None:
        self.pid = pid
        self._zygote = zygote
        self._received = bytearray()
        self._header: dict[str, Any] | None = None
        self._longest = 0
        self._reply: asyncio.Future[Reply] | None = None
        self._transport: asyncio.WriteTransport | None = None

    @property
    def zygote(self) -> ForkServer:
        """The process it was forked from."""
        return self._zygote

    @property
    def usable(self) -> bool:
        """Whether it is still there, and its zygote too."""
        return self._zygote.alive and self._transport is not None and not self._transport.is_closing()

    def ask(self, request: bytes, longest: int) -> "asyncio.Future[Reply]":
        """The header and the body of its answer, when it comes.

        The future raises Lost when it goes before it has answered, or its answer is not one.
        """
        reply = self._reply = asyncio.get_running_loop().create_future()
        self._longest, self._header = longest, None
        self._received.clear()
        if self._transport is None or self._transport.is_closing():
            reply.set_exception(WorkerLost("the worker has ended"))
        else:
            self._transport.write(request + b"\n")
        return reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """A piece of an answer has come."""
        self._received += data
        try:
            self._read()
        except (ValueError, KeyError, TypeError) as error:
            self._lose(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._transport = None
        self._lose(str(exc or "the worker has ended"))

    def _read(self) -> None:
        if self._header is None:
            line, end, rest = self._received.partition(b"\n")
            if not end:
                return
            self._header, self._received = json.loads(line), rest
            if int(self._header["bytes"]) > self._longest:
                raise ValueError(f"an answer of {self._header['bytes']} bytes")
        if len(self._received) >= int(self._header["bytes"]) and self._reply and not self._reply.done():
            self._reply.set_result((self._header, bytes(self._received)))

    def _lose(self, why: str) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(WorkerLost(why))
            self._reply.exception()  # who has stopped waiting need not hear of it

    def pause(self) -> None:
        """Let it stand still, and let all others come before it when it goes on."""
        self._signal(signal.SIGSTOP)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOWEST_PRIORITY)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)
        if self._transport is not None:
            self._transport.close()

    def _signal(self, number: int) -> None:
        if self._zygote.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
