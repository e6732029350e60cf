"""Labels of record pages are the lines that recur with different values after them."""

from pathlib import Path

import pytest

from passo_lod.drafting.page_labels import find_labels, sample_pages
from passo_lod.drafting.sample import Sample
from passo_lod.errors import SourceError

PAGE = """Sogno di una piazza {n}
Segnala un errore
Dati
Colore
{colour}
Altezza
{n}00 metri
Forma
{form}Racconto
{prose}
Aggiornato: 0{n}/01/2024
"""


def sampled(folder: Path, texts: list[str]) -> Sample:
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"{number}.txt")
        files[-1].write_text(text, encoding="utf-8")
    return find_labels(sample_pages(files, "text"), lambda line: False, lambda line: False)


@pytest.fixture
def found(tmp_path: Path) -> Sample:
    colours = ["rosso", "rosso", "verde", "blu"]
    return sampled(
        tmp_path,
        [
            PAGE.format(n=n, colour=colour, prose=f"parola {n} " * 40, form="tonda\n" if n == 2 else "")
            for n, colour in enumerate(colours, start=1)
        ],
    )


def test_title_anchor_headings_labels_and_inline_labels_are_found(found: Sample) -> None:
    assert found.layout["title-before"] == "Segnala un errore"
    assert found.layout["inline"] == ["Aggiornato"]
    assert found.layout["sections"] == {"Dati": ["Colore", "Altezza", "Forma", "Racconto"]}
    assert found.layout["free-text"] == ["Racconto"]


def test_a_recurring_value_is_no_label_and_a_label_alone_has_no_value(found: Sample) -> None:
    values = {column.name: column.texts for column in found.columns}
    assert values["Colore"] == ["rosso", "rosso", "verde", "blu"]
    assert values["Forma"] == ["", "tonda", "", ""]
    assert values["@title"] == [f"Sogno di una piazza {n}" for n in (1, 2, 3, 4)]
    assert values["Aggiornato"][0] == "01/01/2024"


def test_pages_without_common_lines_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no line follows the title on every page"):
        sampled(tmp_path, ["uno\ndue\n", "tre\nquattro\n"])
