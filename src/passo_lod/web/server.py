"""Run the web application with uvicorn; `passo-lod serve` calls this."""

import errno
import logging
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import uvicorn

from passo_lod.errors import PassoError
from passo_lod.web.app import create_app
from passo_lod.web.http.connection_limits import ConnectionLimits, raise_open_files_limit
from passo_lod.web.http.iri_policy import has_credentials
from passo_lod.web.http.timeouts import limited_protocol
from passo_lod.web.served_release import ServerSettings

_BACKLOG = 2048
"""Connections that the kernel holds until the server accepts them, for example while it loads the release."""


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
        PassoError: a setting is wrong, or the server cannot listen on this address and port.
        ReleaseError: there is no complete release.
    """
    if settings and settings.url and has_credentials(settings.url):
        raise PassoError("--url: the address contains a user name or a password; https://dati.example.org is right")
    limits = ConnectionLimits(proxy, total=raise_open_files_limit())
    with ExitStack() as stack:
        listeners = [stack.enter_context(listener) for listener in listen(host, port)]
        app = create_app(releases, settings)
        app.state.release_watcher.open()
        config = uvicorn.Config(
            app,
            log_level=log_level,
            access_log=False,
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy,
            server_header=False,
            http=limited_protocol(limits),
            ws="none",
            timeout_graceful_shutdown=5,
        )
        _run(uvicorn.Server(config), listeners)


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on each address of a host, before a release is loaded; clients that connect meanwhile wait.

    Raises:
        PassoError: another program listens there, or the address is not one of this computer.
    """
    listeners: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            listeners.append(socket.create_server(address, family=family, backlog=_BACKLOG))
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise PassoError(_reason(error, host, port)) from error
    return listeners


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use by another program; stop that one, or choose another port with --port"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} is not allowed for this user; choose one above 1023 with --port"
    return f"--host {host}: this computer cannot listen there ({error.strerror}); 127.0.0.1 or 0.0.0.0 is right"


def _run(server: uvicorn.Server, listeners: list[socket.socket]) -> None:
    for listener in listeners:
        host, port = listener.getsockname()[:2]
        logging.getLogger("uvicorn.error").info("Listening on %s, port %s", host, port)
    with suppress(KeyboardInterrupt):
        server.run(listeners)
    if not server.started:
        raise SystemExit(3)
