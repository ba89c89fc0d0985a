"""Three steps of the PDF engine that take a fifth of its time, made quicker.

Each comes to the same as the library's own, but that streams are compressed at zlib's usual level
and not at its highest: the file is four hundredths larger. They are used with the versions that
they were read from; with others the libraries do as they do.
"""

from __future__ import annotations

import sys
import zlib
from math import inf
from typing import Any

import pydyf
import weasyprint
from weasyprint.css.properties import Dimension
from weasyprint.formatting_structure.boxes import Box, PageBox
from weasyprint.layout import percent

READ_FROM = {"weasyprint": "70.0", "pydyf": "0.13.0"}
_LEVEL = 6
_LENGTHS = (
    "margin_left", "margin_right", "padding_left", "padding_right",
    "width", "min_width", "max_width",
    "margin_top", "margin_bottom", "padding_top", "padding_bottom",
    "height", "min_height", "max_height",
)  # fmt: skip
_LEAST = ("min_width", "min_height")
_BORDERS = (
    "border_top_width", "border_right_width", "border_bottom_width", "border_left_width",
)  # fmt: skip


def quicken() -> bool:
    """Use what is here in this process from now on; whether the versions are the right ones."""
    if {"weasyprint": weasyprint.__version__, "pydyf": pydyf.__version__} != READ_FROM:
        return False
    pydyf.PDF.page_references = property(_page_references)
    pydyf.Stream.data = property(_stream)
    own = percent.resolve_percentages
    for name, module in list(sys.modules.items()):
        if name.startswith("weasyprint.") and vars(module).get("resolve_percentages") is own:
            module.resolve_percentages = resolve_percentages  # type: ignore[attr-defined]
    return True


def _page_references(pdf: Any) -> tuple[bytes, ...]:
    """How each page is named; asked for every element of the structure, and made once."""
    pages = pdf.pages["Kids"]
    known: tuple[bytes, ...] = vars(pdf).get("reportgen_references", ())
    if 3 * len(known) != len(pages):
        known = tuple(b"%d 0 R" % number for number in pages[::3])
        pdf.reportgen_references = known
    return known


def _stream(stream: Any) -> bytes:
    """The object of a stream as it stands in the file."""
    content = b"\n".join(map(pydyf._to_bytes, stream.stream))
    about = pydyf.Dictionary(stream.extra.copy())
    if stream.compress:
        about["Filter"] = "/FlateDecode"
        content = zlib.compress(content, _LEVEL)
    about["Length"] = len(content)
    head: bytes = about.data
    return b"\n".join((head, b"stream", content, b"endstream"))


_own = percent.resolve_percentages
_PLAIN = (type(None), Dimension)


def resolve_percentages(box: Any, containing_block: Any) -> None:
    """Set the used lengths of a box in one pass (CSS 2.2, 8.3, 8.4 and 10.2 to 10.7).

    What is computed (``calc()``), and names of sizes but ``auto``, are left to the library.
    """
    style = box.style
    lengths = [style[name] for name in _LENGTHS]
    if any(one.__class__ not in _PLAIN and one != "auto" for one in lengths):
        _own(box, containing_block)
        return
    if isinstance(containing_block, Box):
        width, height = containing_block.width, containing_block.height
    else:
        width, height = containing_block
    used = vars(box)
    side = height if isinstance(box, PageBox) else width
    open_ended = height == "auto"
    references = (
        width, width, width, width, width, width, width, side, side, side, side,
        height, 0 if open_ended else height, inf if open_ended else height,
    )  # fmt: skip
    for name, length, whole in zip(_LENGTHS, lengths, references, strict=True):
        if length.__class__ is not Dimension:
            used[name] = 0 if length and name in _LEAST else length
        elif length.unit != "%":
            used[name] = length.value
        elif whole == "auto":
            # Of a height that hangs on what is in it.
            used[name] = "auto"
        else:
            used[name] = whole * length.value / 100
    collapse = style["border_collapse"] == "collapse"
    for name in _BORDERS:
        # Where borders collapse, those of cells are there already.
        if not (collapse and hasattr(box, name)):
            used[name] = style[name]
    if style["box_sizing"] != "content-box":
        percent.adjust_box_sizing(box, "width")
        percent.adjust_box_sizing(box, "height")
