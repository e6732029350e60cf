"""Every id that was ever published has an answer in every later release, and the registry records what happened to it."""

import asyncio
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passo_lod.catalog import Catalog
from passo_lod.errors import ReleaseError, SourceError
from passo_lod.namespaces import DCT, OWL, PASSO, RDF, SKOS
from passo_lod.pipeline.context import PipelineContext
from passo_lod.pipeline.publish import Published, publish
from passo_lod.progress import no_progress
from passo_lod.release import writer
from passo_lod.release.identity import id_registry
from passo_lod.release.identity.id_registry import IdRegistry
from passo_lod.release.identity.id_status import DeclaredStatus, IdStatus
from passo_lod.release.identity.registry_update import PreviousRelease, RegistryUpdate
from passo_lod.release.publish_policy import OPEN
from passo_lod.release.repository.publish_lock import PublishLock
from passo_lod.store.client_budget import ClientBudgets
from passo_lod.web.app import create_app
from passo_lod.web.served_release import ServedRelease, ServerSettings
from tests.reports import results

ROOT = Path(__file__).resolve().parents[3]
BASE = "https://w3id.org/passo/"
TURTLE = {"Accept": "text/turtle"}


@dataclass
class Observatory:
    """A data folder with one source, whose records change from release to release.

    Attributes:
        records: the text of each record, by its id in the source.
        declarations: further keys of source.yaml, such as `withdrawn`.
    """

    folder: Path
    pipeline_context: PipelineContext
    page: str
    settings: str
    records: dict[str, str] = field(default_factory=dict)
    declarations: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def registry(self) -> Path:
        return self.folder / "data" / "registry.jsonl"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    @property
    def source(self) -> Path:
        return self.folder / "data" / "sources" / "emilia-romagna"

    def lines(self, id_: str = "") -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.registry.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if id_ in (line["id"], "")]

    def add(self, *ids: str, title: str = "Il parco di tutti") -> None:
        self.records |= dict.fromkeys(ids, self.page.replace("Percorso inventato numero due", title))

    def spoil(self, *ids: str) -> None:
        """Add records that do not pass validation."""
        self.records |= dict.fromkeys(ids, self.page.replace("8.000,00 €", "ottomila"))

    def publish(self) -> Published:
        samples = self.source / "samples"
        shutil.rmtree(samples, ignore_errors=True)
        samples.mkdir(parents=True)
        for name, text in self.records.items():
            (samples / f"{name}.txt").write_text(text, encoding="utf-8")
        declarations = {key: value for key, value in self.declarations.items() if value}
        (self.source / "source.yaml").write_text(f"{self.settings}\n{json_as_yaml(declarations)}", encoding="utf-8")
        catalog = Catalog.open(self.folder / "data")
        return publish(catalog, self.releases, no_progress, replace(self.pipeline_context, catalog=catalog), OPEN)

    def quads(self) -> list[ox.Quad]:
        dump = self.releases / "current" / "dump" / "passo.nq.gz"
        return list(ox.parse(gzip.decompress(dump.read_bytes()), format=ox.RdfFormat.N_QUADS))

    def values_of(self, id_: str) -> dict[str, set[str]]:
        """The values of an id in the current release, by property."""
        declarations: dict[str, set[str]] = {}
        for quad in self.quads():
            if quad.subject == ox.NamedNode(BASE + id_):
                declarations.setdefault(quad.predicate.value, set()).add(quad.object.value)
        return declarations

    def ask(self, *paths: str, headers: Mapping[str, str] = TURTLE) -> list[httpx.Response]:
        """The responses of the web application; redirects are not followed."""
        settings = ServerSettings(workers=1)
        app = create_app(self.releases, settings)
        app.state.release_watcher._current = ServedRelease.open(
            (self.releases / "current").resolve(), settings, ClientBudgets()
        )

        async def answers() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
                return [await client.get(path) for path in paths]

        return asyncio.run(answers())

    def status(self, path: str) -> tuple[int, str | None]:
        (answer,) = self.ask(path)
        return answer.status_code, answer.headers.get("Location")


def json_as_yaml(declarations: Mapping[str, object]) -> str:
    """Write JSON values, which are YAML values too."""
    return "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in declarations.items())


@pytest.fixture
def observatory(tmp_path: Path, small_context: PipelineContext, good_page: str) -> Observatory:
    return create_observatory(tmp_path, small_context, good_page)


def create_observatory(folder: Path, pipeline_context: PipelineContext, page: str) -> Observatory:
    source = folder / "data" / "sources" / "emilia-romagna"
    source.mkdir(parents=True)
    original = ROOT / "data" / "sources" / "emilia-romagna"
    for name in ("mapping.yaml", "reference.ttl"):
        shutil.copy(original / name, source)
    settings = (original / "source.yaml").read_text(encoding="utf-8")
    return Observatory(folder, pipeline_context, page, settings)


# --- Events of an id -----------------------------------------------------------------------------------------------


def test_an_id_is_recorded_once_and_publishing_the_same_records_adds_nothing(observatory: Observatory) -> None:
    observatory.add("11", "12")
    first = observatory.publish()
    (line,) = observatory.lines("id/process/er-11")
    assert line == {
        "id": "id/process/er-11",
        "event": "published",
        "release": first.folder.name,
        "source": "emilia-romagna",
    }
    assert {
        "dataset/emilia-romagna",
        "id/organisation/er-osservatorio-partecipazione",
    } < first.identity.published.keys()
    before = observatory.registry.read_bytes()
    again = observatory.publish()
    assert observatory.registry.read_bytes() == before
    assert str(again.identity).endswith("published, 0 new, 0 back, 0 gone")
    assert (first.folder / "dump/passo.nq.gz").read_bytes() == (again.folder / "dump/passo.nq.gz").read_bytes()


def test_an_edited_title_does_not_change_the_id(observatory: Observatory) -> None:
    observatory.add("11", title="Il parco di tutti")
    observatory.publish()
    observatory.add("11", title="La piazza di tutti")
    observatory.publish()
    assert [line["event"] for line in observatory.lines("id/process/er-11")] == ["published"]
    assert "La piazza di tutti" in observatory.values_of("id/process/er-11")[DCT.title.value]


def test_a_missing_record_is_gone_and_may_come_back(observatory: Observatory) -> None:
    observatory.add("11", "12")
    releases = [observatory.publish().folder.name]
    page = observatory.records.pop("12")
    releases += [observatory.publish().folder.name, observatory.publish().folder.name]
    assert observatory.lines("id/process/er-12")[1:] == [
        {
            "id": "id/process/er-12",
            "event": "gone",
            "release": releases[1],
            "source": "emilia-romagna",
            "last": releases[0],
            "why": "absent",
        }
    ]
    assert observatory.status("/id/process/er-12") == (410, None)
    assert IdRegistry.open(observatory.registry).entries["id/process/er-12"].first == releases[0]
    observatory.records["12"] = page
    observatory.publish()
    assert observatory.lines("id/process/er-12")[-1]["event"] == "back"
    assert observatory.status("/doc/process/er-12") == (200, None)


def test_the_last_release_is_the_one_before_also_if_it_had_no_events(observatory: Observatory) -> None:
    observatory.add("11", "12")
    observatory.publish()
    last = observatory.publish().folder.name
    del observatory.records["12"]
    observatory.publish()
    assert observatory.lines("id/process/er-12")[-1]["last"] == last


def test_a_withdrawn_record_leaves_its_reason_without_personal_data(observatory: Observatory) -> None:
    observatory.add("11", "12")
    observatory.publish()
    observatory.declarations["withdrawn"] = {"12": "asked for by anna.bianchi@example.org"}
    published = observatory.publish()
    assert str(published.accounting) == "2 in = 1 published + 0 quarantined + 1 withdrawn + 0 merged"
    declarations = observatory.values_of("id/process/er-12")
    assert declarations.keys() == {DCT.identifier.value, OWL.deprecated.value, SKOS.changeNote.value}
    assert {"Ritirato dalla fonte.", "Withdrawn by its source."} < declarations[SKOS.changeNote.value]
    files = [*observatory.releases.rglob("*.*"), observatory.registry]
    plain = [gzip.decompress(x.read_bytes()) if x.suffix == ".gz" else x.read_bytes() for x in files if x.is_file()]
    assert not any(b"anna.bianchi" in each for each in plain)
    assert observatory.status("/doc/process/er-12.ttl") == (410, None)
    assert observatory.status("/id/process/er-12/cost") == (410, None)


def test_a_record_that_was_never_published_is_not_recorded(observatory: Observatory) -> None:
    observatory.add("11", "12")
    observatory.declarations["withdrawn"] = {"12": "doppione"}
    observatory.publish()
    assert observatory.lines("id/process/er-12") == []
    assert observatory.status("/id/process/er-12")[0] == 404


def test_a_merged_and_a_renamed_record_redirect_to_their_replacement_in_one_step(observatory: Observatory) -> None:
    observatory.add("11", "12", "13")
    observatory.publish()
    del observatory.records["12"]
    observatory.declarations["merged"] = {"12": "er-13"}
    observatory.publish()
    assert observatory.status("/id/process/er-12") == (308, "/id/process/er-13")
    observatory.records["14"] = observatory.records.pop("13")
    observatory.declarations["renamed"] = {"13": "14"}
    observatory.publish()
    assert observatory.status("/id/process/er-12/cost?lang=en") == (308, "/id/process/er-14?lang=en")
    assert observatory.status("/doc/process/er-12") == (308, "/doc/process/er-14")
    assert observatory.status("/doc/process/er-13.jsonld") == (308, "/doc/process/er-14.jsonld")
    assert observatory.values_of("id/process/er-14")[DCT.replaces.value] == {
        BASE + "id/process/er-12",
        BASE + "id/process/er-13",
    }
    observatory.declarations.clear()
    observatory.publish()
    assert observatory.status("/id/process/er-12") == (308, "/id/process/er-14"), "the registry has recorded it"


def test_a_split_record_leads_to_all_its_replacements(observatory: Observatory) -> None:
    observatory.add("11")
    observatory.publish()
    observatory.records.clear()
    observatory.add("12", "13")
    observatory.declarations["split"] = {"11": ["12", "13"]}  # type: ignore[dict-item]
    observatory.publish()
    (answer,) = observatory.ask("/id/process/er-11")
    assert answer.status_code == 300
    assert answer.text.count("er-12") == answer.text.count("er-13") == 1
    assert f'<{BASE}id/process/er-13>; rel="{DCT.isReplacedBy.value}"' in answer.headers["Link"]


def test_a_quarantined_record_keeps_its_address_and_says_so(observatory: Observatory) -> None:
    observatory.add("11", "12")
    observatory.publish()
    observatory.spoil("12")
    assert observatory.publish().accounting.quarantined == 1
    assert observatory.status("/id/process/er-12") == (303, "/doc/process/er-12")
    assert observatory.status("/id/process/er-12/cost") == (303, "/doc/process/er-12")
    (answer,) = observatory.ask("/doc/process/er-12")
    assert (answer.status_code, "Held back" in answer.text, "deprecated" in answer.text) == (200, True, False)
    assert observatory.lines("id/process/er-12")[-1]["why"] == "quarantined"
    del observatory.records["12"]
    observatory.publish()
    assert observatory.lines("id/process/er-12")[-1]["why"] == "absent"


def test_a_tombstone_does_not_count_as_a_process(observatory: Observatory) -> None:
    observatory.add("11", "12")
    observatory.publish()
    del observatory.records["12"]
    observatory.publish()
    kinds = [quad for quad in observatory.quads() if quad.predicate == RDF.type]
    assert sum(quad.object == PASSO.ParticipatoryProcess for quad in kinds) == 1
    assert not any(quad.subject == ox.NamedNode(BASE + "id/process/er-12") for quad in kinds)


def test_a_replaced_record_that_still_exists_is_quarantined_and_reported(observatory: Observatory) -> None:
    observatory.add("11", "12")
    observatory.publish()
    observatory.declarations["merged"] = {"12": "11"}
    published = observatory.publish()
    assert str(published.accounting) == "2 in = 1 published + 1 quarantined + 0 withdrawn + 0 merged"
    (result,) = [each for each in results(published.folder) if each.code == "replaced-yet-there"]
    assert "says that er-12 is merged, but its record is still there" in result.texts["en"].message
    assert observatory.status("/id/process/er-12") == (308, "/id/process/er-11")


def test_a_merged_organisation_stays_until_no_record_names_it(observatory: Observatory) -> None:
    observatory.add("11")
    bodies = sorted(each for each in observatory.publish().identity.published if each.startswith("id/organisation/"))
    old, new = bodies[0], bodies[-1]
    observatory.declarations["merged"] = {old: new}
    published = observatory.publish()
    assert [each.path for each in results(published.folder) if each.code == "replaced-yet-there"] == ["source.yaml"]
    assert observatory.status(f"/{old}")[0] == 303


def test_a_former_place_code_redirects_to_the_place(observatory: Observatory) -> None:
    observatory.add("11")
    observatory.publish()
    assert observatory.status("/id/place/istat-041011") == (308, "/id/place/istat-099021")
    assert observatory.status("/doc/place/istat-099021.ttl") == (200, None)


def test_the_ids_of_a_removed_source_are_still_answered(observatory: Observatory) -> None:
    observatory.add("11")
    ids = observatory.publish().identity.published
    other = observatory.source.with_name("altra")
    settings = observatory.settings.replace("prefix: er ", "prefix: al ")
    shutil.copytree(observatory.source, other)
    shutil.rmtree(observatory.source)
    mapping = (other / "mapping.yaml").read_text(encoding="utf-8").replace("id/process/er-", "id/process/al-")
    (other / "mapping.yaml").write_text(mapping.replace("doc/process/er-", "doc/process/al-"), encoding="utf-8")
    (other / "source.yaml").write_text(settings, encoding="utf-8")
    catalog = Catalog.open(observatory.folder / "data")
    publish(catalog, observatory.releases, context=replace(observatory.pipeline_context, catalog=catalog), policy=OPEN)
    answers = observatory.ask(*(f"/{id_}" for id_ in sorted(ids)))
    assert {answer.status_code for answer in answers} <= {200, 303, 410}
    assert observatory.status("/dataset/emilia-romagna") == (410, None)
    assert observatory.status("/dataset/altra") == (200, None)


# --- Mistakes in source.yaml -------------------------------------------------------------------------------

MISTAKES = [
    ({"merged": {"12": "99"}}, r"source.yaml:\d+: id/process/er-12 is merged, and id/process/er-99 should take its place"),
    ({"renamed": {"12": "12"}}, r"source.yaml:\d+: id/process/er-12 → id/process/er-12: an id cannot be replaced by itself"),
    ({"merged": {"12": "13"}, "renamed": {"13": "12"}}, r"source.yaml:\d+: .* → .* → .*: an id cannot be replaced by itself"),
    ({"merged": {"12": "11"}, "renamed": {"er-12": "11"}}, r"source.yaml:\d+: renamed: 'er-12' is also withdrawn, merged, renamed or split"),
    ({"merged": {"12": "11"}, "withdrawn": {"12": "x"}}, r"source.yaml:\d+: merged: '12' is also withdrawn"),
    ({"merged": {"12": ["11", "13"]}}, r"source.yaml:\d+: merged: '12' should be replaced by one id, such as 12"),
    ({"split": {"12": ["11"]}}, r"source.yaml:\d+: split: '12' should be replaced by two or more ids"),
    ({"split": {"12": "11"}}, r"source.yaml:\d+: split: '12' should be replaced by two or more ids"),
    ({"renamed": {"-": "11"}}, r"source.yaml:\d+: renamed: '-' is no id"),
    ({"renamed": ["12"]}, r"source.yaml:\d+: renamed should hold a mapping"),
    ({"merged": {"12": "14"}, "withdrawn": {"14": "x"}}, r"source.yaml:\d+: .* but no record has that id"),
]  # fmt: skip


@pytest.fixture(scope="module")
def with_a_release(
    small_context: PipelineContext, good_page: str, tmp_path_factory: pytest.TempPathFactory
) -> Observatory:
    """A data folder with one published record; the tests must not change it."""
    observatory = create_observatory(tmp_path_factory.mktemp("with-a-release"), small_context, good_page)
    observatory.add("11")
    observatory.publish()
    return observatory


@pytest.mark.parametrize(("declarations", "message"), MISTAKES)
def test_a_mistake_is_reported_with_its_line_and_nothing_is_written(
    with_a_release: Observatory, declarations: dict[str, dict[str, str]], message: str
) -> None:
    observatory = with_a_release
    before = observatory.registry.read_bytes(), sorted(observatory.releases.iterdir())
    observatory.declarations = declarations
    with pytest.raises(SourceError, match=message):
        observatory.publish()
    assert (observatory.registry.read_bytes(), sorted(observatory.releases.iterdir())) == before


def test_a_record_that_is_merged_into_an_unpublished_one_is_answered(observatory: Observatory) -> None:
    observatory.add("11", "12", "13")
    observatory.publish()
    del observatory.records["12"], observatory.records["13"]
    observatory.spoil("14")
    observatory.declarations["merged"] = {"12": "13", "11": "14"}
    del observatory.records["11"]
    observatory.add("15")
    observatory.publish()
    assert observatory.status("/id/process/er-11")[0] == 410, "er-14 was never published"
    assert observatory.status("/id/process/er-12")[0] == 410, "er-13 is not published any more"
    observatory.add("14")
    observatory.publish()
    assert observatory.status("/id/process/er-11") == (308, "/id/process/er-14")


# --- The file ------------------------------------------------------------------------------------------------------------------

GOOD = {"id": "id/process/er-11", "event": "published", "release": "r1", "source": "prova"}
BAD = [
    ("{not json", "is not JSON"),
    ("[]", "should be an object with the texts id, event, release and source"),
    (json.dumps({**GOOD, "source": 1}), "should be an object"),
    (json.dumps({**GOOD, "event": "sold"}), "unknown event 'sold'; known: published, back, merged"),
    (json.dumps({**GOOD, "event": "gone", "why": "lost"}), "unknown value of why 'lost'; known: absent"),
    (json.dumps({**GOOD, "event": "merged"}), "replaced_by should list the new ids"),
    ("<<<<<<< HEAD", "is not JSON"),
    ("\xff", "is not JSON"),
]


@pytest.mark.parametrize(("line", "message"), BAD)
def test_an_invalid_line_is_reported_and_nothing_is_written(observatory: Observatory, line: str, message: str) -> None:
    observatory.add("11")
    text = json.dumps(GOOD) + "\n" + line
    observatory.registry.write_text(text, encoding="latin-1")
    with pytest.raises(ReleaseError, match=rf"registry\.jsonl:2: {message}"):
        observatory.publish()
    assert observatory.registry.read_text(encoding="latin-1") == text
    assert not observatory.releases.exists()


def test_a_registry_that_cannot_be_written_is_reported_before_current_is_swapped(
    observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    observatory.add("11")
    first = observatory.publish()
    observatory.add("12")
    before = observatory.registry.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        with pytest.raises(
            ReleaseError, match=r"registry\.jsonl: cannot be written; the ids of a release are recorded"
        ):
            observatory.publish()
    with monkeypatch.context() as patch:
        patch.setattr(id_registry, "_write_at", full_disk)
        with pytest.raises(ReleaseError, match=r"registry\.jsonl: cannot be written \(No space left on device\)"):
            observatory.publish()
    assert observatory.registry.read_bytes() == before
    assert (observatory.releases / "current").readlink() == Path(first.folder.name)
    assert not list(observatory.releases.glob(".tmp-*"))


def full_disk(file: int, data: bytes, at: int) -> None:
    os.pwrite(file, data[: len(data) // 2], at)
    raise OSError(28, "No space left on device")


KILLED = """
import os, signal, sys
from pathlib import Path
from passo_lod.catalog import Catalog
from passo_lod.pipeline.publish import publish
from passo_lod.pipeline.context import PipelineContext
from passo_lod.release.identity import id_registry
from passo_lod.release import writer
from passo_lod.release.publish_policy import OPEN
from tests.conftest import small

def die(*arguments):
    if sys.argv[3] == "half a line":
        file, data, at = arguments
        os.pwrite(file, data[: len(data) - 40], at)
    os.kill(os.getpid(), signal.SIGKILL)

moments = {
    "half a line": (id_registry, "_write_at"),
    "before the release is whole": (writer, "manifest_json"),
    "before the swap": (writer, "set_current"),
}
setattr(*moments[sys.argv[3]], die)
catalog = Catalog.open(Path(sys.argv[1]))
publish(catalog, Path(sys.argv[2]), context=small(PipelineContext.open(catalog)), policy=OPEN)
"""


@pytest.mark.parametrize("moment", ["half a line", "before the release is whole", "before the swap"])
def test_the_next_publisher_recovers_from_a_killed_one(observatory: Observatory, moment: str) -> None:
    observatory.add("11")
    first = observatory.publish()
    observatory.add("12")
    samples = observatory.source / "samples" / "12.txt"
    samples.write_text(observatory.records["12"], encoding="utf-8")
    command = [sys.executable, "-c", KILLED, str(observatory.folder / "data"), str(observatory.releases), moment]
    assert subprocess.run(command, check=False, cwd=ROOT, capture_output=True).returncode == -9
    assert (observatory.releases / "current").readlink() == Path(first.folder.name)
    second = observatory.publish()
    assert (observatory.releases / "current").readlink() == Path(second.folder.name)
    assert [line["event"] for line in observatory.lines("id/process/er-12")] == ["published"]
    assert not [line for line in observatory.lines() if "last" in line]
    assert observatory.status("/doc/process/er-12") == (200, None)
    assert observatory.registry.read_bytes().endswith(b"}\n")


def test_ids_are_recorded_before_their_release_is_visible(
    observatory: Observatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_recorded = []

    def check_and_swap(lock: PublishLock, folder: Path) -> None:
        is_recorded.append({line["release"] for line in observatory.lines("id/process/er-11")} == {folder.name})
        swap(lock, folder)

    swap = writer.set_current
    monkeypatch.setattr(writer, "set_current", check_and_swap)
    observatory.add("11")
    observatory.publish()
    assert is_recorded == [True]


def test_the_registry_may_contain_lines_of_two_merged_histories(tmp_path: Path) -> None:
    path = tmp_path / "registry.jsonl"
    path.write_text("".join(json.dumps({**GOOD, "release": release}) + "\n" for release in ("r1", "r2")))
    assert IdRegistry.open(path).entries["id/process/er-11"].first == "r1"


def test_concurrent_publishers_keep_each_others_lines(tmp_path: Path) -> None:
    """Both read the registry before either writes."""
    path = tmp_path / "registry.jsonl"
    registry = IdRegistry.open(path)
    updates = [RegistryUpdate.of(registry, {id_: "prova", "id/a/c": "prova"}, {}) for id_ in ("id/a/a", "id/a/b")]
    for number, update in enumerate(updates):
        update.record(f"r{number}", None)
    assert IdRegistry.open(path).entries.keys() == {"id/a/a", "id/a/b", "id/a/c"}
    assert len(path.read_text().splitlines()) == 3


NAMES = st.sampled_from([f"id/process/pr-{number}" for number in range(6)])
RELEASE = st.tuples(
    st.sets(NAMES),
    st.dictionaries(
        NAMES, st.one_of(st.just(IdStatus("withdrawn")), st.builds(lambda by: IdStatus("merged", (by,)), NAMES))
    ),
)


# Every release is flushed to disk, which can take long.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(RELEASE, max_size=12))
def test_no_history_loses_an_id_or_has_circular_replacements(tmp_path_factory: pytest.TempPathFactory, releases: list[tuple[set[str], dict[str, IdStatus]]]) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("history") / "registry.jsonl"
    published_ever: set[str] = set()
    bytes_before = b""
    for number, (published, statuses) in enumerate(releases):
        declared = {id_: DeclaredStatus("prova", status, "source.yaml:1") for id_, status in statuses.items()}
        try:
            update = RegistryUpdate.of(IdRegistry.open(path), dict.fromkeys(published, "prova"), declared)
        except SourceError:
            continue
        update.record(f"r{number}", PreviousRelease("r", update.registry.sha256))
        published_ever |= published
        assert published_ever <= {*update.published, *update.statuses}
        for ids in update.replacements.values():
            assert all(id_ in update.published or not update.statuses[id_].replaced_by for id_ in ids)
        now = path.read_bytes() if path.exists() else b""
        assert now.startswith(bytes_before)
        bytes_before = now
        again = RegistryUpdate.of(IdRegistry.open(path), dict.fromkeys(published, "prova"), declared)
        assert again.events == {}
        assert again.replacements == update.replacements


# --- Random histories -----------------------------------------------------------------------------------------------------


def moves(observatory: Observatory, chance: random.Random) -> list[Callable[[str], None]]:
    """What can happen to a record between two releases."""

    def withdraw(name: str) -> None:
        observatory.declarations.setdefault("withdrawn", {})[name] = "the municipality asked for it"

    def remove(name: str) -> None:
        observatory.records.pop(name, None)

    def merge(name: str) -> None:
        remove(name)
        observatory.declarations.setdefault("merged", {})[name] = chance.choice([*observatory.records, "1"])

    def rename(name: str) -> None:
        new = str(chance.randrange(100, 10_000))
        observatory.add(new)
        remove(name)
        observatory.declarations.setdefault("renamed", {})[name] = new

    def split(name: str) -> None:
        new_ids = [str(chance.randrange(100, 10_000)), str(chance.randrange(10_000, 20_000))]
        observatory.add(*new_ids)
        remove(name)
        observatory.declarations.setdefault("split", {})[name] = new_ids  # type: ignore[assignment]

    def bring_back(name: str) -> None:
        observatory.add(name)

    return [withdraw, remove, merge, rename, split, bring_back, observatory.add, observatory.spoil]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_id_that_was_ever_published_is_ever_not_found(observatory: Observatory, seed: int) -> None:
    chance = random.Random(seed)
    observatory.add("1", "2", "3", "4", "5", "6")
    published_ever: set[str] = set()
    releases = 0
    whys: set[object] = set()
    for _ in range(60):
        if releases == 9:
            break
        snapshot = dict(observatory.records), {key: dict(value) for key, value in observatory.declarations.items()}
        for move in chance.sample(moves(observatory, chance), 3):
            name = chance.choice([*observatory.records, "1", "2", "3", "4", "5", "6"])
            for declarations in observatory.declarations.values():
                declarations.pop(name, None)
            move(name)
        try:
            observatory.publish()
        except SourceError:  # a circular merge, or a merge into an unknown id: undo it
            observatory.records, observatory.declarations = snapshot
            continue
        releases += 1
        subjects = {
            quad.subject.value for quad in observatory.quads() if quad.graph_name.value.startswith(BASE + "dataset/")
        }  # type: ignore[union-attr]
        published_ever |= {iri.removeprefix(BASE).partition("#")[0] for iri in subjects if iri.startswith(BASE)}
        published_ever |= {each.replace("id/", "doc/", 1) for each in published_ever if each.count("/") == 2}
        # No move changes a place, so the places are asked for in the last release only.
        paths = sorted(each for each in published_ever if releases == 9 or "/place/" not in each)
        answers = dict(zip(paths, observatory.ask(*(f"/{path}" for path in paths)), strict=True))
        assert {
            path for path, answer in answers.items() if answer.status_code not in (200, 300, 303, 308, 410)
        } == set()
        locations = sorted({answer.headers["Location"] for answer in answers.values() if "Location" in answer.headers})
        targets = observatory.ask(*locations)
        assert {target.status_code for target in targets} <= {200, 303}, "one redirect leads to a document"
    whys = {line.get("why", line["event"]) for line in observatory.lines()}
    assert releases == 9
    assert len(whys) > 4


# --- The project's own registry ------------------------------------------------------------------------------------------------


def test_the_registry_that_ships_knows_every_id_that_ships(shipping_in_full: Published) -> None:
    """So `make serve` on a fresh clone changes no tracked file."""
    tracked = ["git", "ls-files", "--error-unmatch", "data/registry.jsonl"]
    if subprocess.run(tracked, cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("data/registry.jsonl is not tracked by git here")
    assert shipping_in_full.identity.events == {}, "publish data/ and commit data/registry.jsonl"
