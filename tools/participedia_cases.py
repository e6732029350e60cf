"""Make the case files of data/sources/participedia from the two exports of Participedia: facts only, one record for each case.

    python -m tools.participedia_cases ../shared/records/participedia data/sources/participedia

Of a case in both exports, the newer one's facts count, and the older one adds what the newer lacks. Of the place, the older
one adds names only in the same country, because a city of one country and the name of another would be a place that nobody wrote.
Which cases are in `samples/`, for review, is what `samples/` already says; all others are in `cases/`.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

OLDER = "cases_2017_migration.json"
NEWER = "fact_cases_clean.csv"

PLACES = ("country", "province", "city")
LISTS = ("approaches", "method_types", "tools_techniques_types", "specific_methods_tools_techniques")
"""Facts that only the newer export has."""

OF_2017 = (
    "start_date",
    "end_date",
    "ongoing",
    "scope_of_influence",
    "issues",
    "number_of_participants",
    "decision_methods",
    "if_voting",
    "facetoface_online_or_both",
    "facilitators",
    "targeted_participants",
)
"""Facts that only the older export has."""

FACTS_OF_NEWER = ("id", "updated_date", *reversed(PLACES), *LISTS)

Case = Mapping[str, object]


def main(exports: Path, source: Path) -> None:
    """Write the case files of `source` from the two exports in a folder."""
    older = {case["id"]: case for case in json.loads((exports / OLDER).read_text(encoding="utf-8"))}
    newer = {row["id"]: row for row in csv.DictReader(io.StringIO((exports / NEWER).read_text(encoding="utf-8")))}
    joined = [join(older[case], newer.get(case)) for case in sorted(older, key=int)]
    only_newer = [newer[case] for case in sorted(newer.keys() - older.keys(), key=int)]
    samples = sample_ids(source / "samples")
    for folder, is_sample in (("samples", True), ("cases", False)):
        (source / folder).mkdir(exist_ok=True)
        write_json(source / folder / "cases-2017.json", [c for c in joined if (c["id"] in samples) == is_sample])
        write_csv(source / folder / "cases-export.csv", [c for c in only_newer if (c["id"] in samples) == is_sample])


def join(older: Case, newer: Mapping[str, str] | None) -> Case:
    """Return the facts of one case from both exports."""
    newest = newer or {}
    lists = {name: elements(newest.get(name, "{}")) or older.get(name, []) for name in LISTS}
    updated = newest.get("updated_date") or older["updated_date"]
    own = {name: older[name] for name in OF_2017}
    return {"id": older["id"], **join_places(older, newest), **own, "updated_date": updated, **lists}


def join_places(older: Case, newer: Mapping[str, str]) -> dict[str, str]:
    """Return country, province and city.

    >>> italy = {"country": "Italy", "province": "Bologna", "city": "Bologna"}
    >>> join_places(italy, {"country": "Italia", "province": "Emilia-Romagna", "city": ""})
    {'country': 'Italia', 'province': 'Emilia-Romagna', 'city': 'Bologna'}
    >>> join_places(italy, {"country": "Peru", "province": "", "city": ""})
    {'country': 'Peru', 'province': '', 'city': ''}
    """
    known = {name: newer.get(name, "").strip() for name in PLACES}
    one_country = {english(known["country"]), english(str(older["country"] or ""))}
    if len(one_country - {""}) > 1:
        return known
    return {name: known[name] or str(older[name] or "").strip() for name in PLACES}


def english(country: str) -> str:
    """Return the name that both exports use; the newer one has Italy under two."""
    return {"Italia": "Italy"}.get(country.strip(), country.strip())


def elements(array: str) -> list[str]:
    """Return the elements of a one-dimensional array as PostgreSQL writes it; no code has a comma or quotes.

    >>> elements("{planning,deliberative}"), elements("{}")
    (['planning', 'deliberative'], [])
    """
    return [element.strip('"') for element in array.strip("{}").split(",") if element]


def sample_ids(samples: Path) -> set[str]:
    """Return the ids of the cases in the sample files."""
    cases = json.loads((samples / "cases-2017.json").read_text(encoding="utf-8"))
    with (samples / "cases-export.csv").open(encoding="utf-8", newline="") as file:
        return {case["id"] for case in cases} | {row["id"] for row in csv.DictReader(file)}


def write_json(path: Path, cases: Iterable[Case]) -> None:
    """Write an array with a line for each case."""
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def write_csv(path: Path, cases: Sequence[Mapping[str, str]]) -> None:
    """Write a table with the facts of the newer export."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FACTS_OF_NEWER, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(cases)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
