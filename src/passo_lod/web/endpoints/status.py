"""What monitors ask for, and what a client may know before it meets a limit."""

from math import ceil, floor
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from passo_lod.store import query_checks as guard
from passo_lod.store.client_budget import ClientBudgets, client_of
from passo_lod.web.http import headers
from passo_lod.web.request_release import release_of


def healthy(request: Request) -> Response:
    """`/healthz`: this process answers."""
    return PlainTextResponse("ok\n", headers=headers.NOT_CACHED)


def ready(request: Request) -> Response:
    """`/readyz`: which release is served; things and files are served even while queries are not."""
    serving = release_of(request)
    state = {"status": "ready", "release": serving.manifest.id, "sparql": serving.store.ready}
    return JSONResponse(state, headers=headers.NOT_CACHED)


def status(request: Request) -> Response:
    """`/status`: the release, what a query and a client may cost, and how busy it is here."""
    serving = release_of(request)
    state = {
        "status": "ready" if serving.store.ready else "degraded",
        "release": serving.manifest.id,
        "quads": serving.manifest.quads,
        "sparql": serving.store.ready,
        "limits": limits(request),
        "load": dict(serving.store.load),
        "answers": serving.desk.tally,
    }
    return JSONResponse(state, headers=headers.NOT_CACHED)


def limits(request: Request) -> dict[str, Any]:
    """What one query and one client may cost, and what this client has left."""
    settings = release_of(request).settings
    limit, budget = settings.limits, settings.budget
    clients: ClientBudgets = request.app.state.keeper.clients
    return {
        "query": {
            "seconds": limit.seconds,
            "memoryBytes": limit.memory,
            "resultBytes": limit.result,
            "characters": guard.LONGEST,
            "bracketDepth": guard.DEEPEST,
        },
        "client": {
            "processorSeconds": budget.seconds,
            "windowSeconds": budget.window,
            "queriesAtOnce": budget.queries,
            "longQueriesAtOnce": settings.admission.heavy_each,
            "secondsLeft": round(clients.left(client(request)), 3),
        },
    }


def client(request: Request) -> str:
    """Who asks."""
    return client_of(request.client.host) if request.client else ""


def rate_limit(clients: ClientBudgets, client: str) -> dict[str, str]:
    """The headers that say what a client has left (RateLimit header fields for HTTP, IETF draft, 3 and 4)."""
    budget = clients.budget
    if not budget.seconds:
        return {}
    left = clients.left(client)
    full = ceil((budget.seconds - left) * budget.window / budget.seconds)
    return {
        "RateLimit-Policy": f'"processor-seconds";q={budget.seconds:.0f};w={budget.window:.0f}',
        "RateLimit": f'"processor-seconds";r={floor(left)};t={full}',
    }
