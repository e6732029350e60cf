"""Frictionless and CSVW read the tables with the metadata that is published beside them."""

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from csvw import CSVW, TableGroup
from frictionless import Package, system

from passo_lod.release.tables.definitions import table_definitions

SETS = ("passo", "passo-emilia-romagna", "passo-participedia")
NAMES = [each.name for each in table_definitions()]


def csv_rows(release: Path, stem: str, name: str) -> list[dict[str, str]]:
    text = (release / "dump" / f"{stem}-{name}.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("stem", SETS)
def test_frictionless_finds_the_tables_as_the_data_package_describes_them(shipped: Path, stem: str) -> None:
    with system.use_context(trusted=True):
        report = Package(str(shipped / "dump" / f"{stem}-datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "fieldName", "rowNumber", "message"])[:5]
    assert {task.name for task in report.tasks} == set(NAMES)


def test_frictionless_finds_a_process_that_is_not_in_the_table_of_processes(shipped: Path, tmp_path: Path) -> None:
    for path in (shipped / "dump").glob("passo-emilia-romagna-*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = tmp_path / "passo-emilia-romagna-funding.csv"
    table.write_bytes(table.read_bytes().replace(b",er-3125,", b",er-0000,"))
    with system.use_context(trusted=True):
        report = Package(str(tmp_path / "passo-emilia-romagna-datapackage.json")).validate()
    kinds = {kind for (kind,) in report.flatten(["type"])}
    assert "foreign-key" in kinds


@pytest.mark.parametrize("stem", SETS)
def test_the_package_names_licences_sources_sizes_and_digests(shipped: Path, stem: str) -> None:
    package = json.loads((shipped / "dump" / f"{stem}-datapackage.json").read_text(encoding="utf-8"))
    assert package["licenses"]
    assert package["sources"]
    for resource in package["resources"]:
        for file in (resource, resource["parquet"]):
            data = (shipped / "dump" / file["path"]).read_bytes()
            assert (file["bytes"], file["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        for described in (resource, *resource["schema"]["fields"]):
            assert described["title"], described["name"]
            assert described["title_it"], described["name"]


@pytest.mark.parametrize("stem", SETS)
def test_every_table_can_be_read_with_its_csvw_metadata(shipped: Path, stem: str) -> None:
    group = TableGroup.from_file(shipped / "dump" / f"{stem}-csv-metadata.json")
    assert len(group.tables) == len(NAMES)
    for table in group.tables:
        read_rows = list(table.iterdicts(strict=True))
        name = str(table.url).removeprefix(f"{stem}-").removesuffix(".csv")
        assert len(read_rows) == len(csv_rows(shipped, stem, name))
    group.check_referential_integrity(strict=True)


@pytest.mark.parametrize("stem", SETS)
def test_a_csvw_validator_finds_no_fault_in_metadata_and_tables(shipped: Path, stem: str) -> None:
    found = CSVW(str(shipped / "dump" / f"{stem}-csv-metadata.json"), validate=True, strict=True)
    assert found.is_valid, [str(warning.message) for warning in found.warnings]


@pytest.mark.parametrize("stem", SETS)
def test_a_reference_that_may_be_empty_is_declared_so_and_others_have_a_value_in_every_row(
    shipped: Path, stem: str
) -> None:
    package = json.loads((shipped / "dump" / f"{stem}-datapackage.json").read_text(encoding="utf-8"))
    group = json.loads((shipped / "dump" / f"{stem}-csv-metadata.json").read_text(encoding="utf-8"))
    schemas = {
        each["url"].removeprefix(f"{stem}-").removesuffix(".csv"): each["tableSchema"] for each in group["tables"]
    }
    for resource in package["resources"]:
        name, rows = resource["name"], csv_rows(shipped, stem, resource["name"])
        required = {each["name"]: each.get("constraints", {}).get("required") for each in resource["schema"]["fields"]}
        columns = {each["name"]: each for each in schemas[name]["columns"]}
        keys = {each["columnReference"][0] for each in schemas[name]["foreignKeys"]}
        assert all(row[column] for column in required if required[column] for row in rows), name
        for field in (each["fields"][0] for each in resource["schema"]["foreignKeys"]):
            assert (field in keys) is required[field] is columns[field].get("required")
            assert ("dc:references" in columns[field]) is not required[field]
