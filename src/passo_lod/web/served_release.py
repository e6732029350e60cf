"""Open one release for serving: its store, its query service, its documents and lists, and the cache of its responses."""

import gzip
import json
import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, RdfFormat, parse

from passo_lod.comparison.answers import FetchedComparison
from passo_lod.comparison.evidence_query import Comparison
from passo_lod.comparison.stored_answers import read_stored
from passo_lod.errors import ReleaseError
from passo_lod.namespaces import PREFIXES, VOCABULARY
from passo_lod.release_layout import CONTEXT, SHAPES, Manifest, answer_file
from passo_lod.store.client_budget import Budget, ClientBudgets
from passo_lod.store.loaded_release import LoadedRelease, StoragePolicy
from passo_lod.store.local_store import LocalStore
from passo_lod.store.protocol import Limits, Store
from passo_lod.store.query_service import QueryService
from passo_lod.store.release import Release
from passo_lod.store.remote_store import RemoteStore
from passo_lod.store.workers.admission import AdmissionPolicy
from passo_lod.store.workers.engine import WorkerEngine
from passo_lod.store.workers.worker_process import ForkServers
from passo_lod.web.documents import Documents
from passo_lod.web.http.iri_policy import IriPolicy
from passo_lod.web.http.response_cache import ResponseCache, new_response_cache
from passo_lod.web.pages.field_places import FieldPlaces
from passo_lod.web.process_lists import ProcessLists

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerSettings:
    """Settings of the server that do not depend on the release.

    Attributes:
        limits: of one query.
        workers: queries that run at once; by default one per core, and at least two.
        admission: how many queries run and wait.
        budget: of one client.
        storage: where a release is loaded, in memory or on disk.
        store: URL of the SPARQL endpoint that has the release; by default the release is loaded here.
        url: URL under which people reach this server; by default the one that a request was sent to.
    """

    limits: Limits = field(default_factory=Limits)
    workers: int | None = None
    admission: AdmissionPolicy = field(default_factory=AdmissionPolicy)
    budget: Budget = field(default_factory=Budget)
    storage: StoragePolicy = field(default_factory=StoragePolicy)
    store: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class ServedRelease:
    """One release and everything that answers from it.

    Attributes:
        shape_names: local names of the SHACL shapes in the release.
        responses: cache of the responses prepared from this release.
    """

    release: Release
    settings: ServerSettings
    store: Store
    query_service: QueryService
    iri_policy: IriPolicy
    documents: Documents
    process_lists: ProcessLists
    shape_names: frozenset[str]
    responses: ResponseCache = field(default_factory=new_response_cache)

    @property
    def manifest(self) -> Manifest:
        """The manifest of the release."""
        return self.release.manifest

    def default_answer(self, question: str, comparison: Comparison) -> FetchedComparison | None:
        """The stored default answer of a question; None if the release has none, or one that another version of the program wrote."""
        path = answer_file(question)
        if not self.release.has(path):
            return None
        try:
            return read_stored(gzip.decompress(self.release.file(path).read_bytes()), comparison)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            _LOG.warning(
                "%s: cannot be read (%s); the question is answered by queries", self.release.folder / path, error
            )
            return None

    @classmethod
    def open(
        cls, folder: Path, settings: ServerSettings, clients: ClientBudgets, fork_servers: ForkServers | None = None
    ) -> "ServedRelease":
        """Open a release folder.

        Raises:
            ReleaseError: the folder is not a complete release, or the endpoint does not have it.
        """
        release = Release.open(folder)
        store = open_store(release, settings, fork_servers)
        iri_policy = IriPolicy(release.manifest.base)
        context = read_context(release)
        return cls(
            release,
            settings,
            store,
            QueryService(store, clients),
            iri_policy,
            Documents(store, iri_policy, context, property_order(context), FieldPlaces(release)),
            ProcessLists(store, iri_policy),
            read_shape_names(release),
        )


def open_store(release: Release, settings: ServerSettings, fork_servers: ForkServers | None = None) -> Store:
    """The store that answers from a release: a remote endpoint if the settings name one, else a local one.

    Raises:
        ReleaseError: the release cannot be read, or the endpoint does not have it.
    """
    if settings.store:
        return RemoteStore.open(release, settings.store, settings.limits)
    loaded = LoadedRelease.open(release, settings.storage)
    engine = WorkerEngine(loaded.origin, settings.limits, settings.workers, settings.admission, fork_servers)
    return LocalStore(release, loaded, engine)


def read_context(release: Release) -> Mapping[str, Any] | None:
    """The JSON-LD context of a release, if it has one.

    Raises:
        ReleaseError: it is not a JSON-LD context.
    """
    if not release.has(CONTEXT):
        return None
    file = release.file(CONTEXT)
    try:
        return dict(json.loads(file.read_bytes())["@context"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ReleaseError(
            f"{file}: this is no JSON object with an object `@context` ({error}); publish the release again"
        ) from error


def property_order(context: Mapping[str, Any] | None) -> list[str]:
    """The IRIs of a context's terms in the order of the context, in which pages show the properties."""
    terms = context or {}
    names = (value.get("@id") if isinstance(value, dict) else value for value in terms.values())
    return [_expand(name, terms) for name in names if isinstance(name, str)]


def _expand(name: str, context: Mapping[str, Any]) -> str:
    prefix, _, local = name.partition(":")
    namespace = context.get(prefix, PREFIXES.get(prefix))
    return namespace + local if isinstance(namespace, str) and not local.startswith("//") else name


def read_shape_names(release: Release) -> frozenset[str]:
    """The local names of the SHACL shapes in a release.

    Raises:
        ReleaseError: the file is not Turtle.
    """
    if not release.has(SHAPES):
        return frozenset()
    file, namespace = release.file(SHAPES), VOCABULARY + "shapes/"
    try:
        subjects = {quad.subject for quad in parse(path=file, format=RdfFormat.TURTLE)}
    except (OSError, SyntaxError) as error:
        raise ReleaseError(f"{file}: {error}; publish the release again") from error
    iris = (subject.value for subject in subjects if isinstance(subject, NamedNode))
    return frozenset(iri.removeprefix(namespace) for iri in iris if iri.startswith(namespace))
