"""Guess the settings of a drafted source.yaml from the sample: id, language, region, site, prefix, layout.

Each guess leaves a note with its evidence, and each setting that cannot be guessed a question.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from passo_lod.drafting.column_evidence import ColumnEvidence, guess_language
from passo_lod.drafting.draft_files import TO_BE_DECIDED, SourceFacts, scalar
from passo_lod.drafting.draft_options import DraftOptions
from passo_lod.drafting.matching import Matches
from passo_lod.drafting.name_similarity import LIKELY, SURE, match_name
from passo_lod.drafting.sample import Sample
from passo_lod.errors import SourceError
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.sources.reading_builder import LINE_NUMBER
from passo_lod.sources.record_ids import slug
from passo_lod.text_folding import printable_path

_EDITED = (
    "title",
    "status",
    "end-date",
    "participant-count",
    "cost",
    "grant",
    "budget",
    "modified",
    "contact",
    "reported-by",
)
"""Targets whose columns people edit while a process lasts, so that no id is made of them."""

_MAX_JOINED_COLUMNS = 3
_MAX_CANDIDATES = 12


@dataclass(frozen=True)
class RecordIds:
    """What gives each record its id.

    Attributes:
        columns: the column, or those whose values make the id together; none if it is the number of the line.
        evidence: the reasons, in words.
        is_guess: whether they were guessed; False if the person named them.
    """

    columns: tuple[ColumnEvidence, ...]
    evidence: str
    is_guess: bool

    @property
    def labels(self) -> tuple[str, ...]:
        """What `id-from` in source.yaml names."""
        return tuple(each.name for each in self.columns) or (LINE_NUMBER,)

    @property
    def column(self) -> ColumnEvidence | None:
        """The column that has no other use than the id; None if the id is made of several columns or of none."""
        return self.columns[0] if len(self.columns) == 1 else None


def find_record_ids(sample: Sample, columns: Sequence[ColumnEvidence], options: DraftOptions) -> RecordIds | None:
    """Find what gives the records their ids; None if each file is one record, whose name is its id.

    Raises:
        SourceError: nothing has a different value in every record, or `--id` names no column.
    """
    if sample.reader.startswith("labelled") or (
        sample.reader == "json" and not sample.layout and len(columns[0].column.texts) == 1
    ):
        return None
    if options.id_from:
        by_name = {each.name: each for each in columns}
        for name in options.id_from:
            if name not in by_name and not (name == LINE_NUMBER and sample.reader == "table"):
                raise SourceError(f"--id {name!r} is no column; known: {', '.join(by_name)}")
        chosen = tuple(by_name[name] for name in options.id_from if name in by_name)
        return RecordIds(chosen, "named with --id", is_guess=False)
    found = _guess_id_column(columns) or _guess_joined_columns(columns) or _use_line_numbers(sample)
    if found is None:
        raise SourceError(
            f"{printable_path(sample.files[0])}: no column gives every record an id of its own, and ids are never made"
            " of titles, which people edit. Add a column with numbers that stay, or name the column with --id COLUMN;"
            f" columns: {', '.join(each.name for each in columns)}"
        )
    return found


def _guess_id_column(columns: Sequence[ColumnEvidence]) -> RecordIds | None:
    hints = columns[0].known.hints
    codes = [each for each in columns if each.is_unique and _has_codes(each) and not _is_edited(each)]
    best = max(codes, key=lambda each: (match_name(each.name, hints.ids, hints).score, -each.mean_length), default=None)
    if best is None:
        return None
    name = match_name(best.name, hints.ids, hints)
    called = f", and it is called '{name.word}'" if name.score >= SURE else ""
    return RecordIds((best,), f"every record has one of its own{called}", is_guess=True)


def _guess_joined_columns(columns: Sequence[ColumnEvidence]) -> RecordIds | None:
    """The fewest columns that have different values together in every record, such as a municipality and a year."""
    kinds = ("money", "prose", "e-mail address", "web address")
    stable = [
        each
        for each in columns
        if each.filled_share == 1 and each.mean_length <= 60 and each.kind not in kinds and not each.column.is_list
    ]
    stable = [each for each in stable if not _is_edited(each)]
    stable = sorted(stable, key=lambda each: (-len(set(each.values)), each.mean_length))[:_MAX_CANDIDATES]
    for count in range(2, _MAX_JOINED_COLUMNS + 1):
        for joined in combinations(stable, count):
            codes = {slug(" ".join(texts)) for texts in zip(*(each.column.texts for each in joined), strict=True)}
            if "" not in codes and len(codes) == len(joined[0].column.texts) > 1:
                evidence = (
                    "no column alone differs in every record, and these do together; ids change if a value is corrected"
                )
                names = {each.name for each in joined}
                return RecordIds(tuple(each for each in columns if each.name in names), evidence, is_guess=True)
    return None


def _is_edited(column: ColumnEvidence) -> bool:
    """Whether people edit a column of such a name."""
    hints = column.known.hints
    targets = (each for each in hints.targets if each.name in _EDITED)
    return any(match_name(column.name, each.words, hints).score >= LIKELY for each in targets)


def _use_line_numbers(sample: Sample) -> RecordIds | None:
    if sample.reader != "table" or len(sample.files) > 1:
        return None
    evidence = (
        "nothing differs in every record, so the number of its line is the id: it changes if a row is inserted, deleted or"
        " sorted. Better add a column with numbers that stay"
    )
    return RecordIds((), evidence, is_guess=True)


def _has_codes(column: ColumnEvidence) -> bool:
    """Whether the values look like ids: short, without spaces, no dates or amounts, and different in `[a-z0-9]`."""
    if not all(re.fullmatch(r"[\w./:°#-]{1,60}", text) for text in column.distinct) or column.kind in ("date", "money"):
        return False
    codes = {slug(text) for text in column.distinct}
    return "" not in codes and len(codes) == len(column.distinct)


def guess_facts(
    name: str,
    sample: Sample,
    columns: Sequence[ColumnEvidence],
    matches: Matches,
    record_ids: RecordIds | None,
    options: DraftOptions,
    prefixes: Collection[str],
) -> SourceFacts:
    """The settings of the drafted source: those of the options, guesses, and questions.

    Args:
        name: of the source.
        sample: the sample of its files.
        columns: its columns with their evidence.
        matches: the matches of the columns.
        record_ids: what gives the ids; None if the file's name is the id.
        options: what the person states.
        prefixes: the prefixes of other sources.
    """
    notes = _notes_on_options(options, record_ids)
    places = columns[0].known.places
    language = options.language or _guess_language(columns, matches, notes)
    region = options.region or _guess_region(columns, matches, notes)
    comparison = _comparison_line(matches, region, places, notes)
    site = options.site or _guess_site(columns, notes)
    suffixes = {path.suffix for path in sample.files}
    return SourceFacts(
        name=name,
        prefix=options.prefix or _free_prefix(name, prefixes),
        title=options.title or name.replace("-", " ").capitalize(),
        language=language,
        licence=options.licence,
        observatory=options.observatory,
        site=site,
        region=region or _any_region(places, notes, is_located="locate:" in comparison),
        comparison=comparison,
        id_pattern=_id_pattern(record_ids),
        id_from=record_ids.labels if record_ids else (),
        reader=sample.reader,
        files=f"samples/*{sample.files[0].suffix}" if len(suffixes) == 1 else "samples/*",
        layout=_full_layout(sample, columns),
        notes=notes,
    )


def _notes_on_options(options: DraftOptions, record_ids: RecordIds | None) -> dict[str, str]:
    """The questions for options that are not given and cannot be guessed, and the evidence for the ids."""
    notes = {}
    if options.licence is None:
        notes["licence"] = (
            f"{TO_BE_DECIDED}: under which licence were these data published? Give its IRI; publish waits for it"
        )
    if options.title is None:
        notes["title"] = f"{TO_BE_DECIDED}: what shall readers call these data?"
    if record_ids and record_ids.is_guess:
        mark = "guess" if record_ids.columns else TO_BE_DECIDED
        notes["id-from"] = f"{mark}: {record_ids.evidence}"
    return notes


def _guess_language(columns: Sequence[ColumnEvidence], matches: Matches, notes: dict[str, str]) -> str:
    """The language of the texts; if they are too few, that of the columns' names."""
    texts = (each for each in columns if each.kind in ("text", "prose"))
    language, evidence = guess_language(texts, columns[0].known.hints)
    names = Counter(each.name.language for each in matches.mapped if each.name.language and each.name.score >= SURE)
    if language is None and names:
        language, times = names.most_common(1)[0]
        evidence = f"{times} columns have names in '{language}'; {evidence}"
    if language is None:
        notes["language"] = f"{TO_BE_DECIDED}: in which language are the texts? {evidence}"
        return "en"
    notes["language"] = f"guess: {evidence}"
    return language


# --------------------------------------------------------------------------------------------------------------- region


def _guess_region(columns: Sequence[ColumnEvidence], matches: Matches, notes: dict[str, str]) -> str | None:
    """The code of the region in which nearly all places of the source lie; of the country if they lie in several."""
    place_columns = [each.column for each in matches.mapped if each.target.reads == "place"]
    counts = sum((each.region_counts() for each in place_columns), Counter())
    places = columns[0].known.places
    if not counts:
        return _guess_country(matches, places, notes)
    code, most = counts.most_common(1)[0]
    total = sum(counts.values())
    region = places.by_code(code)
    if most >= 0.9 * total and region is not None:
        notes["region"] = f"guess: {region.name}, in which {most} of {total} places lie that the values name"
        return code
    notes["region"] = f"guess: the places lie in {len(counts)} regions of one country"
    return (region.within if region else "") or None


def _guess_country(matches: Matches, places: PlaceIndex, notes: dict[str, str]) -> str | None:
    column = next((each.column for each in matches.mapped if each.target.name == "country"), None)
    values = column.values if column else []
    codes = {place.code for text in values if (place := places.find(text, None, "country"))}
    if len(codes) != 1:
        return None
    notes["region"] = "guess: the one country that the values name"
    return codes.pop()


def _any_region(places: PlaceIndex, notes: dict[str, str], *, is_located: bool) -> str:
    """A known country, because source.yaml has to name one even if nothing shows which."""
    if is_located:
        notes["region"] = "guess: each record names its own country; only `convert: place` looks names up here"
    else:
        notes["region"] = f"{TO_BE_DECIDED}: in which region (ISTAT code) or country (three letters) do the places lie?"
    return "ITA" if places.by_code("ITA") else next(place.code for place in places if place.kind == "region")


def _comparison_line(matches: Matches, region: str | None, places: PlaceIndex, notes: dict[str, str]) -> str:
    """The line of the mapping for the region of comparison: one for the source, one for each record, or none."""
    place = places.by_code(region) if region else None
    parts = {each.target.part: each.column.name for each in matches.mapped if each.target.part}
    if "country" in parts:
        ordered = [(key, parts[key]) for key in ("country", "province", "city") if key in parts]
        located = ", ".join(f"{key}: {scalar(name)}" for key, name in ordered)
        return f"{{p: passo:comparisonRegion, locate: {{as: region, {located}}}}}"
    if place is not None and (place.kind == "region" or not any(each.within == place.code for each in places)):
        local_name = f"istat-{place.code}" if place.kind == "region" else f"country-{place.code.lower()}"
        if "region" in notes:
            notes["comparison"] = f"guess: as `region` in source.yaml: {place.name}"
        return f"{{p: passo:comparisonRegion, o: id/place/{local_name}}}"
    notes["comparison"] = (
        f"{TO_BE_DECIDED}: which region are these processes counted under? As id/place/istat-09 or id/place/country-fra"
    )
    return ""


# -------------------------------------------------------------------------------------------------------- other settings


def _guess_site(columns: Sequence[ColumnEvidence], notes: dict[str, str]) -> str | None:
    """The site of most web addresses in the values."""
    sites = Counter(
        f"{parts.scheme}://{parts.netloc}/"
        for each in columns
        if each.kind == "web address"
        for text in each.distinct
        if (parts := urlsplit(text)).netloc
    )
    if sites:
        site, times = sites.most_common(1)[0]
        if times * 2 > sum(sites.values()):
            notes["site"] = f"guess: {times} of {sum(sites.values())} web addresses lead there"
            return site
    notes["site"] = (
        f"{TO_BE_DECIDED}: where on the web do these data come from? An address that ends in a slash; publish waits for it"
    )
    return None


def _free_prefix(name: str, prefixes: Collection[str]) -> str:
    """A prefix of small letters that no other source has."""
    letters = re.sub(r"[^a-z]", "", name)
    prefix = (letters if len(letters) >= 2 else letters + "src")[:12]
    endings = ("", *(chr(letter) for letter in range(ord("b"), ord("z") + 1)))
    return next(each for end in endings if (each := prefix[: 12 - len(end)] + end) not in prefixes)


def _id_pattern(record_ids: RecordIds | None) -> str:
    """A pattern for the whole id; for whole numbers that a spreadsheet wrote as `12.0`, without the decimals."""
    column = record_ids.column if record_ids else None
    if column and all(re.fullmatch(r"\d+\.0", text) for text in column.distinct):
        return r"(?P<id>\d+)(?:\.0)?"
    return "(?P<id>.+)"


def _full_layout(sample: Sample, columns: Sequence[ColumnEvidence]) -> dict[str, Any]:
    """The layout of the sample with its columns, sentinels and absent texts."""
    is_page = sample.reader.startswith("labelled")
    layout = dict(sample.layout) if is_page else layout_with_columns(sample)
    reasons = {text: reason for each in columns for text, reason in each.missing_values.items()}
    sentinels = {text: reason for text, reason in sorted(reasons.items()) if reason != "absent"}
    absent = sorted(text for text, reason in reasons.items() if reason == "absent")
    layout |= {"sentinels": sentinels} if sentinels else {}
    layout |= {"absent": absent} if absent and not is_page else {}
    return layout


def layout_with_columns(sample: Sample) -> dict[str, Any]:
    """The layout of a sampled table or JSON file with its columns."""
    if sample.reader == "table":
        return {**sample.layout, "columns": [column.name for column in sample.columns]}
    return {**sample.layout, "columns": {column.name: column.path for column in sample.columns}}
