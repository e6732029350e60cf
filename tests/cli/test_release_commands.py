"""`passo-lod releases diff` as it is typed."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from passo_lod.release.changes.dump_ref import DumpRef
from passo_lod.release.changes.line_diff import rdf_patch
from passo_lod.release_layout import DUMP

BASE = "https://data.example.org/"
LINE = "<{base}id/process/xx-1> <{predicate}> {value} <{base}dataset/prova> .\n"
TYPE = LINE.format(
    base=BASE,
    predicate="http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
    value="<https://w3id.org/passo/onto/ParticipatoryProcess>",
)


def title(text: str) -> str:
    return LINE.format(base=BASE, predicate="http://purl.org/dc/terms/title", value=f'"{text}"@it')


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    for name, text in (("2026-01", "Orto"), ("2026-02", "Orto è tuo")):
        (tmp_path / name / "dump").mkdir(parents=True)
        (tmp_path / name / DUMP).write_bytes(gzip.compress((title(text) + TYPE).encode()))
        (tmp_path / name / "manifest.json").write_text(
            json.dumps({"id": name, "created": "2026-11-22T10:00:00Z", "base": BASE})
        )
    (tmp_path / "current").symlink_to("2026-02")
    return tmp_path


def diff(releases: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "passo_lod", "releases", "diff", "--releases", str(releases), *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def test_by_default_the_current_release_is_compared_with_the_one_before(releases: Path) -> None:
    by_default, by_name = diff(releases), diff(releases, "2026-01", "2026-02")
    assert by_default.stdout == by_name.stdout
    words = by_default.stdout.decode()
    assert words.startswith("From 2026-01 to 2026-02: 1 process changed\n")
    assert "  ~ Orto è tuo (xx-1)\n      title: “Orto” → “Orto è tuo”\n" in words


def test_words_come_in_italian_too(releases: Path) -> None:
    words = diff(releases, "--language", "it").stdout.decode()
    assert words.startswith("Da 2026-01 a 2026-02: 1 processo modificato\n")
    assert "titolo: “Orto” → “Orto è tuo”" in words


def test_a_patch_is_written_as_bytes(releases: Path) -> None:
    written = diff(releases, "previous", "current", "--format", "patch").stdout
    assert written == b"".join(rdf_patch(DumpRef.open(releases / "2026-01"), DumpRef.open(releases / "2026-02")))
    assert title("Orto è tuo").encode() in written


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        (["--format", "html"], "words, patch"),
        (["--language", "de"], "it, en"),
        (["2025-01"], "2026-01, 2026-02, current, previous"),
    ],
)
def test_a_slip_is_a_message_that_says_what_would_be_right(releases: Path, arguments: list[str], right: str) -> None:
    done = diff(releases, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert right in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
