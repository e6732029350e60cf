"""Run the web application with uvicorn; `passo-lod serve` calls this."""

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
    """Serve a release until the process receives SIGINT or SIGTERM. Requests are not logged.

    Args:
        releases: a release folder, an N-Quads file, or the folder with the link `current`.
        host: the address to listen on.
        port: the port to listen on.
        settings: of the server.
        proxy: addresses of the proxies whose X-Forwarded-For and -Proto are trusted, separated by commas.
        log_level: of uvicorn.

    Raises:
        ReleaseError: there is no complete release.
    """
    app = create_app(releases, settings)
    app.state.release_watcher.open()
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
