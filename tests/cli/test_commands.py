"""The command line as a separate process: output, streams and exit statuses."""

import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "tests" / "fixtures" / "emilia-romagna"
SOURCE = "emilia-romagna"
COMMAND = (sys.executable, "-m", "passo_lod")

Make = Callable[[str], Path]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def passo(*words: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command, and assert that it prints no traceback."""
    ended = subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "120", "NO_COLOR": "1", **environment},
        timeout=120,
        check=False,
    )
    out, err = (text.decode("utf-8", "backslashreplace") for text in (ended.stdout, ended.stderr))
    assert "Traceback" not in out + err, err
    return subprocess.CompletedProcess(ended.args, ended.returncode, out, err)


@pytest.fixture(scope="module")
def small(small_data: Make) -> tuple[str, ...]:
    """The options for a data folder that opens quickly: the source of the project, and the places of its region only."""
    return ("--source", SOURCE, "--data", str(small_data("small")))


# --- check ------------------------------------------------------------------------------------------------------------------------


def test_check_of_a_good_page_reports_fields_and_statements_with_status_0(small: tuple[str, ...]) -> None:
    ended = passo("check", PAGES / "good-l2.txt", *small)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0].endswith("good-l2.txt  er-good-l2")
    assert lines[1].startswith("  lines read: 62 that are not blank = 1 title, 2 boilerplate, 5 heading")
    assert lines[1].endswith("0 unknown")
    assert "             schema:value = 8000 (xsd:decimal)" in lines
    assert "  would be published" in lines
    assert lines[-3:] == [
        "records:  1 in = 1 published + 0 quarantined + 0 withdrawn + 0 merged (nothing was written)",
        "results:  0 Violation, 0 Warning, 1 Info",
        "conforms: yes",
    ]


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (("--language", "it"), {}),
        ((), {"LC_ALL": "it_IT.UTF-8"}),
        ((), {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "it"}),
    ],
    ids=["option", "LC_ALL", "LANG"],
)
def test_check_reports_in_the_language_of_the_option_or_of_the_environment(
    small: tuple[str, ...], options: tuple[str, ...], environment: dict[str, str]
) -> None:
    ended = passo("check", PAGES / "end-before-start.txt", *small, *options, **environment)
    assert ended.returncode == 1
    assert ": Errore: «Data inizio»: La data di fine (2022-01-10) viene prima della data di inizio" in ended.stdout
    assert "  andrebbe in quarantena" in ended.stdout.splitlines()
    assert ended.stdout.splitlines()[-1] == "conforme:  no"
    assert "Right would be" not in ended.stdout


def test_check_in_italian_says_which_file_is_missing(small: tuple[str, ...]) -> None:
    ended = passo("check", "nowhere.txt", *small, "--language", "it")
    assert (ended.returncode, ended.stderr) == (
        2,
        "passo-lod: nowhere.txt: non c’è un file o una cartella con questo nome\n",
    )


def test_check_in_a_language_without_texts_is_an_error_that_names_those_there_are(small: tuple[str, ...]) -> None:
    ended = passo("check", PAGES / "good-l2.txt", *small, "--language", "de")
    assert (ended.returncode, ended.stderr) == (2, "passo-lod: --language de: not known; there are it, en\n")


def test_check_says_that_a_record_is_merged_with_another(small_data: Make) -> None:
    data = small_data("merged")
    decisions = "same:\n  - {keep: one, duplicates: [good-l2], why: lo stesso percorso}\n"
    (data / "sources" / SOURCE / "duplicates.yaml").write_text(decisions, encoding="utf-8")
    ended = passo("check", PAGES / "good-l2.txt", "--source", SOURCE, "--data", data)
    assert ended.returncode == 0, ended.stderr
    assert "  merged with er-one, according to duplicates.yaml: lo stesso percorso" in ended.stdout.splitlines()
    assert "1 in = 0 published + 0 quarantined + 0 withdrawn + 1 merged" in ended.stdout


def test_check_of_a_bad_page_names_file_line_field_value_and_remedy_with_status_1(small: tuple[str, ...]) -> None:
    page = PAGES / "impossible-date.txt"
    ended = passo("check", page, *small)
    assert (ended.returncode, ended.stderr) == (1, "")
    expected = (
        f"  {page}:23: Violation: 'Data fine': The value cannot be used: there is no such day."
        " Found: '31/02/2020'. Right would be: a date, as in 2020-02-21"
    )
    assert expected in ended.stdout.splitlines()
    assert "  would be quarantined" in ended.stdout.splitlines()
    assert ended.stdout.splitlines()[-1] == "conforms: no"


def test_check_of_a_folder_reads_each_file_once_and_writes_nothing(tmp_path: Path, small: tuple[str, ...]) -> None:
    for name in ("good-l1.txt", "good-l2.txt"):
        shutil.copy(PAGES / name, tmp_path)
    (tmp_path / ".gitkeep").write_text("")
    before = sorted(tmp_path.rglob("*"))
    ended = passo("check", tmp_path, tmp_path / "good-l1.txt", *small)
    assert ended.returncode == 0
    assert "records:  2 in = 2 published" in ended.stdout
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
    ids=["C locale", "ascii"],
)
def test_a_terminal_without_accented_characters_is_no_error(
    environment: dict[str, str], small: tuple[str, ...]
) -> None:
    ended = passo("check", PAGES / "good-l1.txt", *small, **environment)
    assert ended.returncode == 0, ended.stderr
    assert "conforms: yes" in ended.stdout


# --- Wrong calls -------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken(small_data: Make) -> Path:
    """A data folder whose passo.yaml is broken."""
    data = small_data("broken")
    (data / "passo.yaml").write_text("base: [https://example.org/\n")
    return data


@pytest.fixture(scope="module")
def mistaken(small_data: Make) -> Path:
    """A data folder whose mapping.yaml names an unknown converter."""
    data = small_data("mistaken")
    mapping = data / "sources" / SOURCE / "mapping.yaml"
    mapping.write_text(
        mapping.read_text(encoding="utf-8").replace("convert: months", "convert: month"), encoding="utf-8"
    )
    return data


def wrong_calls(folder: Path, broken: Path, mistaken: Path) -> dict[str, tuple[list[str | Path], str]]:
    good = PAGES / "good-l2.txt"
    return {
        "no data folder": (
            ["publish", "--data", folder / "nowhere"],
            "no such folder; --data names a folder that holds",
        ),
        "no source": (["publish", "--data", folder], "holds no source; a source is sources/<source>/source.yaml"),
        "broken settings": (["publish", "--data", broken], "passo.yaml:2: is not YAML"),
        "broken settings, check": (["check", good, "--source", SOURCE, "--data", broken], "passo.yaml:2: is not YAML"),
        "wrong mapping": (["publish", "--data", mistaken], "unknown converter 'month'; known: "),
        "no files": (["publish", "--data", mistaken.parent / "empty"], "no file fits 'samples/*.txt'"),
        "unknown source": (["check", good, "--source", "toscana"], "unknown source 'toscana'; known: "),
        "no such file": (["check", folder / "1.txt", "--source", SOURCE], "1.txt: no such file or folder"),
        "empty folder": (["check", folder, "--source", SOURCE], "the folder holds no file"),
        "no --source": (["check", good], "--source"),
        "no file": (["check", "--source", SOURCE], "FILE"),
        "unknown command": (["publsh"], "publsh"),
        "unknown option": (["publish", "--date", "x"], "--date"),
        "bad port": (["serve", "--port", "http"], "--port"),
    }


CALLS = list(wrong_calls(Path(), Path(), Path()))


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_is_a_message_on_stderr_with_status_2(
    name: str, tmp_path: Path, broken: Path, mistaken: Path
) -> None:
    empty = mistaken.parent / "empty"
    if not empty.is_dir():
        shutil.copytree(mistaken, empty)
        shutil.copy(ROOT / "data" / "sources" / SOURCE / "mapping.yaml", empty / "sources" / SOURCE)
    words, message = wrong_calls(tmp_path, broken, mistaken)[name]
    ended = passo(*words, *(["--releases", str(tmp_path / "releases")] if words[0] == "publish" else []))
    assert ended.returncode == 2
    assert message in " ".join(ended.stderr.split())
    assert ended.stdout == ""
    assert not (tmp_path / "releases").exists()


def test_without_a_command_the_help_is_shown() -> None:
    ended = passo()
    assert ended.returncode == 2
    assert "publish" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("words", "text"), [((), "publish"), (("publish",), "--releases"), (("check",), "--source"), (("serve",), "--port")]
)
def test_help_has_status_0(words: tuple[str, ...], text: str) -> None:
    ended = passo(*words, "--help")
    assert ended.returncode == 0
    assert text in ended.stdout


# --- publish --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(small_data: Make) -> Path:
    folder = small_data("published")
    for name in ("good-l2.txt", "empty.txt"):
        shutil.copy(PAGES / name, folder / "sources" / SOURCE / "samples")
    return folder


def test_publish_says_how_many_pairs_a_person_should_decide_on(small_data: Make, tmp_path: Path) -> None:
    data = small_data("twice")
    for name in ("1.txt", "2.txt"):
        shutil.copy(PAGES / "good-l2.txt", data / "sources" / SOURCE / "samples" / name)
    ended = passo("publish", "--data", data, "--releases", tmp_path / "releases")
    assert any(line.startswith("decide:   likely duplicates: 1;") for line in ended.stdout.splitlines())


def test_publish_prints_accounting_results_and_the_release(data: Path, tmp_path: Path) -> None:
    ended = passo("publish", "--data", data, "--releases", tmp_path / "releases", "--accept", "quarantine")
    assert ended.returncode == 0, ended.stderr
    printed = {name: text.strip() for name, _, text in (line.partition(":") for line in ended.stdout.splitlines())}
    assert printed["records"] == "2 in = 1 published + 1 quarantined + 0 withdrawn + 0 merged"
    assert printed["results"] == "1 Violation, 0 Warning, 1 Info"
    assert printed["release"].startswith(f"{(tmp_path / 'releases' / 'current').resolve()} (")
    assert printed["report"] == str(tmp_path / "releases" / "current" / "report.en.html")
    assert Path(printed["report"]).is_file()


@pytest.mark.parametrize(
    ("former", "name"),
    [(("--anew",), "--no-cache"), (("--most-lost", "0"), "--max-loss"), (("--most-held", "100"), "--max-quarantine")],
)
def test_the_former_name_of_an_option_works_and_names_the_new_one(
    data: Path, tmp_path: Path, former: tuple[str, ...], name: str
) -> None:
    ended = passo("publish", "--data", data, "--releases", tmp_path / "releases", "--accept", "quarantine", *former)
    assert ended.returncode == 0, ended.stderr
    assert f"passo-lod: {former[0]} is now called {name}" in ended.stderr
    assert former[0] not in passo("publish", "--help").stdout


def test_the_percentage_of_quarantined_records_that_is_accepted_is_an_option(data: Path, tmp_path: Path) -> None:
    call = ("publish", "--data", data, "--releases", tmp_path / "releases")
    assert passo(*call).returncode == 1
    assert passo(*call, "--max-quarantine", "49").returncode == 1
    assert passo(*call, "--max-quarantine", "50").returncode == 0


def test_progress_without_a_terminal_is_one_plain_line_per_stage(data: Path, tmp_path: Path) -> None:
    ended = passo("publish", "--data", data, "--releases", tmp_path / "releases", "--accept", "quarantine")
    stages = [line.split(": ")[0] for line in ended.stderr.splitlines()]
    assert stages == ["vocabulary", SOURCE, "release"]
    assert f"{SOURCE}: 2 of 2" in ended.stderr.splitlines()
    assert "\x1b" not in ended.stderr + ended.stdout


def test_progress_on_a_terminal_is_a_bar(data: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [
        *COMMAND,
        "publish",
        "--data",
        str(data),
        "--releases",
        str(tmp_path / "releases"),
        "--accept",
        "quarantine",
    ]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, cwd=ROOT, env=environment) as publisher:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the terminal of a process that has ended
                break
            if not part:
                break
            shown += part
        os.close(ours)
    assert publisher.returncode == 0
    assert "━".encode() in shown
    assert b"Traceback" not in shown


def test_a_releases_folder_that_is_a_file_is_a_clear_error(data: Path, tmp_path: Path) -> None:
    (tmp_path / "releases").write_text("mine")
    ended = passo("publish", "--data", data, "--releases", tmp_path / "releases", "--accept", "quarantine")
    assert ended.returncode == 2
    assert "the release cannot be written (File exists); the current release is unchanged" in ended.stderr
    assert (tmp_path / "releases").read_text() == "mine"


def test_a_publisher_that_gets_sigterm_leaves_nothing_half_written(data: Path, tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    command = [*COMMAND, "publish", "--data", str(data), "--releases", str(releases)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as publisher:
        assert publisher.stderr is not None
        for line in publisher.stderr:
            if line.startswith(SOURCE):
                break
        publisher.send_signal(signal.SIGTERM)
        _, errors = publisher.communicate(timeout=30)
    assert publisher.returncode == 128 + signal.SIGTERM
    assert errors.splitlines()[-1] == "passo-lod: stopped; nothing is left half-written"
    assert not releases.exists() or {each.name for each in releases.iterdir()} <= {".lock", ".cache"}
