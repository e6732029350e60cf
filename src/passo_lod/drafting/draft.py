"""Draft a source from its files: what it looks like, what its columns mean as far as that can be told, and what to ask."""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from passo_lod.drafting import draft_files as writing
from passo_lod.drafting import page_labels as pages
from passo_lod.drafting.column_evidence import ColumnEvidence, KnownValues, ReadableShare, language_of
from passo_lod.drafting.draft_files import TO_BE_DECIDED, SourceFacts
from passo_lod.drafting.matching import LIKELY, RECOGNISED, SURE, Match, Matches, match, name_fit
from passo_lod.drafting.sample import MAX_ROWS, Sample, sample_files
from passo_lod.errors import SourceError
from passo_lod.mapping.places.place import Place
from passo_lod.mapping.places.place_index import PlaceIndex
from passo_lod.sources.source import Source
from passo_lod.sources.source_settings import UNDECIDED
from passo_lod.text_folding import printable_path

LANGUAGES = ("it", "en", "de", "fr", "sl", "es", "pt", "ca", "nl")
"""Languages in which texts are published (shapes/process.ttl)."""


@dataclass(frozen=True)
class DraftOptions:
    """What the person says beforehand; all that is None is guessed, or asked."""

    licence: str | None = None
    title: str | None = None
    prefix: str | None = None
    observatory: str | None = None
    site: str | None = None
    language: str | None = None
    region: str | None = None
    id_from: str | None = None


@dataclass(frozen=True)
class Draft:
    """A drafted source, not yet written.

    Attributes:
        id_from: the evidence of the column with the ids; None where a file's name is the id.
    """

    facts: SourceFacts
    sample: Sample
    columns: tuple[ColumnEvidence, ...]
    matches: Matches
    id_from: tuple[ColumnEvidence, str] | None
    seen: str
    extra: tuple[writing.DraftLine, ...]

    @property
    def texts(self) -> dict[str, str]:
        """The files of the draft by their names."""
        named = {each.name for each, _ in [self.id_from] if each} if self.id_from else set()
        ignored = {
            name: (f"{TO_BE_DECIDED}: {why}", [writing.suggestion(each, self.facts) for each in found if each.target.p])
            for name, (why, found) in self.matches.left.items()
            if name not in named
        }
        lines = [*(writing.line_of(each, self.facts) for each in self.in_order), *self.extra]
        title = next((each.column.name for each in self.matches.mapped if each.target.name == "title"), None)
        when = title or (self.facts.id_from or self.columns[0].name)
        return {
            "source.yaml": writing.source_yaml(self.facts, self.seen),
            "mapping.yaml": writing.mapping_yaml(
                self.facts, lines, self.columns[0].known.hints.maps, ignored, when, self.seen
            ),
            "reference.ttl": writing.reference_ttl(self.facts),
        }

    @property
    def in_order(self) -> list[Match]:
        """The matches in the order of the table of hints, as people read of a process."""
        order = {target.name: at for at, target in enumerate(self.columns[0].known.hints.targets)}
        region = self.facts.region
        kept = (each for each in self.matches.mapped if each.target.part is None or _is_municipality(each, region))
        return sorted(kept, key=lambda each: order[each.target.name])

    def write(self, sources: Path, verify: Callable[[Path], object]) -> Path:
        """Write all of the draft, or nothing: it appears under its name when it is whole and can be opened.

        Args:
            sources: the folder of the sources.
            verify: opens a source's folder; raises where the draft cannot be read.

        Raises:
            SourceError: there is a source of that name, or the folder cannot be written.
        """
        target = sources / self.facts.name
        try:
            sources.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".draft-", dir=sources) as scratch:
                folder = Path(scratch) / self.facts.name
                (folder / "samples").mkdir(parents=True)
                for name, text in self.texts.items():
                    (folder / name).write_text(text, encoding="utf-8")
                for path in self.sample.files:
                    shutil.copyfile(path, folder / "samples" / path.name)
                verify(folder)
                refuse_taken(sources, self.facts.name)
                folder.rename(target)
        except OSError as problem:
            raise SourceError(f"{target}: cannot be written ({problem.strerror}); nothing was") from problem
        return target


def refuse_taken(sources: Path, name: str) -> None:
    """Never write over what a person may have mended.

    Raises:
        SourceError: the folder is there, or its name is none a source can have.
    """
    folder = sources / name
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or name == "places":
        raise SourceError(
            f"{name!r} is no name for a source: it stands in IRIs, so it has a-z, 0-9 and single hyphens, such as "
            "toscana or trentino-alto-adige"
        )
    if folder.exists():
        raise SourceError(
            f"{folder}: there is a source of this name; nothing was written over. Choose another name, or move it"
        )


def draft(
    name: str, files: Sequence[Path], known: KnownValues, options: DraftOptions, prefixes: Collection[str]
) -> Draft:
    """Look into the files and draft a source.

    Args:
        name: the source's.
        files: of one kind.
        known: what values are held against.
        options: what the person says beforehand.
        prefixes: those of the sources that are there.

    Raises:
        SourceError: the files cannot be a source.
    """
    _check(files, options, known.places, prefixes)
    found = sample_files(files)
    found = _labelled(found, known) if "pages" in found.layout else _read_again(name, found)
    columns = tuple(ColumnEvidence(each, known) for each in found.columns)
    id_from = _id(found, columns, options)
    taken = (id_from[0].name,) if id_from else ()
    matches = match(columns, known.hints, taken)
    facts = _facts(name, found, columns, matches, id_from, options, prefixes)
    matches = _described(_places(matches, facts), columns)
    extra = _further_lines(matches, known)
    seen = f"{_files(files)} ({found.records:,} {'records' if found.whole else 'records at its beginning'})"
    return Draft(facts, found, columns, matches, id_from, seen, extra)


def _check(files: Sequence[Path], options: DraftOptions, places: PlaceIndex, prefixes: Collection[str]) -> None:
    names = Counter(path.name for path in files)
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice:
        raise SourceError(f"--from: two files are called {twice!r}, and all go to one folder; rename one")
    for option, pattern, expected in (
        (
            "licence",
            r"https?://[^\s<>\"{}|\\^`]+",
            "the licence's IRI, such as https://creativecommons.org/licenses/by/4.0/",
        ),
        ("site", r"https?://[^\s<>\"{}|\\^`]+/", "an IRI that ends in a slash, such as https://example.org/"),
        ("prefix", r"[a-z]{2,12}", "two to twelve small letters, such as er"),
    ):
        value = getattr(options, option)
        if value is not None and not re.fullmatch(pattern, value):
            raise SourceError(f"--{option} {value!r} should be {expected}")
    if options.prefix in prefixes:
        raise SourceError(
            f"--prefix {options.prefix!r} is that of another source; taken: {', '.join(sorted(prefixes))}"
        )
    if options.language is not None and options.language not in LANGUAGES:
        raise SourceError(f"--language {options.language!r} should be one of {', '.join(LANGUAGES)}")
    if options.region is not None and _region(options.region, places) is None:
        raise SourceError(
            f"--region {options.region!r} should be a region's ISTAT code such as 09, or a country's such as FRA"
        )


def _region(code: str, places: PlaceIndex) -> Place | None:
    place = places.by_code(code)
    return place if place and place.kind in ("region", "country") else None


def _files(files: Sequence[Path]) -> str:
    names = [printable_path(Path(path.name)) for path in files]
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more"


# ---------------------------------------------------------------------------------------------- what the reader gives


def _labelled(found: Sample, known: KnownValues) -> Sample:
    """The pages with their labels, as far as recurrence and our words tell them."""

    def is_name(line: str) -> bool:
        return any(name_fit(line, each.words, known.hints).score >= SURE for each in known.hints.targets)

    def is_value(line: str) -> bool:
        return bool(known.hints.absence(line)) or any(
            known.schemes[code].find(line) is not None for code in known.schemes.codes if code != "criterion"
        )

    return pages.labelled(found, is_name, is_value)


def _read_again(name: str, found: Sample) -> Sample:
    """The sample with the values that the source's own reader gives, which are those that a mapping gets."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        fullest = max(found.columns, key=lambda column: len(column.said))
        facts = _provisional(name, found, fullest.name if found.reader == "table" else None)
        (folder / "source.yaml").write_text(writing.source_yaml(facts, "a first look"), encoding="utf-8")
        source = Source.open(folder)
        readings = islice(source.readings(list(found.files)), MAX_ROWS)
        records = [reading.record for reading in readings if reading.record is not None]
    if not records:
        return found
    for column in found.columns:
        fields = [record.fields.get(column.name) for record in records]
        column.texts = [text for each in fields for text in (each.texts if each else [""])]
    return replace(found, records=len(records))


def _provisional(name: str, found: Sample, id_from: str | None) -> SourceFacts:
    return SourceFacts(
        name=name,
        prefix="xx",
        title=name,
        language="en",
        licence=UNDECIDED,
        observatory=None,
        site=UNDECIDED,
        region="ITA",
        comparison="",
        currency="EUR",
        id_pattern=r"(?s)(?P<id>.*)" if found.reader == "table" else "(?P<id>.+)",
        id_from=id_from,
        reader=found.reader,
        files="samples/*",
        layout=_columns_layout(found),
    )


def _columns_layout(found: Sample) -> dict[str, Any]:
    if found.reader == "table":
        return {**found.layout, "columns": [column.name for column in found.columns]}
    return {**found.layout, "columns": {column.name: column.way for column in found.columns}}


# ------------------------------------------------------------------------------------------------------------ settings


def _id(found: Sample, columns: Sequence[ColumnEvidence], options: DraftOptions) -> tuple[ColumnEvidence, str] | None:
    """The column that gives each record its id, and why it is thought to."""
    if found.reader.startswith("labelled") or (
        found.reader == "json" and not found.layout and len(columns[0].column.texts) == 1
    ):
        return None
    if options.id_from is not None:
        chosen = next((each for each in columns if each.name == options.id_from), None)
        if chosen is None:
            raise SourceError(
                f"--id {options.id_from!r} is no column; known: {', '.join(each.name for each in columns)}"
            )
        return chosen, "as you said"
    hints = columns[0].known.hints
    codes = [each for each in columns if each.unique and _is_code(each)]
    best = max(codes, key=lambda each: (name_fit(each.name, hints.ids, hints).score, -each.length), default=None)
    if best is None:
        raise SourceError(
            f"{printable_path(found.files[0])}: no column gives every record an id of its own, and ids are never made of titles, which people"
            " edit. Add a column with numbers that stay, or name the column with --id COLUMN; columns: "
            + ", ".join(each.name for each in columns)
        )
    named = name_fit(best.name, hints.ids, hints)
    return best, "every record has one of its own" + (
        f", and it is called '{named.word}'" if named.score >= SURE else ""
    )


def _is_code(column: ColumnEvidence) -> bool:
    """Whether the values look like ids: short, without spaces, no dates or amounts, and different in a-z and 0-9."""
    if not all(re.fullmatch(r"[\w./:°#-]{1,60}", text) for text in column.distinct) or column.kind in ("date", "money"):
        return False
    return len({re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") for text in column.distinct} - {""}) == len(
        column.distinct
    )


def _facts(
    name: str,
    found: Sample,
    columns: Sequence[ColumnEvidence],
    matches: Matches,
    id_from: tuple[ColumnEvidence, str] | None,
    options: DraftOptions,
    prefixes: Collection[str],
) -> SourceFacts:
    notes: dict[str, str] = {}
    places = columns[0].known.places
    language = options.language or _language(columns, matches, notes)
    region = options.region or _region_of(columns, matches, notes)
    comparison = _comparison(matches, options.region or region, places, notes)
    site = options.site or _site(columns, notes)
    if options.licence is None:
        notes["licence"] = (
            f"{TO_BE_DECIDED}: under which licence were these data published? Give its IRI; publish waits for it"
        )
    if options.title is None:
        notes["title"] = f"{TO_BE_DECIDED}: what shall readers call these data?"
    if id_from and "as you said" not in id_from[1]:
        notes["id-from"] = f"guess: {id_from[1]}"
    return SourceFacts(
        name=name,
        prefix=options.prefix or _prefix(name, prefixes),
        title=options.title or name.replace("-", " ").capitalize(),
        language=language,
        licence=options.licence,
        observatory=options.observatory,
        site=site,
        region=region or _any_region(places, notes, located="locate:" in comparison),
        comparison=comparison,
        currency=_currency(columns, matches, notes),
        id_pattern=_id_pattern(id_from),
        id_from=id_from[0].name if id_from else None,
        reader=found.reader,
        files=f"samples/*{found.files[0].suffix}" if len({path.suffix for path in found.files}) == 1 else "samples/*",
        layout=_layout(found, columns),
        notes=notes,
    )


def _language(columns: Sequence[ColumnEvidence], matches: Matches, notes: dict[str, str]) -> str:
    """The language of the texts; of the columns' names, where the texts are too few to tell."""
    language, why = language_of((each for each in columns if each.kind in ("text", "prose")), columns[0].known.hints)
    named = Counter(each.name.language for each in matches.mapped if each.name.language and each.name.score >= SURE)
    if language is None and named:
        language, times = named.most_common(1)[0]
        why = f"{times} columns have names in '{language}'; {why}"
    if language is None:
        notes["language"] = f"{TO_BE_DECIDED}: in which language are the texts? {why}"
        return "en"
    notes["language"] = f"guess: {why}"
    return language


def _region_of(columns: Sequence[ColumnEvidence], matches: Matches, notes: dict[str, str]) -> str | None:
    """The region in which nearly all places of the source lie; the country where they lie in several."""
    naming = [each.column for each in matches.mapped if each.target.reads == "place"]
    regions = sum((each.regions() for each in naming), Counter())
    places = columns[0].known.places
    if not regions:
        return _country_of(matches, places, notes)
    code, most = regions.most_common(1)[0]
    total = sum(regions.values())
    region = places.by_code(code)
    if most >= 0.9 * total and region is not None:
        notes["region"] = f"guess: {region.name}, in which {most} of {total} places lie that the values name"
        return code
    country = region.within if region else ""
    notes["region"] = f"guess: the places lie in {len(regions)} regions of one country"
    return country or None


def _country_of(matches: Matches, places: PlaceIndex, notes: dict[str, str]) -> str | None:
    column = next((each.column for each in matches.mapped if each.target.name == "country"), None)
    found = (
        Counter(place.code for text in column.values if (place := places.find(text, None, "country")))
        if column
        else Counter()
    )
    if len(found) != 1:
        return None
    (code,) = found
    notes["region"] = "guess: the one country that the values name"
    return code


def _any_region(places: PlaceIndex, notes: dict[str, str], *, located: bool) -> str:
    """A country that is known, where nothing tells the source's: a source has to name one."""
    if located:
        notes["region"] = "guess: each record names its own country; only `convert: place` looks names up here"
    else:
        notes["region"] = f"{TO_BE_DECIDED}: in which region (ISTAT code) or country (three letters) do the places lie?"
    return "ITA" if places.by_code("ITA") else next(place.code for place in places if place.kind == "region")


def _comparison(matches: Matches, region: str | None, places: PlaceIndex, notes: dict[str, str]) -> str:
    """The line that states the region of comparison: of the source, or of each record, or that it is not known."""
    place = places.by_code(region) if region else None
    parts = {each.target.part: each.column.name for each in matches.mapped if each.target.part}
    if "country" in parts:
        ordered = [(key, parts[key]) for key in ("country", "province", "city") if key in parts]
        located = ", ".join(f"{key}: {writing.scalar(name)}" for key, name in ordered)
        return f"{{p: passo:comparisonRegion, locate: {{as: region, {located}}}}}"
    if place is not None and (place.kind == "region" or not any(each.within == place.code for each in places)):
        local = f"istat-{place.code}" if place.kind == "region" else f"country-{place.code.lower()}"
        if "region" in notes:
            notes["comparison"] = f"guess: as `region` in source.yaml: {place.name}"
        return f"{{p: passo:comparisonRegion, o: id/place/{local}}}"
    notes["comparison"] = (
        f"{TO_BE_DECIDED}: which region are these processes counted under? As id/place/istat-09 or id/place/country-fra"
    )
    return "{p: passo:comparisonRegion, o: cvl:answer/not-stated}"


def _site(columns: Sequence[ColumnEvidence], notes: dict[str, str]) -> str | None:
    """The site to which most web addresses of the values lead."""
    hosts = Counter(
        f"{parts.scheme}://{parts.netloc}/"
        for each in columns
        if each.kind == "web address"
        for text in each.distinct
        if (parts := urlsplit(text)).netloc
    )
    if hosts:
        site, times = hosts.most_common(1)[0]
        if times * 2 > sum(hosts.values()):
            notes["site"] = f"guess: {times} of {sum(hosts.values())} web addresses lead there"
            return site
    notes["site"] = (
        f"{TO_BE_DECIDED}: where on the web do these data come from? An address that ends in a slash; publish waits for it"
    )
    return None


def _prefix(name: str, taken: Collection[str]) -> str:
    """A prefix in small letters that no other source has."""
    letters = re.sub(r"[^a-z]", "", name)
    wanted = (letters if len(letters) >= 2 else letters + "src")[:12]
    endings = ("", *(chr(letter) for letter in range(ord("b"), ord("z") + 1)))
    return next(each for end in endings if (each := wanted[: 12 - len(end)] + end) not in taken)


def _id_pattern(id_from: tuple[ColumnEvidence, str] | None) -> str:
    if id_from and all(re.fullmatch(r"\d+\.0", text) for text in id_from[0].distinct):
        return r"(?P<id>\d+)(?:\.0)?"
    return "(?P<id>.+)"


def _currency(columns: Sequence[ColumnEvidence], matches: Matches, notes: dict[str, str]) -> str:
    money = [each.column for each in matches.mapped if each.target.reads == "money"]
    text = " ".join(part for each in money for part in (each.name, *each.distinct[:50])).casefold()
    currencies = columns[0].known.hints.currencies
    found = [
        code
        for code, names in currencies.items()
        if any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text) for n in names)
    ]
    if money and len(found) != 1:
        notes["currency"] = f"guess: EUR; {'several are named' if found else 'no column names a currency'}"
    return found[0] if found else "EUR"


def _layout(found: Sample, columns: Sequence[ColumnEvidence]) -> dict[str, Any]:
    layout = dict(found.layout) if found.reader.startswith("labelled") else _columns_layout(found)
    reasons = {text: why for each in columns for text, why in each.absences.items()}
    sentinels = {text: why for text, why in sorted(reasons.items()) if why != "absent"}
    layout |= {"sentinels": sentinels} if sentinels else {}
    absent = sorted(text for text, why in reasons.items() if why == "absent")
    if absent and not found.reader.startswith("labelled"):
        layout["absent"] = absent
    return layout


# -------------------------------------------------------------------------------------------------------------- places


def _places(matches: Matches, facts: SourceFacts) -> Matches:
    """Fields that name a place: those that say where a record counts are read together, a municipality by itself too."""
    kept, left = [], dict(matches.left)
    for each in matches.mapped:
        located = f": {writing.scalar(each.column.name)}" in facts.comparison
        if each.target.part is None or located or _is_municipality(each, facts.region):
            kept.append(each)
        else:
            left[each.column.name] = ("no municipality has such a name; see `locate` in docs/mapping.md", ())
    return Matches(tuple(kept), left)


def _described(matches: Matches, columns: Sequence[ColumnEvidence]) -> Matches:
    """A column of towns that are in no table of ours is published as it is written, where no town was recognised."""
    hints = columns[0].known.hints
    target = hints.target("territory-description")
    if target is None or any(each.target.name == "territory" for each in matches.mapped):
        return matches
    for column in columns:
        town = hints.target("territory")
        if (
            column.name in matches.left
            and column.values
            and town
            and name_fit(column.name, town.words, hints).score >= SURE
        ):
            because = "it is called as places are, and its values are no places that are known here"
            name = name_fit(column.name, town.words, hints)
            found = Match(column, target, name, ReadableShare(1.0, "text"), LIKELY, False, because)
            left = {label: why for label, why in matches.left.items() if label != column.name}
            return Matches((*matches.mapped, found), left)
    return matches


def _is_municipality(found: Match, region: str) -> bool:
    return found.target.part == "city" and (found.column.place("municipality", region).share or 0.0) >= RECOGNISED


def _further_lines(matches: Matches, known: KnownValues) -> tuple[writing.DraftLine, ...]:
    """What a process states without a column of its own: a status that is not known, the year of its start date."""
    found = {each.target.name: each for each in matches.mapped}
    status = writing.DraftLine(
        "process",
        "{p: passo:progressStatus, o: cvl:answer/not-stated}",
        f"{TO_BE_DECIDED}: does a column say whether a process is planned, ongoing or completed? Map it, and take this away",
    )
    title = writing.DraftLine(
        "process", "", f"{TO_BE_DECIDED}: which column holds the title? Without one no record is published"
    )
    asked = (*(() if "title" in found else (title,)), *(() if "status" in found else (status,)))
    return (*asked, *_start_year(found, known))


def _start_year(found: Mapping[str, Match], known: KnownValues) -> tuple[writing.DraftLine, ...]:
    date = found.get("start-date")
    year = found.get("start-year")
    if date is None or (year and year.column.values) or f"year-of-{date.fit.by}" not in known.converters:
        return ()
    names = ", ".join(map(writing.scalar, date.labels))
    source = f"[{names}]" if date.also else names
    return (writing.DraftLine("process", f"{{p: passo:startYear, from: {source}, convert: year-of-{date.fit.by}}}"),)


# ---------------------------------------------------------------------------------------------------- what is undecided
