"""Read what another publisher wrote: the manifest of a release, which may be missing, or damaged."""

import json
from pathlib import Path
from typing import Any


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a release, as far as its form is right; None where it cannot be read."""
    try:
        document = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict):
        return None
    listed = [document.get("sources", []), document.get("files", [])]
    in_order = all(isinstance(each, list) and all(isinstance(one, dict) for one in each) for each in listed)
    return document if in_order else None
