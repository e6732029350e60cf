"""The case files of Participedia are what the documented step makes of the exports: every case once, and no field but facts."""

import csv
import json
import shutil
from pathlib import Path

from tools.participedia_cases import FACTS_OF_NEWER, LISTS, OF_2017, PLACES, join, main

SOURCE = Path(__file__).resolve().parents[2] / "data" / "sources" / "participedia"
FILES = [f"{folder}/cases-{name}" for folder in ("samples", "cases") for name in ("2017.json", "export.csv")]


def cases(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_step_makes_the_committed_files_byte_for_byte(shared: Path, tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "samples", tmp_path / "samples")
    main(shared / "records" / "participedia", tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (SOURCE / name).read_bytes(), name


def test_no_case_is_there_twice() -> None:
    ids = [case["id"] for name in FILES for case in cases(SOURCE / name)]
    assert len(ids) == len(set(ids)) == 3314


def test_the_files_have_facts_only() -> None:
    """Neither titles nor prose, people, addresses or bodies: the fields are these and no others."""
    for name in FILES:
        fields = {field for case in cases(SOURCE / name) for field in case}
        expected = {"id", *PLACES, *OF_2017, "updated_date", *LISTS} if name.endswith("json") else set(FACTS_OF_NEWER)
        assert fields == expected, name


def older(**facts: object) -> dict[str, object]:
    return {"id": "7", "updated_date": "2017-01-01", **dict.fromkeys((*PLACES, *OF_2017)), **facts}


def newer(**facts: str) -> dict[str, str]:
    return {"updated_date": "2020-02-02", **dict.fromkeys(PLACES, ""), **dict.fromkeys(LISTS, "{}"), **facts}


def test_the_newer_export_counts_and_the_older_one_adds() -> None:
    joined = join(older(city="Bologna", country="Italy", ongoing=True), newer(country="Italia", approaches="{direct}"))
    assert (joined["country"], joined["city"], joined["ongoing"]) == ("Italia", "Bologna", True)
    assert (joined["approaches"], joined["method_types"], joined["updated_date"]) == (["direct"], [], "2020-02-02")


def test_a_place_is_completed_within_one_country_only() -> None:
    joined = join(older(city="Asunción", country="Paraguay"), newer(country="Peru"))
    assert (joined["country"], joined["city"]) == ("Peru", "")
