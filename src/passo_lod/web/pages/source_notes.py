"""Say beside the values of a page from which line of a file of the source they come, in the reader's language."""

from collections.abc import Iterable, Sequence

from passo_lod.messages.message_catalogue import find_message, message
from passo_lod.web.http.iri_policy import as_uri
from passo_lod.web.pages.field_places import FieldRow
from passo_lod.web.pages.page_model import SourceNote
from passo_lod.web.pages.reader_locale import ReaderLocale


class SourceNotes:
    """The notes of one page.

    Attributes:
        page: the address of the page about the provenance of all fields.
    """

    def __init__(self, fields: Sequence[FieldRow], reader: ReaderLocale, document: str) -> None:
        self._reader = reader
        self._path = as_uri(f"/doc/{document}/provenance")
        self.page = reader.href(self._path)
        self._by_statement: dict[tuple[str, str], list[FieldRow]] = {}
        self._by_subject: dict[str, list[FieldRow]] = {}
        self._by_label = {row.label: row for row in fields}
        for row in fields:
            for subject, predicate in row.statements:
                self._by_statement.setdefault((subject, predicate), []).append(row)
                self._by_subject.setdefault(subject, []).append(row)

    def of_statement(self, subject: str, predicate: str) -> tuple[SourceNote, ...]:
        """Where the values of a property come from."""
        return self._notes(self._by_statement.get((subject, predicate), ()))

    def of_parts(self, parts: Iterable[str]) -> tuple[SourceNote, ...]:
        """Where all values of some parts of a thing come from."""
        return self._notes([row for part in parts for row in self._by_subject.get(part, ())])

    def of_labels(self, labels: Iterable[str]) -> tuple[SourceNote, ...]:
        """Where the fields with some labels stand."""
        return self._notes([self._by_label[label] for label in labels if label in self._by_label])

    def _notes(self, rows: Iterable[FieldRow]) -> tuple[SourceNote, ...]:
        """A note for each line; a field in a syntax without lines has none."""
        by_line: dict[tuple[str, int], list[FieldRow]] = {}
        for row in rows:
            if row.line is not None:
                by_line.setdefault((row.file, row.line), []).append(row)
        return tuple(self._note(same) for _, same in sorted(by_line.items()))

    def _note(self, rows: Sequence[FieldRow]) -> SourceNote:
        text = line_text(rows[0], self._reader.language)
        labels = ", ".join(dict.fromkeys(label_text(row, self._reader.language) for row in rows))
        href = self._reader.href(f"{self._path}#{as_uri(rows[0].anchor)}")
        return SourceNote(text, f"{rows[0].file}, {text}: {labels}", href)


def label_text(row: FieldRow, language: str) -> str:
    """The label of a field; in words for the title and the badge of a page, which have no label there."""
    words = find_message(f"page.label-{row.label[1:]}", language) if row.label.startswith("@") else None
    return words or row.label


def line_text(row: FieldRow, language: str) -> str:
    """The line or lines of a field in words; empty in a syntax without lines."""
    unit = "row" if row.is_in_workbook else "line"
    number = f"{unit}s" if row.last_line != row.line else unit
    return message(f"page.{number}-of-file", language, lines=row.lines) if row.lines else ""
