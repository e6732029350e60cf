"""The release accounts for every record of every kind of source, with a reason; an unreadable file is an error."""

import gzip
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from passo_lod.catalog import Catalog
from passo_lod.errors import PassoError
from passo_lod.pipeline.publish import Published, publish
from passo_lod.release.publish_policy import OPEN
from passo_lod.release.repository import releases as repository
from tests.cli.test_commands import passo
from tests.pipeline.test_publish import QUARANTINED, SOURCE, WITHDRAWN, poisoned
from tests.reports import results

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
BASE = "https://w3id.org/passo/"
OUTCOMES = ("published", "quarantined", "withdrawn", "merged")

Make = Callable[[str], Path]


@pytest.fixture(scope="module")
def data(small_data: Make, good_page: str) -> Path:
    """Pages, a table and a platform export with every kind of bad record."""
    data = small_data("every-fault")
    poisoned(data / "sources" / SOURCE / "samples", good_page)
    with (data / "sources" / SOURCE / "source.yaml").open("a", encoding="utf-8") as file:
        file.write("\nwithdrawn:\n" + "".join(f'  {key}: "{reason}"\n' for key, reason in WITHDRAWN.items()))
    shutil.copytree(FIXTURES / "tables" / "regione-inventata", data / "sources" / "regione-inventata")
    shutil.copytree(FIXTURES / "decidim", data / "sources" / "decidim")
    return data


@pytest.fixture(scope="module")
def release(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    return publish(Catalog.open(data), tmp_path_factory.mktemp("releases"), policy=OPEN)


@pytest.fixture(scope="module")
def documents(release: Published) -> Mapping[str, Any]:
    return {name: json.loads((release.folder / name).read_bytes()) for name in ("manifest.json", "report.json")}


def test_in_equals_published_plus_quarantined_plus_withdrawn_plus_merged_for_every_source(
    documents: Mapping[str, Any],
) -> None:
    total = dict.fromkeys(("in", *OUTCOMES), 0)
    for source in documents["manifest.json"]["sources"]:
        assert source["in"] == sum(source[each] for each in OUTCOMES), source["name"]
        assert min(source["in"], source["published"], source["quarantined"]) > 0, source["name"]
        total = {key: count + source[key] for key, count in total.items()}
    assert total == documents["manifest.json"]["accounting"] == documents["report.json"]["accounting"]
    assert total["quarantined"] > len(QUARANTINED)
    assert total["withdrawn"] > len(WITHDRAWN)


def test_every_quarantined_record_is_listed_with_its_reason(release: Published, documents: Mapping[str, Any]) -> None:
    reasons: dict[tuple[str, str, str], list[str]] = {}
    for result in results(release.folder):
        if result.severity.value == "Violation":
            reasons.setdefault((result.source, result.path, result.record), []).append(result.texts["en"].message)
    for source in documents["manifest.json"]["sources"]:
        held = {(source["name"], each["path"], each["record"]) for each in source["quarantined_records"]}
        assert held == {each for each in reasons if each[0] == source["name"]}
        assert len(source["quarantined_records"]) == source["quarantined"]
        assert all(each["reason"].strip() for each in source["withdrawn_records"])
        assert len(source["withdrawn_records"]) == source["withdrawn"]
    assert all(message.strip() for messages in reasons.values() for message in messages)


def test_the_data_contain_exactly_the_records_counted_as_published(
    release: Published, documents: Mapping[str, Any]
) -> None:
    dump = gzip.decompress((release.folder / "dump" / "passo.nq.gz").read_bytes())
    process = ox.NamedNode(f"{BASE}onto/ParticipatoryProcess")
    found: dict[str, set[str]] = {}
    for quad in ox.parse(dump, format=ox.RdfFormat.N_QUADS):
        if quad.object == process and quad.predicate.value.endswith("#type"):
            found.setdefault(str(quad.graph_name.value), set()).add(str(quad.subject.value))  # type: ignore[union-attr]
    for source in documents["manifest.json"]["sources"]:
        assert len(found.get(source["dataset"], set())) == source["published"], source["name"]
        names = {iri.rpartition("/")[2] for iri in found.get(source["dataset"], set())}
        quarantined_records = {
            each["record"] for each in (*source["quarantined_records"], *source["withdrawn_records"])
        }
        assert not names & quarantined_records


def test_the_release_of_bad_records_passes_verification(release: Published) -> None:
    assert repository.verify_release(release.folder.parent)[1] == []


# --- A file that cannot be read, which is not a record -----------------------------------------------------------------------------


def as_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def dangling(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("no-such-file")


UNREADABLE = ["passo.yaml", "registry.jsonl", "places/regions.csv", "places/municipalities.csv"]
OF_SOURCE = ["source.yaml", "mapping.yaml", "reference.ttl"]


INPUTS = [*UNREADABLE, *(f"sources/{SOURCE}/{each}" for each in OF_SOURCE)]
CASES = [(name, spoil) for name in INPUTS for spoil in (as_folder, dangling)]
CASES.remove(("registry.jsonl", dangling))  # a registry that is not there yet is no fault


@pytest.mark.parametrize(("name", "spoil"), CASES)
def test_an_unreadable_input_is_a_clear_error_and_nothing_is_written(
    small_data: Make, good_page: str, tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    data = small_data("unreadable")
    shutil.copy(ROOT / "passo.yaml", data)
    (data / "sources" / SOURCE / "samples" / "1.txt").write_text(good_page, encoding="utf-8")
    spoil(data / name)
    with pytest.raises(PassoError, match=Path(name).name):
        publish(Catalog.open(data), tmp_path / "releases", policy=OPEN)
    left = (tmp_path / "releases").glob("*")
    assert [each.name for each in left if each.name != ".lock"] == []


def test_publish_stops_if_too_many_records_are_quarantined_unless_that_is_accepted(data: Path, tmp_path: Path) -> None:
    call = ("publish", "--data", data, "--releases", tmp_path / "releases")
    stopped = passo(*call)
    assert stopped.returncode == 1
    assert "Quarantine: " in stopped.stderr
    assert "publish with --accept quarantine, or for one source with --accept quarantine:" in stopped.stderr
    assert {each.name for each in (tmp_path / "releases").iterdir()} == {".cache", ".lock"}
    assert passo(*call, "--max-quarantine", "100").returncode == 0
