"""What the report of a release says."""

import json
from pathlib import Path

from passo_lod.report import ValidationResult


def results(release: Path) -> list[ValidationResult]:
    """The results in its `report.json`."""
    said = json.loads((release / "report.json").read_text(encoding="utf-8"))
    return [ValidationResult.from_json(each) for each in said["results"]]
