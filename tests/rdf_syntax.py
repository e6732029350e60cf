"""Parse Turtle and SPARQL files, and name those that cannot be parsed: `python -m tests.rdf_syntax FILE…`, for .pre-commit-config.yaml."""

import sys
from pathlib import Path

import pyoxigraph as ox

BASE = "https://example.org/"


def problem_of(path: Path) -> str | None:
    """Why a file cannot be parsed, with its line; None if it can, or if it is a question with a head and no query of its own."""
    try:
        if path.suffix == ".rq":
            text = path.read_text(encoding="utf-8")
            if any(line.strip() and not line.startswith("#+") for line in text.splitlines()):
                ox.Store().query(text, base_iri=BASE)
        else:
            list(ox.parse(path=str(path), base_iri=BASE))
    except (SyntaxError, ValueError, OSError) as error:
        return f"{path}: {error}"
    return None


def main(names: list[str]) -> int:
    """Print each problem; return the exit status."""
    problems = [problem for name in names if (problem := problem_of(Path(name)))]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
