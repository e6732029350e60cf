"""Serve the current release: open it when the server starts, and replace it when `current` points at another."""

import asyncio
import logging
from collections.abc import Coroutine
from pathlib import Path

from passo_lod.errors import PassoError
from passo_lod.store.client_budget import ClientBudgets
from passo_lod.store.release import Release, find_release
from passo_lod.web.served_release import ServedRelease, ServerSettings

_LOG = logging.getLogger(__name__)
_LOOK_EVERY = 1.0
"""Seconds between two looks at `current`."""


class ReleaseWatcher:
    """The release that is served now, and the task that follows `current`."""

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
        self._current: ServedRelease | None = None
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
        self._current = ServedRelease.open(find_release(self._releases), self.settings, self.clients)

    async def start(self) -> None:
        """Start the store, and the task that follows `current`."""
        if self._current is None:
            await asyncio.to_thread(self.open)
        await self.current.store.start()
        self._start_task(self._follow())

    async def stop(self) -> None:
        """Cancel the tasks and stop the store."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.current.store.stop()

    async def _follow(self) -> None:
        """Look at `current` every second; log once that a release cannot be opened, and go on serving the one before.

        A local release that cannot be opened is tried once; a remote endpoint is asked again, since it may yet receive the release.
        """
        failed: Path | None = None
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                folder = find_release(self._releases)
                if folder == self.current.release.location or (folder == failed and not self.settings.store):
                    continue
                await self._replace_current(folder)
            except (PassoError, OSError) as error:
                if folder != failed:
                    _LOG.error("release %s stays in service: %s", self.current.manifest.id, error)
                failed = folder

    async def _replace_current(self, folder: Path) -> None:
        release = await asyncio.to_thread(ServedRelease.open, folder, self.settings, self.clients)
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

    def _start_task(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
