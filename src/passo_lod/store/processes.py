"""The zygote and its workers as the server sees them: processes to start, to ask and to end (their own side is `zygote.py`)."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from passo_lod.errors import ReleaseError
from passo_lod.store.base import MEBIBYTE

_LONGEST_LINE = MEBIBYTE
_LOWEST_PRIORITY = 19


Reply = tuple[dict[str, Any], bytes]
"""The header and the body of an answer."""


class Lost(Exception):
    """A worker or the zygote has gone, or says what it should not."""


class Zygote:
    """The process that holds the release and forks the workers."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls, origin: Path, patience: float = 120.0) -> "Zygote":
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
        connection = socket.socket(fileno=descriptors[0])
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=_LONGEST_LINE)
        return Worker(int(reply["pid"]), self, reader, writer)

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
            raise Lost(str(error)) from error
        if not message:
            raise Lost("the zygote has ended")
        return json.loads(message), list(descriptors)


async def _spawn(descriptor: int, origin: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "passo_lod.store.zygote", str(descriptor), str(origin)),
        pass_fds=(descriptor,),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


@dataclass(frozen=True)
class Worker:
    """One killable process, which answers one query at a time."""

    pid: int
    zygote: Zygote
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def usable(self) -> bool:
        """Whether it is still there, and its zygote too."""
        return self.zygote.alive and not self.reader.at_eof()

    async def ask(self, request: bytes, longest: int) -> Reply:
        """The header and the body of its answer.

        Raises:
            Lost: it went before it had answered, or its answer is not one.
        """
        try:
            self.writer.write(request + b"\n")
            await self.writer.drain()
            header = json.loads(await self.reader.readline() or b"{}")
            size = int(header["bytes"])
            if size > longest:
                raise Lost(f"an answer of {size} bytes")
            return header, await self.reader.readexactly(size)
        except (OSError, ValueError, KeyError, asyncio.IncompleteReadError) as error:
            raise Lost(str(error)) from error

    def pause(self) -> None:
        """Let it stand still, and let all others come before it when it goes on."""
        self._signal(signal.SIGSTOP)
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _LOWEST_PRIORITY)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self.zygote.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()
