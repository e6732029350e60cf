"""`/healthz`, `/readyz`, `/status`: the state of the server for monitors, and the limits for clients."""

from math import ceil, floor
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from passo_lod.store import query_checks
from passo_lod.store.client_budget import ClientBudgets, client_of
from passo_lod.web.http.headers import NOT_CACHED
from passo_lod.web.http.timeouts import LONGEST_ADDRESS, LONGEST_BODY
from passo_lod.web.request_release import release_of


def healthy(request: Request) -> Response:
    """`/healthz`: the process answers."""
    return PlainTextResponse("ok\n", headers=NOT_CACHED)


def ready(request: Request) -> Response:
    """`/readyz`: which release is served, and why no newer one; documents and files are served even while queries are not."""
    release = release_of(request)
    state = {"status": "ready", "release": release.manifest.id, "sparql": release.store.ready}
    problem = request.app.state.release_watcher.problem
    if problem:
        state["problem"] = problem
    return JSONResponse(state, headers=NOT_CACHED)


def status(request: Request) -> Response:
    """`/status`: the release, the limits of a query and of a client, and the load."""
    release = release_of(request)
    state = {
        "status": "ready" if release.store.ready else "degraded",
        "release": release.manifest.id,
        "quads": release.manifest.quads,
        "sparql": release.store.ready,
        "limits": limits(request),
        "load": dict(release.store.load),
        "answers": release.query_service.counts,
    }
    return JSONResponse(state, headers=NOT_CACHED)


def limits(request: Request) -> dict[str, Any]:
    """The limits of one query and of one client, and what this client has left."""
    settings = release_of(request).settings
    limit, budget = settings.limits, settings.budget
    clients: ClientBudgets = request.app.state.release_watcher.clients
    return {
        "query": {
            "seconds": limit.seconds,
            "memoryBytes": limit.memory,
            "resultBytes": limit.result,
            "characters": query_checks.MAX_CHARACTERS,
            "bodyBytes": LONGEST_BODY,
            "addressBytes": LONGEST_ADDRESS,
            "bracketDepth": query_checks.MAX_NESTING,
        },
        "client": {
            "processorSeconds": budget.seconds,
            "windowSeconds": budget.window,
            "queriesAtOnce": budget.queries,
            "longQueriesAtOnce": settings.admission.slow_per_client,
            "secondsLeft": round(clients.remaining(client_address(request)), 3),
        },
    }


def client_address(request: Request) -> str:
    """The client that a request is charged to."""
    return client_of(request.client.host) if request.client else ""


def rate_limit_headers(clients: ClientBudgets, client: str) -> dict[str, str]:
    """What a client has left (RateLimit header fields for HTTP, IETF draft, 3 and 4)."""
    budget = clients.budget
    if not budget.seconds:
        return {}
    left = clients.remaining(client)
    seconds_until_full = ceil((budget.seconds - left) * budget.window / budget.seconds)
    return {
        "RateLimit-Policy": f'"processor-seconds";q={budget.seconds:.0f};w={budget.window:.0f}',
        "RateLimit": f'"processor-seconds";r={floor(left)};t={seconds_until_full}',
    }
