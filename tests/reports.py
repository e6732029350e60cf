"""Read the validation results of a release."""

import json
from pathlib import Path

from passo_lod.report import ValidationResult


def results(release: Path) -> list[ValidationResult]:
    """Return the results in `report.json`."""
    document = json.loads((release / "report.json").read_text(encoding="utf-8"))
    return [ValidationResult.from_json(result) for result in document["results"]]
