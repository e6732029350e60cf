"""A page of HTML (docs/sources/labelled-html.md) has the fields of the same page as text, and the ticks of its checkboxes."""

import contextlib
import html
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passo_lod.pipeline.context import SourcePipeline
from passo_lod.records import FieldState, LineRole, Reading
from passo_lod.sources.html_text import visible_lines
from passo_lod.sources.page_files.labelled_html_reader import MAX_BYTES, read_html_page
from passo_lod.sources.read_error import ReadError
from passo_lod.sources.source import Source

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "emilia-romagna"
GOOD = sorted(PAGES.glob("good-*.txt"))
ANCHOR = "Hai gestito, partecipato o hai info su questo processo? Integra le informazioni"

Read = Callable[[str | bytes], Reading]


@pytest.fixture
def source(source_pipeline: SourcePipeline) -> Source:
    """The source of the text pages, as if they had been saved as HTML."""
    return replace(source_pipeline.source, reader=read_html_page, other_formats=())


@pytest.fixture
def read(source: Source, tmp_path: Path) -> Read:
    """Reads a page that is given as markup."""

    def reading(markup: str | bytes) -> Reading:
        path = tmp_path / "4711.html"
        path.write_bytes(markup if isinstance(markup, bytes) else markup.encode())
        (only,) = source.readings([path])
        return only

    return reading


def record_page(*parts: str) -> str:
    return f"<h1>Orto inventato</h1>\n<p>{ANCHOR}</p>\n" + "\n".join(parts)


def texts(markup: str) -> list[str]:
    return [line.text for line in visible_lines(markup)]


def field_texts(reading: Reading) -> dict[str, tuple[str, FieldState]]:
    assert reading.record, reading.results
    return {label: (field.text, field.state) for label, field in reading.record.fields.items()}


# --- The same page in several styles of markup ----------------------------------------------------------------------------


def divs(lines: list[tuple[str, LineRole]]) -> str:
    return "\n".join(f'<div class="{role.value}">{text}</div>' for text, role in lines)


def headings(lines: list[tuple[str, LineRole]]) -> str:
    tags = {LineRole.TITLE: "h1", LineRole.HEADING: "h2", LineRole.LABEL: "h3"}
    return "\r\n".join(f"<{(tag := tags.get(role, 'p'))}>\r\n  {text}\r\n</{tag}>" for text, role in lines)


def definitions(lines: list[tuple[str, LineRole]]) -> str:
    return "<dl>" + "".join(f"<{'dt' if role is LineRole.LABEL else 'dd'}>{text}" for text, role in lines) + "</dl>"


def rows(lines: list[tuple[str, LineRole]]) -> str:
    cells = (f"<tr><th>{text}" if role is LineRole.LABEL else f"<td>{text}" for text, role in lines)
    return f"<table><tbody>{''.join(cells)}</table>"


def breaks(lines: list[tuple[str, LineRole]]) -> str:
    return "<br/>\n".join(f"<b>{text}</b>" if role is LineRole.LABEL else text for text, role in lines)


def minified(lines: list[tuple[str, LineRole]]) -> str:
    return "".join(f"<p>{text}" for text, _ in lines)


@pytest.mark.parametrize("style", [divs, headings, definitions, rows, breaks, minified])
@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_page_of_html_has_the_fields_of_the_same_page_as_text(
    source_pipeline: SourcePipeline,
    source: Source,
    tmp_path: Path,
    path: Path,
    style: Callable[[list[tuple[str, LineRole]]], str],
) -> None:
    (expected,) = source_pipeline.source.readings([path])
    assert expected.record
    written = path.read_text(encoding="utf-8").split("\n")
    lines = [(html.escape(written[number - 1].strip()), role) for number, role in expected.record.roles]
    page = tmp_path / f"{path.stem}.html"
    page.write_text(
        f"<!DOCTYPE html><html><head><title>Scheda</title><style>p {{}}</style></head><body>{style(lines)}</body></html>",
        encoding="utf-8",
    )
    (found,) = source.readings([page])
    assert field_texts(found) == field_texts(expected)
    assert found.results == ()
    assert found.record
    roles = [Counter(role for _, role in each.record.roles) for each in (found, expected) if each.record]
    assert roles[0] == roles[1]


# --- What a page shows ----------------------------------------------------------------------------------------------------

SHOWN = [
    ("<p>uno</p>due<div>tre</div>", ["uno", "due", "tre"]),
    ("<p>un<b>o</b> <i>due</i><a href=x>tre</a>", ["uno duetre"]),
    ("uno<br>due<br/>tre", ["uno", "due", "tre"]),
    ("<p>  uno\n\t due\u00a0 tre ", ["uno due tre"]),
    ("L&rsquo;orto &amp; l&#39;aia &lt;x&gt; &egrave;", ["L’orto & l'aia <x> è"]),
    ("<ul><li>uno<li>due</ul><ol><li>tre</ol>", ["uno", "due", "tre"]),
    ("<table><tr><td>a<td>b<tr><th>c</table>", ["a", "b", "c"]),
    ("<pre>a  b\nc</pre>", ["a b", "c"]),
    ("a<script>x('<p>')</script><style>p{}</style><template><p>t</template><noscript>n</noscript>b", ["ab"]),
    ("<head><title>t</title><meta charset=utf-8><body>a", ["a"]),
    ("<div hidden>a<p>b</p></div>c<p style='color: red; DISPLAY : none'>d</p>e", ["ce"]),
    ("<p hidden>a<p>b", ["b"]),
    ("<span hidden>a<span>b</span>c</span>d", ["d"]),
    ("<img alt='Mappa'>a<svg><text>x</text></svg>", ["a"]),
    ("<select><option>a<option selected>b</select>", ["b"]),
    ("a<!-- b --><!DOCTYPE x><?php c ?>d", ["ad"]),
    ("</p></div></b>a</x>", ["a"]),
    ("<custom-element>a</custom-element>b", ["a", "b"]),
    ("a < b", ["a < b"]),
    ("", []),
]


@pytest.mark.parametrize(("markup", "lines"), SHOWN, ids=[each[0][:30] for each in SHOWN])
def test_the_lines_are_what_a_browser_shows(markup: str, lines: list[str]) -> None:
    assert texts(markup) == lines


CHECKBOXES = [
    ("<dt>Codecisione<dd><input type=checkbox checked>", ["Codecisione", "Sì"]),
    ("<dt>Codecisione<dd><input type='checkbox' disabled>", ["Codecisione", "No"]),
    ("<label><INPUT TYPE=CHECKBOX CHECKED='checked'> Codecisione</label>", ["Codecisione", "Sì"]),
    ("<p>Codecisione <input type=checkbox></p><p>x", ["Codecisione", "No", "x"]),
    ("<div hidden><input type=checkbox checked></div>a", ["a"]),
    ("<input type=checkbox hidden checked>a", ["a"]),
    ("<input type=text value=x>a<input type=radio checked>", ["a"]),
]


@pytest.mark.parametrize(("markup", "lines"), CHECKBOXES, ids=[each[0] for each in CHECKBOXES])
def test_a_checkbox_is_the_value_of_the_label_beside_or_before_it(markup: str, lines: list[str]) -> None:
    assert texts(markup) == lines


def test_the_tick_of_a_page_is_a_value_and_a_label_alone_is_not_captured(read: Read) -> None:
    found = field_texts(
        read(
            record_page(
                "<h2>Caratteristiche</h2>",
                "<label>Codecisione <input type=checkbox checked></label>",
                "<h3>Utilizzo di piattaforme tecnologiche, metodologie e strumenti digitali</h3>",
            )
        )
    )
    assert found["Codecisione"] == ("Sì", FieldState.VALUE)
    assert found["Utilizzo di piattaforme tecnologiche, metodologie e strumenti digitali"][1] is FieldState.CHECKBOX


def test_line_numbers_are_those_of_the_source() -> None:
    lines = visible_lines("<p>uno</p>\n<div>\n\n  due <b>\n tre</b></div><p>\nquattro\n<pre>\na\nb</pre>")
    assert [(line.number, line.text) for line in lines] == [
        (1, "uno"),
        (4, "due tre"),
        (6, "quattro"),
        (8, "a"),
        (9, "b"),
    ]


def test_a_fault_is_reported_at_its_line_of_the_html_source(read: Read) -> None:
    page = record_page("<h2>Processo</h2>", "<h3>Stato di avanzamento</h3>", "<p>Concluso", "", "<p>Etichetta nuova")
    (result,) = read(page).results
    assert (result.code, result.line) == ("unknown-label", 7)


# --- Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-8", '<meta charset="utf-8">'),
        ("cp1252", "<meta charset=iso-8859-1>"),
        ("cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'),
        ("utf-8", "<meta charset=unheard-of>"),
    ],
)
def test_the_encoding_is_the_one_that_the_page_declares(read: Read, encoding: str, stated: str) -> None:
    page = record_page("<h2>Obiettivi e Risultati<h3>Obiettivi<p>Perché è più “verde”")
    found = read(f"<head>{stated}</head>{page}".encode(encoding))
    assert field_texts(found)["Obiettivi"][0] == "Perché è più “verde”"


REFUSED = [
    (b"", "empty"),
    (b"solo testo", "other-kind"),
    (b"<p>a\0b", "binary"),
    (b"<p>Orto</p>", "no-title"),
    (b"<p>\xe8", "encoding"),
    (b"<p>" + b" " * MAX_BYTES, "too-large"),
    (b"<div>" * 600, "markup"),
    (b"<a " * 1000, "markup"),
    (b"<p><![boh[ x ]]>", "markup"),
    (("<p>a" + "\u0301" * 100).encode(), "accents"),
]


@pytest.mark.parametrize(("content", "code"), REFUSED, ids=[each[1] for each in REFUSED])
def test_a_file_that_is_no_page_is_rejected_with_what_would_be_right(read: Read, content: bytes, code: str) -> None:
    found = read(content)
    assert found.record is None
    (result,) = found.results
    assert result.code == code
    assert result.expected


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<!--", "<![CDATA[", "<?x ", "</a ", "&#", "<ul><li>x</ul>", '<a x="', "<p>x"]
)
@pytest.mark.parametrize("end", ["", ">", "-->"])
def test_no_markup_takes_long(unit: str, end: str) -> None:
    start = time.process_time()
    with contextlib.suppress(ReadError):
        visible_lines(unit * (300_000 // len(unit)) + end)
    assert time.process_time() - start < 10


WORDS = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="<>&"), min_size=1, max_size=8)
TAGS = st.sampled_from(["p", "div", "b", "span", "li", "td", "h2", "dd", "section", "em", "x-y"])


@settings(max_examples=150)
@given(parts=st.lists(st.tuples(TAGS, WORDS, st.booleans()), max_size=20))
def test_no_word_that_a_page_shows_is_lost_or_moved(parts: list[tuple[str, str, bool]]) -> None:
    markup = "".join(f"<{tag}> {word} " + (f"</{tag}>" if ended else "") for tag, word, ended in parts)
    assert " ".join(texts(markup)).split() == [word for _, text, _ in parts for word in text.split()]


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(markup=st.text("<>/!-[]=\"' abpdivh&;#\n", max_size=80) | st.text(max_size=40))
def test_any_markup_is_read_or_rejected(markup: str) -> None:
    lines = []
    with contextlib.suppress(ReadError):
        lines = visible_lines(markup)
    assert all(line.text and line.text == " ".join(line.text.split()) for line in lines)
    assert all(1 <= line.number <= markup.count("\n") + 1 for line in lines)
