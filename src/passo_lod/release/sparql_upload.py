"""Load a release into another SPARQL 1.1 store, for `passo-lod publish --to`.

Each graph is uploaded under a temporary name by the Graph Store HTTP Protocol and its triples are counted. One update then moves all graphs to
their own names, drops those of the previous release, and records which release this is. A client that queries meanwhile gets the previous
release or this one, if the store runs an update as one transaction, as the engines in docs/remote-stores.md do.
"""

import gzip
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import DCT
from passo_lod.progress import Progress
from passo_lod.release_layout import DUMP, Manifest, read_manifest

_TRIPLE_AND_GRAPH = re.compile(rb"^(.*) <([^<>]*)> \.\n\Z", re.DOTALL)
_TIMEOUT = httpx.Timeout(600.0, connect=5.0)
_LAYOUTS = (
    # The end of the query endpoint's path, and what replaces it for updates and for the graph store.
    (re.compile(r"(/repositories/[^/]+)$"), r"\1/statements", (r"\1/rdf-graphs/service",)),
    (re.compile(r"/(query|sparql)$"), "/update", ("/store", "/data")),
)


@dataclass(frozen=True)
class UploadTarget:
    """The endpoints of a store: for queries, for updates, and its graph store."""

    query: httpx.URL
    update: httpx.URL
    graphs: httpx.URL

    @classmethod
    def of(cls, query: str, update: str | None = None, graphs: str | None = None) -> "UploadTarget":
        """Derive the endpoints that are not given from the query endpoint, as Oxigraph, Fuseki, RDF4J and GraphDB name them.

        Raises:
            ReleaseError: the query endpoint is named in none of these ways.
        """
        found = next(((p, u, g) for p, u, g in _LAYOUTS if p.search(httpx.URL(query).path)), None)
        if found is None and not (update and graphs):
            raise ReleaseError(
                f"{_without_password(query)}: the addresses for updates and graphs cannot be derived from this address;"
                " give them with --update and --graph-store"
            )
        pattern, for_updates, for_graphs = found or (re.compile("$"), "", ("",))
        updates = update or pattern.sub(for_updates, query)
        choices = [graphs] if graphs else [pattern.sub(each, query) for each in for_graphs]
        return cls(httpx.URL(query), httpx.URL(updates), httpx.URL(_first_existing(choices)))


def _first_existing(urls: Sequence[str]) -> str:
    """Return the first URL that exists; the last one without asking."""
    for url in urls[:-1]:
        with suppress(httpx.HTTPError):
            if httpx.head(url, params={"default": ""}, timeout=_TIMEOUT).status_code not in (404, 405):
                return url
    return urls[-1]


def upload(folder: Path, target: UploadTarget, progress: Progress) -> str:
    """Load a release into a store.

    Args:
        folder: of the release.
        target: the endpoints of the store.
        progress: called after every graph.

    Returns:
        The release's id.

    Raises:
        ReleaseError: the release cannot be read or loaded; the store still contains what it contained before.
    """
    manifest = read_manifest(folder)
    with httpx.Client(timeout=_TIMEOUT) as client:
        store = _TargetStore(client, target, manifest)
        try:
            with tempfile.TemporaryDirectory(prefix="passo-lod-") as place, _graph_files(folder, Path(place)) as files:
                store.load(files, progress)
        except (httpx.HTTPError, OSError) as error:
            raise ReleaseError(
                f"{_without_password(target.query)}: {error}; the store holds what it held before"
            ) from error
        finally:
            store.drop_temporary_graphs()
    return manifest.id


class _TargetStore:
    """The store while a release is being loaded into it."""

    def __init__(self, client: httpx.Client, target: UploadTarget, manifest: Manifest) -> None:
        self._client = client
        self._target = target
        self._manifest = manifest
        self._control_graph = f"{manifest.base}release"
        self._temporary_names: dict[str, str] = {}

    def load(self, files: Mapping[str, Path], progress: Progress) -> None:
        """Upload the graphs under temporary names, and move all of them at once."""
        previous = self._graphs_of_previous_release()
        for done, (graph, file) in enumerate(sorted(files.items())):
            progress("upload", done, len(files))
            temporary = f"{self._control_graph}/{self._manifest.id}/loading/{done}"
            self._temporary_names[graph] = temporary
            self._put(temporary, file)
        self._check_counts()
        self._send(self._move_update(previous - files.keys()))
        self._temporary_names.clear()
        progress("upload", len(files), len(files))

    def drop_temporary_graphs(self) -> None:
        """Drop the graphs that a failed upload has left."""
        if self._temporary_names:
            with suppress(httpx.HTTPError, ReleaseError):
                self._send(" ;\n".join(f"DROP SILENT GRAPH <{graph}>" for graph in self._temporary_names.values()))

    def _put(self, graph: str, file: Path) -> None:
        with file.open("rb") as triples:
            answer = self._client.put(
                self._target.graphs,
                params={"graph": graph},
                content=iter(lambda: triples.read(1 << 16), b""),
                headers={"Content-Type": "application/n-triples"},
            )
        _check(answer, self._target.graphs)

    def _check_counts(self) -> None:
        """Check that the store has as many triples in each graph as the manifest says."""
        values = " ".join(f"<{graph}>" for graph in self._temporary_names.values())
        rows = self._select(
            f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
        )
        counts = {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
        for graph, temporary in self._temporary_names.items():
            sent = self._manifest.graphs.get(graph, 0)
            if counts.get(temporary) != sent:
                raise ReleaseError(
                    f"{_without_password(self._target.query)}: of <{graph}> {sent} triples were sent and"
                    f" {counts.get(temporary, 0)} are there; the store holds what it held before"
                )

    def _graphs_of_previous_release(self) -> set[str]:
        rows = self._select(f"SELECT ?g {{ GRAPH <{self._control_graph}> {{ ?release <{DCT.hasPart.value}> ?g }} }}")
        return {row["g"]["value"] for row in rows}

    def _move_update(self, obsolete: set[str]) -> str:
        """Build one update that drops obsolete graphs, moves the new ones to their names, and records the release."""
        release = f"<{self._control_graph}/{self._manifest.id}>"
        graphs = ", ".join(f"<{graph}>" for graph in sorted(self._temporary_names))
        steps = [f"DROP SILENT GRAPH <{graph}>" for graph in sorted(obsolete)]
        steps += [f"MOVE GRAPH <{temporary}> TO GRAPH <{graph}>" for graph, temporary in self._temporary_names.items()]
        steps.append(f"DROP SILENT GRAPH <{self._control_graph}>")
        steps.append(
            f"INSERT DATA {{ GRAPH <{self._control_graph}> {{"
            f" {release} <{DCT.identifier.value}> {json.dumps(self._manifest.id)} ; <{DCT.hasPart.value}> {graphs} }} }}"
        )
        return " ;\n".join(steps)

    def _send(self, update: str) -> None:
        answer = self._client.post(
            self._target.update,
            content=update.encode(),
            headers={"Content-Type": "application/sparql-update; charset=utf-8"},
        )
        _check(answer, self._target.update)

    def _select(self, query: str) -> list[dict[str, Any]]:
        headers = {"Accept": "application/sparql-results+json"}
        answer = self._client.post(self._target.query, data={"query": query}, headers=headers)
        _check(answer, self._target.query)
        try:
            return list(answer.json()["results"]["bindings"])
        except (ValueError, KeyError, TypeError) as error:
            raise ReleaseError(
                f"{_without_password(self._target.query)}: this does not answer as a SPARQL endpoint does"
            ) from error


def _check(answer: httpx.Response, url: httpx.URL) -> None:
    if not answer.is_success:
        body = " ".join(answer.text[:300].split())
        raise ReleaseError(
            f"{_without_password(url)}: status {answer.status_code}: {body}; the store holds what it held before"
        )


@contextmanager
def _graph_files(folder: Path, place: Path) -> Iterator[dict[str, Path]]:
    """Split the dump into one N-Triples file per graph."""
    paths: dict[bytes, Path] = {}
    with ExitStack() as open_files, gzip.open(folder / DUMP, "rb") as dump:
        files: dict[bytes, IO[bytes]] = {}
        for line in dump:
            found = _TRIPLE_AND_GRAPH.match(line)
            if found is None:
                raise ReleaseError(f"{folder / DUMP}: a line without a graph; publish the release again")
            triple, graph = found.groups()
            if graph not in files:
                paths[graph] = place / f"{len(paths)}.nt"
                files[graph] = open_files.enter_context(paths[graph].open("wb"))
            files[graph].write(triple + b" .\n")
    yield {graph.decode(): path for graph, path in paths.items()}


def _without_password(url: httpx.URL | str) -> str:
    """Remove user and password from a URL, for messages."""
    return str(httpx.URL(url).copy_with(userinfo=b""))
