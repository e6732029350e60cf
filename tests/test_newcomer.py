"""A newcomer publishes a table in a language and shape that no source has, with edits to YAML alone."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from passo_lod.catalog import Catalog
from passo_lod.pipeline.context import PipelineContext, SourcePipeline

ROOT = Path(__file__).resolve().parents[1]
NEWCOMER = ROOT / "tests" / "fixtures" / "newcomer"
PAGES = ROOT / "data" / "sources" / "emilia-romagna"

# The edits to the drafted files, in this order: file, old text, new text.
EDITS = [
    (
        "source.yaml",
        "licence: https://to-be-decided.invalid/licence",
        "licence: https://creativecommons.org/licenses/by/4.0/",
    ),
    ("source.yaml", "site: https://to-be-decided.invalid/", "site: https://reveville.example/"),
    ("source.yaml", "  fr: Reveville", "  fr: Participation citoyenne à Rêveville"),
    # The service of the table is the body that decides, and not an office of it.
    ("mapping.yaml", "      - {p: passo:responsibleUnit, mapping: responsible-unit}\n", ""),
    (
        "mapping.yaml",
        "      - {p: passo:cost, mapping: cost}\n",
        "      - {p: passo:cost, mapping: cost}\n      - {p: passo:decisionHolder, from: Service, convert: organisation}\n"
        '      - {p: passo:policyArea, from: Thème, split: " / ", concept: policy-area,'
        " values: {Environnement: environment, Transports: transport}}\n",
    ),
]
UNIT = re.compile(r"  responsible-unit:\n(?:    .*\n)+\n?")
IGNORED_THEME = re.compile(r"  Thème: .*\n(?:    #.*\n)*")

COMPARED = """
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?region (COUNT(DISTINCT ?process) AS ?processes) (COUNT(?value) AS ?stated) (SUM(COALESCE(?value, 0)) / COUNT(?value) AS ?mean) {
  GRAPH ?dataset { ?process passo:comparisonRegion ?place ; passo:progressStatus ?status }
  GRAPH ?places { ?place skos:prefLabel ?region } FILTER (LANG(?region) = "it")
  OPTIONAL { GRAPH ?dataset { ?process passo:cost/schema:value ?value } }
} GROUP BY ?region ORDER BY ?region
"""


def passo(*words: str | Path, status: int = 0) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "passo_lod", *map(str, words)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert answer.returncode == status, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


@pytest.fixture
def data(small_data: Callable[[str], Path]) -> Path:
    """A data folder with the pages of Emilia-Romagna to compare with."""
    folder = small_data("newcomer")
    shutil.copytree(PAGES, folder / "sources" / "emilia-romagna", dirs_exist_ok=True)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name}: {old!r} occurs {text.count(old)} times"
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_a_newcomer_publishes_and_compares_a_french_table_by_editing_yaml(data: Path, tmp_path: Path) -> None:
    output = passo("new-source", "reveville", "--from", NEWCOMER / "reveville.csv", "--data", data)
    source = data / "sources" / "reveville"
    assert "4 in = 4 published + 0 quarantined" in output
    assert re.search(r"Next: open .*source\.yaml:9: under which licence", output)

    refused = passo("publish", "--data", data, "--releases", tmp_path / "releases", status=2)
    assert f"{source / 'source.yaml'}:9: licence is to be decided" in refused
    assert not (tmp_path / "releases").exists()

    for name, old, new in EDITS:
        edit(source, name, old, new)
    mapping = source / "mapping.yaml"
    text, units = UNIT.subn("", mapping.read_text(encoding="utf-8"))
    text, themes = IGNORED_THEME.subn("", text)
    assert (units, themes) == (1, 1)
    mapping.write_text(text, encoding="utf-8")

    assert "conforms: yes" in passo("check", source / "samples", "--source", "reveville", "--data", data)
    publish_table_of_three_countries(data)
    passo("publish", "--data", data, "--releases", tmp_path / "releases")
    store = ox.Store()
    with gzip.open(tmp_path / "releases" / "current" / "dump" / "passo.nq.gz") as dump:
        store.load(dump, format=ox.RdfFormat.N_QUADS)
    rows = {row["region"].value: row for row in store.query(COMPARED)}  # type: ignore[union-attr]
    processes = {region: int(row["processes"].value) for region, row in rows.items()}
    assert processes == {"Emilia-Romagna": 11, "Francia": 4, "Austria": 2, "Germania": 1, "Svizzera": 2}
    assert float(rows["Francia"]["mean"].value) == pytest.approx(8250)
    assert int(rows["Francia"]["stated"].value) == 3

    published = (tmp_path / "releases" / "current" / "dump" / "passo.nq.gz").read_bytes()
    quads = gzip.decompress(published).decode()
    assert "Mme Inventée" not in quads
    assert "Muster" not in quads
    of_two_bodies = ox.Store()
    of_two_bodies.bulk_load(quads.encode(), format=ox.RdfFormat.N_QUADS)
    facts = {
        row["title"].value: (
            row["start"].value,
            row["status"].value.rpartition("/")[2],
            int(row["bodies"].value),
            money(row),
        )
        for row in of_two_bodies.query(FACTS, use_default_graph_as_union=True)  # type: ignore[union-attr]
    }
    assert facts == {
        "Ein Park für alle": ("2019-09-11", "completed", 2, ("12500", "EUR")),
        "Die neue Schule": ("2020-03-02", "ongoing", 2, ("8000", "CHF")),
        "Der Uferweg": ("2021-05-15", "completed", 1, ("9300.5", "EUR")),
        "Der Marktplatz": ("2022-06-01", "planned", 2, None),
        "Der Bahnhof": ("2023-01-20", "ongoing", 1, ("15000", "CHF")),
    }
    for term in ("progress-status/completed", "participation-level-er/participatory-design", "policy-area/transport"):
        assert f"/{term}>" in quads.replace("https://w3id.org/passo/controlled-vocabulary", "")


FACTS = """
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX passo: <https://w3id.org/passo/onto/>
PREFIX schema: <https://schema.org/>
SELECT ?title ?start ?status (COUNT(DISTINCT ?body) AS ?bodies) (SAMPLE(?value) AS ?amount) (SAMPLE(?code) AS ?currency) {
  ?process a passo:ParticipatoryProcess ; dct:title ?title ; schema:startDate ?start ; passo:progressStatus ?status ; passo:decisionHolder ?body
  FILTER (LANG(?title) = "de")
  OPTIONAL { ?process passo:cost ?cost . ?cost schema:value ?value ; schema:currency ?code }
} GROUP BY ?title ?start ?status
"""


def money(row: ox.QuerySolution) -> tuple[str, str] | None:
    return (row["amount"].value, row["currency"].value) if row["amount"] else None


def publish_table_of_three_countries(data: Path) -> None:
    """Draft a table with dotted dates, two currencies, two bodies in a cell and cities abroad, and copy the one line that check suggests."""
    passo(
        *(
            "new-source",
            "bodensee",
            "--from",
            NEWCOMER / "bodensee.csv",
            "--data",
            data,
            "--observatory",
            "Bodenseerat",
        ),
        *("--licence", "https://creativecommons.org/licenses/by/4.0/", "--site", "https://bodensee.example/"),
        *("--title", "Beteiligung am Bodensee"),
    )
    samples = data / "sources" / "bodensee" / "samples"
    report = passo("check", samples, "--source", "bodensee", "--data", data)
    ((place, line, text),) = re.findall(
        r"in (\S+), write in place of line (\d+)\n(.*CHOOSE.*)\n  and in place of CHOOSE one of: planned", report
    )
    lines = Path(place).read_text(encoding="utf-8").splitlines()
    lines[int(line) - 1] = text.replace("CHOOSE", "ongoing")
    Path(place).write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = passo("check", samples, "--source", "bodensee", "--data", data)
    assert "5 in = 5 published" in report
    assert "CHOOSE" not in report


def test_a_newcomer_drafts_from_json_and_every_case_would_be_published(data: Path) -> None:
    output = passo("new-source", "nowhere", "--from", NEWCOMER / "nowhere.json", "--data", data)
    mapping = (data / "sources" / "nowhere" / "mapping.yaml").read_text(encoding="utf-8")
    assert "2 in = 2 published" in output
    assert "{p: dct:title, from: name.en, convert: text}" in mapping
    assert "{p: passo:policyArea, from: topics, concept: policy-area}" in mapping
    assert "{p: passo:comparisonRegion, locate: {as: region, country: country}}" in mapping


def test_a_newcomer_drafts_from_json_lines_and_from_a_workbook(data: Path, tmp_path: Path) -> None:
    from openpyxl import Workbook

    cases = json.loads((NEWCOMER / "nowhere.json").read_text(encoding="utf-8"))["data"]["cases"]
    (tmp_path / "cases.jsonl").write_text("".join(json.dumps(each) + "\n" for each in cases), encoding="utf-8")
    assert "2 in = 2 published" in passo("new-source", "lines", "--from", tmp_path / "cases.jsonl", "--data", data)

    book = Workbook()
    for line in (NEWCOMER / "reveville.csv").read_text(encoding="utf-8").splitlines():
        book.active.append(line.split(";"))  # type: ignore[union-attr]
    book.save(tmp_path / "table.xlsx")
    assert "4 in = 4 published" in passo("new-source", "sheet", "--from", tmp_path / "table.xlsx", "--data", data)


@pytest.fixture(scope="module")
def drafted_pages(tmp_path_factory: pytest.TempPathFactory, pipeline_context: PipelineContext) -> SourcePipeline:
    """What is drafted from the eleven pages for which there is a mapping made by hand."""
    data = tmp_path_factory.mktemp("pages")
    passo("new-source", "pages", "--from", PAGES / "samples", "--data", data)
    return SourcePipeline.open(data / "sources" / "pages", PipelineContext.open(Catalog.open(data)))


def statements(source_pipeline: SourcePipeline) -> set[tuple[str, str]]:
    """Each label with the property that it is mapped to."""
    mapping = source_pipeline.mapper.mapping
    return {
        (label, each.predicate.value)
        for triples_map in mapping.triples_maps.values()
        for each in triples_map.predicate_object_maps
        for label in each.source_labels
    }


def test_a_draft_has_most_lines_of_the_mapping_made_by_hand_for_the_same_pages(
    drafted_pages: SourcePipeline, source_pipeline: SourcePipeline
) -> None:
    found, right = statements(drafted_pages), statements(source_pipeline)
    shown_on_pages = set(drafted_pages.source.labels)
    possible = {each for each in right if each[0] in shown_on_pages}
    assert len({label for label, _ in found & right}) >= 54
    assert len(found & possible) >= 0.85 * len(possible)
    # The only difference: the mapping made by hand has a resource for an address, the draft a text.
    assert {label for label, _ in found - right} == {"Indirizzo"}


def test_a_draft_lists_the_labels_of_the_pages_and_none_of_their_values(
    drafted_pages: SourcePipeline,
) -> None:
    names = drafted_pages.source.labels
    assert {"@title", "Stato di avanzamento", "Natura Processo", "Data ultima modifica"} <= names
    assert not {"Concluso", "Si", "Singoli cittadini", "CertificatoFinanziato", "Processo"} & names


def test_pages_of_html_are_drafted_as_pages_of_text_are(data: Path, tmp_path: Path) -> None:
    for page in (PAGES / "samples").glob("*.txt"):
        lines = "".join(f"<p>{line}</p>\n" for line in page.read_text(encoding="utf-8").splitlines() if line.strip())
        (tmp_path / "html").mkdir(exist_ok=True)
        (tmp_path / "html" / f"{page.stem}.html").write_text(
            f"<!doctype html><html><body>{lines}</body></html>", "utf-8"
        )
    output = passo("new-source", "html", "--from", tmp_path / "html", "--data", data)
    assert "reader labelled-html" in output
    assert re.search(r"11 in = 1[01] published", output)


MISTAKES = [
    ("reveville", "leer.csv", b"", "is empty"),
    ("reveville", "blank.csv", b" \n\n", "is empty"),
    ("reveville", "header.csv", b"id;titre\n", "holds no records"),
    ("reveville", "rapport.pdf", b"%PDF-1.7 ...", "it is a PDF; right would be: the data that the PDF was made from"),
    (
        "reveville",
        "old.xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "it is an old Excel workbook (.xls), or one with a password; right would be",
    ),
    ("reveville", "data.xml", b"<?xml version='1.0'?><a/>", "is XML, which cannot be read"),
    ("reveville", "broken.xlsx", b"PK\x03\x04 and nothing else", "the workbook is broken"),
    ("reveville", "noise.bin", bytes(range(256)), "cannot be read"),
    ("reveville", "one.txt", b"a title\na line\n", "no line follows the title on every page"),
    (
        "reveville",
        "noid.json",
        b'[{"titre": "A B"}, {"titre": "A B"}]',
        "no column gives every record an id of its own",
    ),
    ("reveville", "cross.csv", b"ville;2019;2020;2021\nParis;1;2;3\n", "is a cross table: its columns are years"),
    ("Rêveville", "table.csv", b"id;titre\n1;A\n", "is no name for a source"),
    ("../escape", "table.csv", b"id;titre\n1;A\n", "is no name for a source"),
    ("places", "table.csv", b"id;titre\n1;A\n", "is no name for a source"),
    ("emilia-romagna", "table.csv", b"id;titre\n1;A\n", "there is a source of this name; nothing was written over"),
]


@pytest.mark.parametrize(("name", "file", "content", "message"), MISTAKES, ids=[each[1] + each[0] for each in MISTAKES])
def test_a_mistake_is_reported_and_leaves_no_files(
    data: Path, tmp_path: Path, name: str, file: str, content: bytes, message: str
) -> None:
    before = sorted(data.rglob("*"))
    (tmp_path / file).write_bytes(content)
    output = passo("new-source", name, "--from", tmp_path / file, "--data", data, status=2)
    assert message in output
    assert "Traceback" not in output
    assert sorted(data.rglob("*")) == before


OPTIONS = [
    (["--prefix", "er"], "--prefix 'er' is that of another source"),
    (["--prefix", "R"], "should be two to twelve small letters"),
    (["--licence", "CC BY"], "should be the licence's IRI"),
    (["--site", "https://reveville.example"], "ends in a slash"),
    (["--language", "xx"], "should be one of it, en"),
    (["--region", "99"], "should be a region's ISTAT code"),
    (["--id", "Nummer"], "--id 'Nummer' is no column; known: N°, Intitulé"),
    (["--from", "missing.csv"], "no such file"),
]


@pytest.mark.parametrize(("options", "message"), OPTIONS, ids=[each[0][0] + each[0][1] for each in OPTIONS])
def test_the_message_about_a_wrong_option_says_what_would_be_right(
    data: Path, options: list[str], message: str
) -> None:
    output = passo("new-source", "reveville", "--from", NEWCOMER / "reveville.csv", "--data", data, *options, status=2)
    assert message in output


def test_with_all_options_a_draft_can_be_published_at_once(data: Path, tmp_path: Path) -> None:
    passo(
        *("new-source", "reveville", "--from", NEWCOMER / "reveville.csv", "--data", data, "--prefix", "rv"),
        *("--licence", "https://creativecommons.org/licenses/by/4.0/", "--site", "https://reveville.example/"),
        *("--title", "Participation à Rêveville", "--observatory", "Ville de Rêveville", "--region", "FRA"),
        *("--language", "fr", "--id", "N°"),
    )
    assert "15 in = 15 published" in passo("publish", "--data", data, "--releases", tmp_path / "releases")


# -------------------------------------------------------------------------------------------------- the documentation


@pytest.mark.parametrize("page", ["data/README.md", "docs/new-source.md"])
def test_the_examples_of_the_documentation_run_as_shown(
    page: str, small_data: Callable[[str], Path], tmp_path: Path
) -> None:
    """Run each `$ command` of the console blocks, apply each diff, and find the shown lines in the output in that order."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    shutil.copytree(small_data("documented") / "places", tmp_path / "try" / "places")
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```(console|diff)\n(.*?)```", text, re.DOTALL)
    assert blocks
    for kind, block in blocks:
        if kind == "diff":
            apply(block, tmp_path)
        else:
            run(block, tmp_path)


def apply(block: str, folder: Path) -> None:
    path = folder / block.splitlines()[0].removeprefix("--- ")
    removed = [line[1:] for line in block.splitlines()[1:] if line.startswith("-")]
    added = [line[1:] for line in block.splitlines()[1:] if line.startswith("+")]
    text = path.read_text(encoding="utf-8")
    old = "".join(f"{line}\n" for line in removed)
    assert text.count(old) == 1, f"{path.name} does not have exactly once:\n{old}"
    path.write_text(text.replace(old, "".join(f"{line}\n" for line in added)), encoding="utf-8")


def run(block: str, folder: Path) -> None:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        words = command.replace(".venv/bin/passo-lod", f"{sys.executable} -m passo_lod", 1)
        answer = subprocess.run(words, shell=True, capture_output=True, text=True, check=False, cwd=folder)
        output = answer.stdout + answer.stderr
        at = 0
        for line in filter(None, map(str.strip, expected.splitlines())):
            if line != "…":
                pattern = ".*?".join(re.escape(piece) for piece in line.split("…"))
                found = re.compile(re.sub(r"(?:\\ )+", r"\\s+", pattern)).search(output, at)
                assert found, f"{command}\nshould print after that: {line}\nand prints:\n{output}"
                at = found.end()
