"""The manifest of a release: what went in, what came out, and what became of every record."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from passo_lod.release.content import Content, Dataset
from passo_lod.release.distribution import Distribution


def manifest_of(
    content: Content,
    release_id: str,
    created: datetime,
    files: Sequence[Distribution],
    graphs: Mapping[str, int],
    registry: Mapping[str, Any] | None = None,
) -> bytes:
    """The manifest as JSON; only `id` and `created` change when the same input is published again.

    `graphs` are the named graphs, and how many triples each holds. `registry` tells how many ids are published and how many are gone, the digest of the registry that says so, and one of what was ever taken back.
    """
    document = {
        "id": release_id,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "base": content.base,
        "title": dict(content.title),
        "description": dict(content.description),
        "publisher": dict(content.publisher),
        "licence": content.licence,
        "languages": list(content.languages),
        "software": version("passo-lod"),
        "quads": sum(graphs.values()),
        "graphs": dict(sorted(graphs.items())),
        "accounting": content.accounting.as_json(),
        "results": content.summary.counts,
        "sources": [_dataset(dataset) for dataset in content.datasets],
        "inputs": {name: digest_of(path) for name, path in sorted(content.inputs.items())},
        **({"registry": dict(registry)} if registry else {}),
        "files": [_file(file) for file in files],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "dataset": dataset.iri,
        "title": dict(dataset.title),
        "description": dict(dataset.description),
        "licence": dataset.licence,
        "attribution": dataset.attribution,
        **dataset.accounting.as_json(),
        "quarantined_records": [{"path": path, "record": record} for path, record in dataset.quarantined],
        "withdrawn_records": [{"record": record, "reason": reason} for record, reason in dataset.withdrawn],
        "inputs": dict(dataset.inputs),
    }


def digest_of(path: Path) -> str:
    """The sha256 of a file, or of all files below a folder with their names."""
    digest = hashlib.sha256()
    paths = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    for each in paths:
        if path.is_dir():
            digest.update(each.relative_to(path).as_posix().encode() + b"\0")
        with each.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _file(file: Distribution) -> dict[str, Any]:
    return {
        "path": file.path,
        "title": file.title,
        "media_type": file.media_type.name,
        "encoding": file.encoding,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "content_bytes": file.content_bytes,
        **({"content_sha256": file.content_sha256} if file.content_sha256 else {}),
        "licences": list(file.licences),
        **({"dataset": file.dataset} if file.dataset else {}),
        **({"table": dict(file.table)} if file.table else {}),
    }
