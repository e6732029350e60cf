"""Create the virtual environment of CKAN's DCAT reader on first use, with the versions and hashes of `requirements.txt`."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

LOCK = Path(__file__).parent / "requirements.txt"
FOLDER = Path(__file__).resolve().parents[2] / ".venv-ckan"
SECONDS = 600


def python() -> Path:
    """The Python that can import CKAN's reader; if it cannot be installed, skip the test with the reason."""
    ready, wanted = FOLDER / "ready", _requirements_digest()
    with LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Another process of tests may be making it.
        if not ready.is_file() or ready.read_text(encoding="utf-8") != wanted:
            _create()
            ready.write_text(wanted, encoding="utf-8")
    return FOLDER / "bin" / "python"


def _requirements_digest() -> str:
    """A text that changes with the required packages and the Python version."""
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {sys.version}"


def _create() -> None:
    _run(sys.executable, "-m", "venv", "--clear", str(FOLDER))
    install = ("install", "--quiet", "--disable-pip-version-check", "--retries", "1")
    # The lock has all that is needed: nothing is left to be resolved.
    _run(str(FOLDER / "bin/python"), "-m", "pip", *install, "--no-deps", "--require-hashes", "--requirement", str(LOCK))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"CKAN's reader could not be installed within {SECONDS} s")
    if done.returncode:
        said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("WARNING"))
        assert "DO NOT MATCH THE HASHES" not in said, said
        version = ".".join(str(part) for part in sys.version_info[:3])
        pytest.skip(f"CKAN's reader could not be installed for Python {version}: {said[-300:] or done.stdout[-300:]}")
