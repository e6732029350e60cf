"""Create the web application: the table of paths and endpoints, the middleware and the error handlers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Mount, Route

from passo_lod.errors import NotInXml, QueryRefused, ReleaseError
from passo_lod.web.endpoints import (
    catalogue,
    comparisons,
    completion,
    datasets,
    downloads,
    feed,
    listings,
    problem_details,
    profiles,
    provenance,
    resources,
    sitemap,
    sparql,
    status,
)
from passo_lod.web.endpoints.templating import WEB_FOLDER
from passo_lod.web.http.headers import CommonHeadersMiddleware
from passo_lod.web.http.static_files import StaticFilesWithCache
from passo_lod.web.release_watcher import ReleaseWatcher
from passo_lod.web.request_release import ReleaseMiddleware
from passo_lod.web.served_release import ServerSettings

ROUTES: tuple[BaseRoute, ...] = (
    Route("/", listings.home),
    Route("/processes", listings.processes),
    Route("/places", listings.places),
    Route("/problems", listings.problems),
    Route("/vocabulary", listings.vocabularies),
    Route("/id/{path:path}", resources.thing),
    Route("/doc/{document:path}/provenance", provenance.provenance),
    Route("/doc/{document:path}/provenance.{extension}", provenance.provenance),
    Route("/doc/{path:path}", resources.document),
    *(Route(path, downloads.file) for path in downloads.FILES),
    Route("/report", downloads.report),
    Route("/compare", comparisons.comparisons),
    Route("/compare/{name}", comparisons.question),
    Route("/completeness", profiles.completeness_page),
    Route("/profile/{place}", profiles.profile_page),
    Route("/onto", resources.term),
    Route("/onto/{path:path}", resources.term),
    Route("/controlled-vocabulary/{path:path}", resources.term),
    Route("/alignment/{path:path}", resources.term),
    Route("/comparison", resources.term),
    Route("/dimension/{path:path}", resources.term),
    Route("/measure/{path:path}", resources.term),
    Route("/attribute/{path:path}", resources.term),
    Route("/shapes", downloads.shapes),
    Route("/shapes/", downloads.shapes),
    Route("/shapes/{name}", downloads.shapes),
    Route("/dataset/{name}", datasets.dataset),
    Route("/catalog", catalogue.catalogue),
    *(Route(f"/catalog.{media_type.extension}", catalogue.document) for media_type in catalogue.OFFERED),
    *(Route(f"/catalog-it.{media_type.extension}", catalogue.document) for media_type in catalogue.SYNTAXES),
    Route("/void.ttl", catalogue.void_document),
    Route("/.well-known/void", catalogue.well_known),
    Route("/dump", downloads.dumps),
    Route("/dump/", downloads.dumps),
    Route("/dump/{name}", downloads.dump),
    Route("/feed", feed.root),
    Route("/feed.atom", feed.atom),
    Route("/feed.{extension}", feed.root),
    Route("/feed/pages/{name}", feed.page),
    Route("/by-hash/sha256/{digest}", downloads.by_hash),
    Route("/sparql/words.json", completion.terms),
    Route("/healthz", status.healthy),
    Route("/readyz", status.ready),
    Route("/status", status.status),
    Route("/robots.txt", sitemap.robots),
    Route("/sitemap.xml", sitemap.sitemap),
    Route("/sitemap-{number}.xml", sitemap.sitemap),
    Mount("/static", StaticFilesWithCache(directory=WEB_FOLDER / "static")),
)


def create_app(releases: Path, settings: ServerSettings | None = None) -> FastAPI:
    """Create the web application that serves a release.

    Args:
        releases: a release folder, or the folder with the link `current`, which the application then follows.
        settings: of the server.

    Raises:
        ReleaseError: there is no complete release.
    """
    watcher = ReleaseWatcher(releases, settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await watcher.start()
        yield
        await watcher.stop()

    app = FastAPI(
        title="passo-lod",
        routes=list(ROUTES),
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.release_watcher = watcher
    app.add_middleware(sparql.SparqlMiddleware)
    app.add_middleware(CommonHeadersMiddleware)
    app.add_middleware(ReleaseMiddleware)
    app.add_exception_handler(problem_details.HttpProblem, problem_details.on_problem)
    app.add_exception_handler(QueryRefused, problem_details.on_query_refused)
    app.add_exception_handler(ReleaseError, problem_details.on_lost_file)
    app.add_exception_handler(FileNotFoundError, problem_details.on_lost_file)
    app.add_exception_handler(NotInXml, problem_details.on_not_in_xml)
    app.add_exception_handler(HTTPException, problem_details.on_http_exception)
    app.add_exception_handler(Exception, problem_details.on_error)
    return app
