"""The child process that makes PDFs: what it spares itself changes no byte."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

import pydyf
import pytest
from weasyprint import HTML
from weasyprint.css import ComputedStyle

from reportgen.render.pdf import PdfRenderer
from reportgen.render.worker import PlainDocument, kind_of, write_once

PLAIN = """<html lang="en"><head><title>T</title><style>li { color: #333 }</style></head><body>
<h1>Head</h1><ul><li>one<li>two</ul><ol><li>one<ol type="a"><li>inner</ol><li>two</ol>
<table><tr><td>a <q>quoted</q><td>b<br>c</table><p>a<wbr>b</p></body></html>"""


def pdf(kind: type[HTML], html: str) -> bytes:
    made: bytes = kind(string=html).write_pdf(pdf_identifier=b"x", pdf_variant="pdf/a-3a")
    return made


def test_without_styles_of_notes_the_pdf_is_the_same(caplog: pytest.LogCaptureFixture) -> None:
    assert kind_of(PLAIN) is PlainDocument
    assert pdf(PlainDocument, PLAIN) == pdf(HTML, PLAIN)
    assert not [r for r in caplog.records if r.name == "weasyprint"]


def styles_of(kind: type[HTML]) -> int:
    """How many styles the engine keeps of the document while it is laid out."""
    gc.collect()
    document = kind(string=PLAIN).render()
    found = sum(isinstance(one, ComputedStyle) for one in gc.get_objects())
    assert document.pages
    return found


def test_the_engine_keeps_fewer_styles() -> None:
    # Once a later version of the engine words its own style otherwise, this tells.
    assert styles_of(PlainDocument) < styles_of(HTML) / 3


@pytest.mark.parametrize("place", ["footnote", " footnote"])
def test_a_document_with_a_footnote_keeps_it(place: str) -> None:
    html = f"<p>Text<span style='float:{place}'>beside</span>"
    assert kind_of(html) is HTML


@pytest.mark.parametrize("style", ["display:list-item", "DISPLAY: LIST-ITEM"])
def test_what_is_made_an_item_of_a_list_keeps_its_marker(style: str) -> None:
    assert kind_of(f"<div style='{style}'>one</div>") is HTML


def made_with(finisher: Callable[[object, pydyf.PDF], None] | None) -> tuple[bytes, int]:
    """A PDF with a page's stream and others, and how often the content of such was made."""
    count = 0
    own = pydyf.Stream.data.fget

    def counted(stream: pydyf.Stream) -> bytes:
        nonlocal count
        count += 1
        content: bytes = own(stream)
        return content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pydyf.Stream, "data", property(counted))
        content = PlainDocument(string=PLAIN).write_pdf(
            finisher=finisher, pdf_identifier=b"x", pdf_variant="pdf/a-3a"
        )
    return content, count


def test_each_object_is_made_once_and_the_pdf_is_the_same() -> None:
    plain, often = made_with(None)
    once, rarely = made_with(lambda _, made: write_once(made))
    assert once == plain
    # Two more are made behind: the stream of other objects (twice too), and the table of all.
    assert rarely < often
    assert 2 * rarely <= often + 3


def test_the_process_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    links = "".join(f'<link rel="stylesheet" href="styles/{n}.css">' for n in ("fonts", "report"))
    html = PLAIN.replace("<style>", f"{links}<style>", 1)
    with PdfRenderer() as renderer:
        assert renderer.render(html, "x" * 32, "2026-09-30T00:00:00Z").startswith(b"%PDF")
    assert list(tmp_path.iterdir()) == []
