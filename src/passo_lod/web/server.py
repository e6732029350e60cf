"""Run the application on a port."""

from pathlib import Path

import uvicorn

from passo_lod.web.app import create_app
from passo_lod.web.http.timeouts import TimeoutProtocol
from passo_lod.web.served_release import ServerSettings


def serve(
    releases: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    settings: ServerSettings | None = None,
    proxy: str | None = None,
    log_level: str = "info",
) -> None:
    """Serve a release until the process is told to stop.

    No log of requests is written. Headers of a proxy are believed only from the addresses in `proxy`.

    Raises:
        ReleaseError: there is no whole release.
    """
    app = create_app(releases, settings)
    app.state.keeper.open()
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level=log_level,
        access_log=False,
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy,
        server_header=False,
        http=TimeoutProtocol,
        timeout_graceful_shutdown=5,
    )
