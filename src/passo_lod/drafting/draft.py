"""Draft source.yaml, mapping.yaml and reference.ttl of a new source from its files; for the command `new-source`."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from passo_lod.drafting import draft_files
from passo_lod.drafting.column_evidence import ColumnEvidence, KnownValues
from passo_lod.drafting.cross_table import check_no_cross_table
from passo_lod.drafting.currency_matches import state_currencies
from passo_lod.drafting.draft_files import TO_BE_DECIDED, DraftLine, SourceFacts, scalar
from passo_lod.drafting.draft_options import DraftOptions, check_file_names, check_options, check_source_name
from passo_lod.drafting.file_sampler import sample_files
from passo_lod.drafting.matching import Match, Matches, match_columns
from passo_lod.drafting.name_similarity import SURE, match_name
from passo_lod.drafting.page_labels import find_labels
from passo_lod.drafting.place_matches import (
    locate_cities,
    map_unknown_towns_as_text,
    names_municipalities,
    select_place_matches,
)
from passo_lod.drafting.sample import MAX_ROWS, Sample
from passo_lod.drafting.setting_guesses import RecordIds, find_record_ids, guess_facts, layout_with_columns
from passo_lod.errors import SourceError
from passo_lod.sources.reading_builder import LINE_NUMBER
from passo_lod.sources.source import Source
from passo_lod.sources.source_settings import UNDECIDED
from passo_lod.text_folding import printable_path


@dataclass(frozen=True)
class Draft:
    """A drafted source that is not written yet.

    Attributes:
        facts: the settings of the source.
        sample: the sample of its files.
        columns: its columns with their evidence.
        matches: the matches of the columns.
        record_ids: what gives the ids; None if a file's name is the id.
        sample_summary: which files were sampled, and how many records.
        more_lines: lines of the mapping without a column.
    """

    facts: SourceFacts
    sample: Sample
    columns: tuple[ColumnEvidence, ...]
    matches: Matches
    record_ids: RecordIds | None
    sample_summary: str
    more_lines: tuple[DraftLine, ...]

    @property
    def texts(self) -> dict[str, str]:
        """The text of each file by its name."""
        maps = self.columns[0].known.hints.maps
        columns = (line for each in self.ordered_matches for line in draft_files.draft_lines(each))
        lines = [*columns, *self.more_lines]
        return {
            "source.yaml": draft_files.source_yaml(self.facts, self.sample_summary),
            "mapping.yaml": draft_files.mapping_yaml(
                self.facts, lines, maps, self._ignored, self._existence_label, self.sample_summary
            ),
            "reference.ttl": draft_files.reference_ttl(self.facts),
        }

    @property
    def ordered_matches(self) -> list[Match]:
        """The matches that become lines, in the order of hints.yaml, in which people read of a process."""
        order = {target.name: at for at, target in enumerate(self.columns[0].known.hints.targets)}
        matches = (each for each in self.matches.mapped if self._has_line(each))
        return sorted(matches, key=lambda each: order[each.target.name])

    def _has_line(self, match: Match) -> bool:
        return match.target.part is None or names_municipalities(match, self.facts.region)

    @property
    def region_matches(self) -> list[Match]:
        """The matches without a line of their own: together they name the region of comparison of a record."""
        return [each for each in self.matches.mapped if not self._has_line(each)]

    @property
    def _ignored(self) -> dict[str, tuple[str, list[str]]]:
        """The columns under `ignore`, each with the reason and the lines that it could become."""
        id_label = self.record_ids.column.name if self.record_ids and self.record_ids.column else None
        return {
            label: (
                f"{TO_BE_DECIDED}: {reason}",
                [draft_files.suggested_line(each) for each in suggestions if each.target.p],
            )
            for label, (reason, suggestions) in self.matches.left.items()
            if label != id_label
        }

    @property
    def _existence_label(self) -> str:
        """The label whose value makes a record exist: the title, else the id, else the first column."""
        title = next((each.column.name for each in self.matches.mapped if each.target.name == "title"), None)
        ids = [label for label in self.facts.id_from if label != LINE_NUMBER]
        return title or next(iter(ids), self.columns[0].name)

    def write(self, sources: Path, verify: Callable[[Path], object]) -> Path:
        """Write the draft and a copy of the files to a new folder, which appears only when it is complete.

        Args:
            sources: the folder of the sources.
            verify: opens the folder of a source; raises if the draft is not in order.

        Returns:
            The folder of the new source.

        Raises:
            SourceError: a source of that name exists, or the folder cannot be written.
        """
        target = sources / self.facts.name
        try:
            sources.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".draft-", dir=sources) as scratch:
                folder = Path(scratch) / self.facts.name
                self._write_files(folder)
                verify(folder)
                check_source_name(sources, self.facts.name)
                folder.rename(target)
        except OSError as error:
            raise SourceError(f"{target}: cannot be written ({error.strerror}); nothing was written") from error
        return target

    def _write_files(self, folder: Path) -> None:
        (folder / "samples").mkdir(parents=True)
        for name, text in self.texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in self.sample.files:
            shutil.copyfile(path, folder / "samples" / path.name)


def draft_source(
    name: str, files: Sequence[Path], known: KnownValues, options: DraftOptions, prefixes: Collection[str]
) -> Draft:
    """Sample the files of a new source and draft it.

    Args:
        name: of the source.
        files: its files, of one kind.
        known: what values are compared with.
        options: what the person states.
        prefixes: the prefixes of other sources.

    Raises:
        SourceError: an option is wrong, or the files cannot be a source.
    """
    check_file_names(files)
    check_options(options, known.places, prefixes)
    sample = sample_files(files, options.records)
    sample = _find_labels(sample, known) if "pages" in sample.layout else _read_values_with_reader(name, sample)
    columns = tuple(ColumnEvidence(each, known) for each in sample.columns)
    check_no_cross_table(sample, columns)
    record_ids = find_record_ids(sample, columns, options)
    used = [record_ids.column.name] if record_ids and record_ids.column else []
    matches = locate_cities(match_columns(columns, known.hints, used), columns)
    facts = guess_facts(name, sample, columns, matches, record_ids, options, prefixes)
    matches = map_unknown_towns_as_text(select_place_matches(matches, facts), columns)
    matches = state_currencies(matches, columns, facts)
    return Draft(facts, sample, columns, matches, record_ids, _summary(sample), _lines_without_column(matches, known))


def _summary(sample: Sample) -> str:
    names = [printable_path(Path(path.name)) for path in sample.files]
    listed = ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} more"
    records = "records" if sample.is_complete else "records at its beginning"
    return f"{listed} ({sample.record_count:,} {records})"


def _find_labels(sample: Sample, known: KnownValues) -> Sample:
    """The sampled pages with their labels, which recurrence and the words of our terms show."""

    def is_name(line: str) -> bool:
        targets = known.hints.targets
        return any(match_name(line, target.words, known.hints).score >= SURE for target in targets)

    def is_value(line: str) -> bool:
        return bool(known.hints.missing_value_reason(line)) or any(
            known.schemes[code].find(line) is not None for code in known.schemes.codes if code != "criterion"
        )

    return find_labels(sample, is_name, is_value)


def _read_values_with_reader(name: str, sample: Sample) -> Sample:
    """The sample with the values that the source's own reader gives, which are those that a mapping gets."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        (folder / "source.yaml").write_text(
            draft_files.source_yaml(_provisional_facts(name, sample), "a first look"), encoding="utf-8"
        )
        readings = islice(Source.open(folder).readings(list(sample.files)), MAX_ROWS)
        records = [reading.record for reading in readings if reading.record is not None]
    if not records:
        return sample
    for column in sample.columns:
        fields = [record.fields.get(column.name) for record in records]
        column.texts = [text for field in fields for text in (field.texts if field else [""])]
    return replace(sample, record_count=len(records))


def _provisional_facts(name: str, sample: Sample) -> SourceFacts:
    """Settings with which the reader can read the sample; of a table, the fullest column is the id."""
    is_table = sample.reader == "table"
    fullest = max(sample.columns, key=lambda column: len(column.non_empty))
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
        id_pattern=r"(?s)(?P<id>.*)" if is_table else "(?P<id>.+)",
        id_from=(fullest.name,) if is_table else (),
        reader=sample.reader,
        files="samples/*",
        layout=layout_with_columns(sample),
    )


# ------------------------------------------------------------------------------------------------ lines without a column


def _lines_without_column(matches: Matches, known: KnownValues) -> tuple[DraftLine, ...]:
    """Questions for title and status if no column gives them, and the start year if the start date does."""
    by_target = {each.target.name: each for each in matches.mapped}
    title = DraftLine(
        "process", "", f"{TO_BE_DECIDED}: which column holds the title? Without one no record is published"
    )
    status = DraftLine(
        "process",
        "",
        f"{TO_BE_DECIDED}: does a column show whether a process is planned, ongoing or completed? Map it, and delete this line",
    )
    questions = (*(() if "title" in by_target else (title,)), *(() if "status" in by_target else (status,)))
    return (*questions, *_start_year_line(by_target, known))


def _start_year_line(by_target: Mapping[str, Match], known: KnownValues) -> tuple[DraftLine, ...]:
    date, year = by_target.get("start-date"), by_target.get("start-year")
    if date is None or (year and year.column.values) or "year" not in known.converters:
        return ()
    labels = ", ".join(map(scalar, date.labels))
    source = f"[{labels}]" if date.more_columns else labels
    return (DraftLine("process", f"{{p: passo:startYear, from: {source}, convert: year}}"),)
