"""Load a release into a SPARQL 1.1 store of somebody else's: into fresh graphs first, and then all at once into their places.

Each graph is put under a passing name by the Graph Store HTTP Protocol and counted there; one update then moves all of them to their own
names, takes away those of the release before, and writes down which release this is. Who asks meanwhile gets the release before, or this one
(as far as the store runs an update as one transaction, as the engines named in docs/remote-stores.md do).
"""

import gzip
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from passo_lod.errors import ReleaseError
from passo_lod.namespaces import DCT

Progress = Callable[[str, int, int], None]

DUMP = "dump/passo.nq.gz"
_LINE = re.compile(rb"^(.*) <([^<>]*)> \.\n\Z", re.DOTALL)
_PATIENCE = httpx.Timeout(600.0, connect=5.0)
_LAYOUTS = (
    # The end of the address of queries, and what stands in its place for updates and for graphs.
    (re.compile(r"(/repositories/[^/]+)$"), r"\1/statements", (r"\1/rdf-graphs/service",)),
    (re.compile(r"/(query|sparql)$"), "/update", ("/store", "/data")),
)


@dataclass(frozen=True)
class UploadTarget:
    """The three addresses of a store: for queries, for updates, and for whole graphs."""

    query: httpx.URL
    update: httpx.URL
    graphs: httpx.URL

    @classmethod
    def of(cls, query: str, update: str | None = None, graphs: str | None = None) -> "UploadTarget":
        """The addresses, those that are not given guessed from that of queries, as Oxigraph, Fuseki, RDF4J and GraphDB lay them out.

        Raises:
            ReleaseError: they cannot be guessed.
        """
        found = next(((p, u, g) for p, u, g in _LAYOUTS if p.search(httpx.URL(query).path)), None)
        if found is None and not (update and graphs):
            raise ReleaseError(
                f"{_shown(query)}: where updates and graphs are sent cannot be told from this address; say so with --update and --graph-store"
            )
        pattern, for_updates, for_graphs = found or (re.compile("$"), "", ("",))
        updates = update or pattern.sub(for_updates, query)
        choices = [graphs] if graphs else [pattern.sub(each, query) for each in for_graphs]
        return cls(httpx.URL(query), httpx.URL(updates), httpx.URL(_first_there(choices)))


def _first_there(urls: Sequence[str]) -> str:
    """The first of the addresses that is there; the last where none of the others is."""
    for url in urls[:-1]:
        with suppress(httpx.HTTPError):
            if httpx.head(url, params={"default": ""}, timeout=_PATIENCE).status_code not in (404, 405):
                return url
    return urls[-1]


def upload(folder: Path, target: UploadTarget, progress: Progress) -> str:
    """Load the release of a folder into a store.

    Returns:
        The release's id.

    Raises:
        ReleaseError: it cannot be loaded; what the store held before it still holds.
    """
    manifest = json.loads((folder / "manifest.json").read_bytes())
    with httpx.Client(timeout=_PATIENCE) as client:
        store = _Store(client, target, manifest)
        try:
            with tempfile.TemporaryDirectory(prefix="passo-lod-") as place, _graph_files(folder, Path(place)) as files:
                store.load(files, progress)
        except (httpx.HTTPError, OSError) as error:
            raise ReleaseError(f"{_shown(target.query)}: {error}; the store holds what it held before") from error
        finally:
            store.clear_away()
    return str(manifest["id"])


class _Store:
    """The store while a release is loaded into it."""

    def __init__(self, client: httpx.Client, target: UploadTarget, manifest: Mapping[str, Any]) -> None:
        self._client = client
        self._target = target
        self._manifest = manifest
        self._control = f"{manifest['base']}release"
        self._passing: dict[str, str] = {}

    def load(self, files: Mapping[str, Path], progress: Progress) -> None:
        """Put the graphs under passing names, and move all of them at once."""
        before = self._graphs_before()
        for done, (graph, file) in enumerate(sorted(files.items())):
            progress("upload", done, len(files))
            passing = f"{self._manifest['base']}release/{self._manifest['id']}/loading/{done}"
            self._passing[graph] = passing
            self._put(passing, file)
        self._count()
        self._send(self._switch(before - files.keys()))
        self._passing.clear()
        progress("upload", len(files), len(files))

    def clear_away(self) -> None:
        """Take away what stands under passing names, after a failure."""
        if self._passing:
            with suppress(httpx.HTTPError, ReleaseError):
                self._send(" ;\n".join(f"DROP SILENT GRAPH <{graph}>" for graph in self._passing.values()))

    def _put(self, graph: str, file: Path) -> None:
        with file.open("rb") as lines:
            answer = self._client.put(
                self._target.graphs,
                params={"graph": graph},
                content=iter(lambda: lines.read(1 << 16), b""),
                headers={"Content-Type": "application/n-triples"},
            )
        _check(answer, self._target.graphs)

    def _count(self) -> None:
        """What is there now is what was sent, or the store has lost something."""
        values = " ".join(f"<{graph}>" for graph in self._passing.values())
        rows = self._select(
            f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
        )
        found = {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
        for graph, passing in self._passing.items():
            sent = self._manifest["graphs"][graph]
            if found.get(passing) != sent:
                raise ReleaseError(
                    f"{_shown(self._target.query)}: of <{graph}> {sent} triples were sent and {found.get(passing, 0)} are there; "
                    "the store holds what it held before"
                )

    def _graphs_before(self) -> set[str]:
        """The graphs of the release that the store holds now."""
        rows = self._select(f"SELECT ?g {{ GRAPH <{self._control}> {{ ?release <{DCT.hasPart.value}> ?g }} }}")
        return {row["g"]["value"] for row in rows}

    def _switch(self, gone: set[str]) -> str:
        """One update: the old graphs go, the new ones take their places, and the store says which release it holds."""
        release = f"<{self._control}/{self._manifest['id']}>"
        parts = ", ".join(f"<{graph}>" for graph in sorted(self._passing))
        steps = [f"DROP SILENT GRAPH <{graph}>" for graph in sorted(gone)]
        steps += [f"MOVE GRAPH <{passing}> TO GRAPH <{graph}>" for graph, passing in self._passing.items()]
        steps.append(f"DROP SILENT GRAPH <{self._control}>")
        steps.append(
            f"INSERT DATA {{ GRAPH <{self._control}> {{ {release} <{DCT.identifier.value}> {json.dumps(self._manifest['id'])} ; "
            f"<{DCT.hasPart.value}> {parts} }} }}"
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
                f"{_shown(self._target.query)}: this does not answer as a SPARQL endpoint does"
            ) from error


def _check(answer: httpx.Response, url: httpx.URL) -> None:
    if not answer.is_success:
        said = " ".join(answer.text[:300].split())
        raise ReleaseError(f"{_shown(url)}: status {answer.status_code}: {said}; the store holds what it held before")


@contextmanager
def _graph_files(folder: Path, place: Path) -> Iterator[dict[str, Path]]:
    """The triples of each graph of a dump, in a file of their own."""
    names: dict[bytes, Path] = {}
    with ExitStack() as open_files, gzip.open(folder / DUMP, "rb") as dump:
        files: dict[bytes, IO[bytes]] = {}
        for line in dump:
            found = _LINE.match(line)
            if found is None:
                raise ReleaseError(f"{folder / DUMP}: a line without a graph; publish the release again")
            if found[2] not in files:
                names[found[2]] = place / f"{len(names)}.nt"
                files[found[2]] = open_files.enter_context(names[found[2]].open("wb"))
            files[found[2]].write(found[1] + b" .\n")
    yield {graph.decode(): path for graph, path in names.items()}


def _shown(url: httpx.URL | str) -> str:
    """An address without the password that may be in it."""
    return str(httpx.URL(url).copy_with(userinfo=b""))
