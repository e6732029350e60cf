"""Puts the rooms together: which address is answered by what."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route

from passo_lod.errors import QueryRefused
from passo_lod.web.endpoints import catalogue as catalogues
from passo_lod.web.endpoints import completion, datasets, downloads, feed, listings, resources, sparql, status
from passo_lod.web.endpoints import problem_details as problems
from passo_lod.web.endpoints.templating import HERE
from passo_lod.web.http.headers import CommonHeaders
from passo_lod.web.http.static_files import StaticFilesWithCache
from passo_lod.web.request_release import ReleaseMiddleware
from passo_lod.web.served_release import ReleaseWatcher, ServerSettings

ROUTES: tuple[BaseRoute, ...] = (
    Route("/", listings.home),
    Route("/processes", listings.processes),
    Route("/places", listings.places),
    Route("/problems", listings.refusals),
    Route("/vocabulary", listings.vocabularies),
    Route("/id/{path:path}", resources.thing),
    Route("/doc/{path:path}", resources.document),
    *(Route(path, downloads.file) for path in downloads.FILES),
    Route("/onto", resources.term),
    Route("/onto/{path:path}", resources.term),
    Route("/controlled-vocabulary/{path:path}", resources.term),
    Route("/alignment/{path:path}", resources.term),
    Route("/shapes", downloads.shapes),
    Route("/shapes/", downloads.shapes),
    Route("/shapes/{name}", downloads.shapes),
    Route("/dataset/{name}", datasets.dataset),
    Route("/catalog", catalogues.catalogue),
    *(Route(f"/catalog.{each.extension}", catalogues.document) for each in catalogues.OFFERED),
    *(Route(f"/catalog-it.{each.extension}", catalogues.document) for each in catalogues.SYNTAXES),
    Route("/void.ttl", catalogues.statistics_document),
    Route("/.well-known/void", catalogues.well_known),
    Route("/dump", downloads.dumps),
    Route("/dump/", downloads.dumps),
    Route("/dump/{name}", downloads.dump),
    Route("/feed", feed.entry),
    Route("/feed.atom", feed.atom),
    Route("/feed.{extension}", feed.entry),
    Route("/feed/pages/{name}", feed.page),
    Route("/by-hash/sha256/{digest}", downloads.by_hash),
    Route("/sparql/words.json", completion.words),
    Route("/healthz", status.healthy),
    Route("/readyz", status.ready),
    Route("/status", status.status),
    Route("/robots.txt", downloads.robots),
    Mount("/static", StaticFilesWithCache(directory=HERE / "static")),
)


def create_app(releases: Path, settings: ServerSettings | None = None) -> FastAPI:
    """The web application over a release.

    Args:
        releases: a release folder, or the folder whose `current` points at one; then another release is turned to when `current` is.
        settings: how to serve it.

    Raises:
        ReleaseError: there is no whole release.
    """
    keeper = ReleaseWatcher(releases, settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await keeper.start()
        yield
        await keeper.stop()

    app = FastAPI(
        title="passo-lod",
        routes=list(ROUTES),
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.keeper = keeper
    app.add_middleware(sparql.SparqlMiddleware)
    app.add_middleware(CommonHeaders)
    app.add_middleware(ReleaseMiddleware)
    app.add_exception_handler(problems.HttpProblem, problems.on_problem)
    app.add_exception_handler(QueryRefused, problems.on_refusal)
    app.add_exception_handler(HTTPException, problems.on_http_exception)
    app.add_exception_handler(Exception, problems.on_error)
    return app
