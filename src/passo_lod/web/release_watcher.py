"""Serve the current release: open it when the server starts, and replace it when `current` points at another."""

import asyncio
import ctypes
import gc
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path

from passo_lod.errors import PassoError
from passo_lod.store.client_budget import ClientBudgets
from passo_lod.store.release import Release, find_release
from passo_lod.store.workers.worker_process import ForkServers
from passo_lod.web.served_release import ServedRelease, ServerSettings

_LOG = logging.getLogger(__name__)
_LOOK_EVERY = 0.05
"""Seconds between two looks at `current`; a look takes some 0.1 milliseconds."""
_RETRY_AFTER = 30.0
"""Seconds until a release that could not be opened is tried again, for example because memory was short."""


class ReleaseWatcher:
    """The release that is served now, and the task that follows `current`.

    Attributes:
        problem: why the current release is not served, for `/readyz`; empty if it is.
    """

    def __init__(self, releases: Path, settings: ServerSettings | None = None) -> None:
        """Check that there is a release, without loading it.

        Args:
            releases: a release folder, or the folder with the link `current`.
            settings: of the server.

        Raises:
            ReleaseError: there is no complete release.
        """
        self._releases = releases
        self.settings = settings or ServerSettings()
        self.clients = ClientBudgets(self.settings.budget)
        self._fork_servers = ForkServers(keeps_spare=True)
        self._current: ServedRelease | None = None
        self.problem = ""
        self._failed: Path | None = None
        self._retry_at = 0.0
        self._logged = ""
        self._tasks: set[asyncio.Task[None]] = set()
        Release.open(find_release(releases))

    @property
    def current(self) -> ServedRelease:
        """The release that is served now."""
        if self._current is None:
            raise RuntimeError("no release is open: call start() first")
        return self._current

    def open(self) -> None:
        """Open the release before the server runs, so that the command can report an error.

        Raises:
            ReleaseError: there is no complete release, or the endpoint does not have it.
        """
        self._current = self._open(find_release(self._releases))
        self._current.store.read()

    def _open(self, folder: Path) -> ServedRelease:
        return ServedRelease.open(folder, self.settings, self.clients, self._fork_servers)

    async def start(self) -> None:
        """Start the store, and the task that follows `current`."""
        if self._current is None:
            await asyncio.to_thread(self.open)
        await self.current.store.start()
        self._start_task(self._follow())

    async def stop(self) -> None:
        """Cancel the tasks and stop the stores."""
        await asyncio.sleep(0)  # a task that is cancelled before it begins would not stop the store that it retires
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.current.store.stop()
        await self._fork_servers.stop()

    async def _follow(self) -> None:
        """Look at `current` again and again, and go on whatever happens: log a problem once, and keep serving the release before."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self._look()
            except Exception as error:
                self._report(error)

    async def _look(self) -> None:
        """Open the release that `current` points at, unless it is served or failed a moment ago.

        A local release that cannot be opened is tried again after some seconds; a remote endpoint is asked every time, since it may yet receive
        the release.
        """
        folder = find_release(self._releases)
        if folder != self.current.release.location:
            if folder == self._failed and not self.settings.store and time.monotonic() < self._retry_at:
                return
            self._failed, self._retry_at = folder, time.monotonic() + _RETRY_AFTER
            await self._replace_current(folder)
        self._failed, self.problem, self._logged = None, "", ""

    def _report(self, error: Exception) -> None:
        """Log why the release before stays in service, unless the last line in the log says it."""
        name = f"release {self._failed.name}" if self._failed else "the current release"
        self.problem = (
            f"{name} cannot be opened, and {self.current.manifest.id} stays in service; the server's log says why"
        )
        if str(error) != self._logged:
            self._logged = str(error)
            known = isinstance(error, PassoError | OSError)
            _LOG.error(
                "release %s stays in service: %s", self.current.manifest.id, error, exc_info=None if known else error
            )

    async def _replace_current(self, folder: Path) -> None:
        release = await asyncio.to_thread(self._open, folder)
        try:
            await release.store.start()
        except BaseException:
            await release.store.stop()
            raise
        retired, self._current = self.current, release
        self._start_task(self._retire(retired))

    async def _retire(self, release: ServedRelease) -> None:
        """Stop the store of a replaced release when its running queries have ended."""
        try:
            await asyncio.sleep(self.settings.limits.seconds + self.settings.admission.wait_seconds * 2 + 1)
        finally:
            await release.store.stop()
        del release
        await asyncio.to_thread(return_memory)

    def _start_task(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def return_memory() -> None:
    """Collect the objects of a stopped release, and give their memory back to the system.

    The engine's memory does not count for Python's garbage collector, which would let some 50 MiB lie for each release; and the C library keeps
    what was freed, unless `malloc_trim(3)` (glibc) is called.
    """
    gc.collect()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
