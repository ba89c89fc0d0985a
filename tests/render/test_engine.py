"""The engine's steps that are made quicker come to what the library's own come to."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pydyf
import pytest
import weasyprint
from hypothesis import example, given, settings
from hypothesis import strategies as st
from weasyprint import HTML
from weasyprint.layout import percent

from reportgen.render import engine

OF = (
    (pydyf.PDF, "page_references"),
    (pydyf.Stream, "data"),
    *(
        (module, "resolve_percentages")
        for name, module in sys.modules.items()
        if name.startswith("weasyprint.") and hasattr(module, "resolve_percentages")
    ),
)


@contextmanager
def quick(level: int = 9) -> Iterator[None]:
    """With the quicker steps; at the library's own level of zlib every byte is the same."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in OF:
            # What stands there comes back at the end.
            patch.setattr(owner, name, vars(owner)[name])
        patch.setattr(engine, "_LEVEL", level)
        assert engine.quicken()
        yield


def pdf(html: str) -> bytes:
    made: bytes = HTML(string=html).write_pdf(pdf_identifier=b"x", pdf_variant="pdf/a-3a")
    return made


def document(*styles: str) -> str:
    one, two, three, table, cell = styles
    return f"""<html lang="en"><head><title>T</title><style>
@page {{ size: 60mm 80mm; margin: 5% 4mm }}
table {{ border-collapse: {table}; width: 90% }} td {{ {cell}; border-bottom: 1pt solid }}
</style></head><body><section style="{one}"><div style="{two}"><p style="{three}">Some words of
a sentence that wraps</p></div></section><table><thead><tr><th>A<th>B</thead>
<tr><td>one<td rowspan="2">two<tr><td>three</table>
<div style="break-before: page; position: absolute; top: 10%; {two}">there</div>
<p style="break-before: page; float: left; {three}">last</p></body></html>"""


LENGTHS = ("auto", "0", "3mm", "10%", "calc(1mm + 10%)", "min-content", "max(2mm, 5%)")
NAMES = (
    "margin", "padding", "width", "height", "min-width", "max-width", "min-height", "max-height",
    "margin-top", "padding-left",
)  # fmt: skip
RULE = st.builds("{}: {}".format, st.sampled_from(NAMES), st.sampled_from(LENGTHS))
STYLE = st.builds(
    "; ".join,
    st.tuples(
        RULE,
        RULE,
        RULE,
        st.sampled_from(("", "box-sizing: border-box", "box-sizing: padding-box")),
        st.sampled_from(("", "border: 2px solid")),
    ),
)


@settings(max_examples=25)
@given(STYLE, STYLE, STYLE, st.sampled_from(("collapse", "separate")), STYLE)
# Shares of a height that hangs on what is in it.
@example("width: auto", "max-height: 10%; border: 2px solid", "max-height: 10%", "collapse", "")
def test_every_byte_is_the_same(one: str, two: str, three: str, table: str, cell: str) -> None:
    html = document(one, two, three, table, cell)
    plain = pdf(html)
    with quick():
        assert pdf(html) == plain


def test_most_lengths_need_no_step_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    own = percent.resolve_percentages
    monkeypatch.setattr(engine, "_own", lambda box, around: (asked.append(box), own(box, around)))
    html = document("margin: 3mm", "width: 50%", "padding: 0", "collapse", "height: auto")
    with quick():
        pdf(html)
        assert not asked
        pdf(html.replace("50%", "calc(10% + 1mm)"))
    assert asked


def test_streams_are_compressed_at_the_usual_level() -> None:
    stream = pydyf.Stream([b"q", 1.5, b"Q"] * 200, {"N": 1}, compress=True)
    plain = pydyf.Stream([b"q", 1.5, b"Q"], {"N": 1})
    whole = plain.data
    with quick(6):
        packed = zlib.compress(b"\n".join([b"q", b"1.5", b"Q"] * 200), 6)
        head = b"<</N 1/Filter /FlateDecode/Length %d>>" % len(packed)
        assert stream.data == b"\n".join((head, b"stream", packed, b"endstream"))
        assert plain.data == whole


def test_pages_are_named_anew_when_there_are_more() -> None:
    made = pydyf.PDF()
    with quick():
        assert made.page_references == ()
        for count in (1, 2):
            made.add_page(pydyf.Dictionary())
            named = made.page_references
            assert named == tuple(f"{3 + n} 0 R".encode() for n in range(count))
            assert made.page_references is named


@pytest.mark.parametrize("library", [weasyprint, pydyf])
def test_another_version_of_a_library_does_as_it_does(
    library: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [vars(owner)[name] for owner, name in OF]
    monkeypatch.setattr(library, "__version__", "99.0")
    assert engine.quicken() is False
    assert [vars(owner)[name] for owner, name in OF] == before
