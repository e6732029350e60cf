"""Build `manifest.json` from the content and the files of a release; the release writer writes it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from passo_lod.digests import sha256_of
from passo_lod.release.content import Content
from passo_lod.release.dataset import Dataset
from passo_lod.release.distribution import Distribution
from passo_lod.release_layout import Manifest


def manifest_json(
    content: Content,
    release_id: str,
    created: datetime,
    files: Sequence[Distribution],
    graphs: Mapping[str, int],
    registry: Mapping[str, Any] | None = None,
) -> bytes:
    """Build the manifest; only `id` and `created` differ when the same input is published again.

    Args:
        content: what the release contains.
        release_id: its name.
        created: its time.
        files: all files but the manifest and the checksums.
        graphs: the number of triples in each named graph.
        registry: the state of the id registry (`release_layout.RegistrySummary`), if there is one.
    """
    document = {
        "id": release_id,
        "created": created.replace(microsecond=0),
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
        "sources": [_source(dataset) for dataset in content.datasets],
        "inputs": {name: sha256_of(path) for name, path in sorted(content.inputs.items())},
        **({"registry": dict(registry)} if registry else {}),
        "files": [_file(file) for file in files],
    }
    # Only keys that are set are written: a manifest has no empty `dataset` or `registry`.
    manifest = Manifest.model_validate(document).model_dump(mode="json", by_alias=True, exclude_unset=True)
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"


def _source(dataset: Dataset) -> dict[str, Any]:
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
        "merged_records": [
            {"record": record, "survivor": survivor, "reason": reason} for record, survivor, reason in dataset.merged
        ],
        "inputs": dict(dataset.inputs),
    }


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
