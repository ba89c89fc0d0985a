"""Rows of a worksheet, each written as one piece of XML.

The workbook's library takes a cell at a time, checks it, keeps it and writes it later: of the ten
million cells of a thousand accounts that takes a minute. Here a row is made as text at once; what
comes out is what the library writes for the same cells (ECMA-376 part 1, 18.3.1.73 row, 18.3.1.4 c
with an inline string).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from reportgen.render.tables import Cell

# Excel's own limit, in UTF-16 units (Microsoft, "Excel specifications and limits").
_MOST_CHARACTERS = 32_767
_CUT = "… (cut: a cell holds 32,767 characters; the CSV file has all)"
# What XML 1.0 cannot carry, and what would reorder the text around it.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
# What is not written into XML as it is: markup, what Excel reads as an escape, line ends that XML
# would change, and blanks at an end.
_SPECIAL = re.compile(r"[&<>\r]|_x[0-9A-Fa-f]{4}_|\A\s|\s\Z")
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# Words that come again and again are made once: so many of them, none longer than that.
_WORDS, _LONGEST = 20_000, 60


class RowSheet(Worksheet):  # type: ignore[misc]
    """A worksheet of a workbook in ``constant_memory``, which takes whole rows as well."""

    def __init__(self) -> None:
        super().__init__()
        self._words: dict[str, str] = {}
        self._letters: list[str] = []

    def write_cells(self, row: int, cells: Iterable[Cell]) -> None:
        """Write a row below all that was written so far; None and "" leave a cell empty."""
        said: list[str] = []
        words, letters, number = self._words, self._letters, row + 1
        for column, value in enumerate(cells):
            if value is None or value == "":
                continue
            if column >= len(letters):
                letters += [xl_col_to_name(n) for n in range(len(letters), column + 1)]
            if value.__class__ is str:
                content = words.get(value) or self._text(value)
            else:
                content = _other(value)
            said.append(f'<c r="{letters[column]}{number}"{content}')
        if said:
            self._written(row, len(letters) - 1, f'<row r="{number}">{"".join(said)}</row>')

    def _text(self, value: str) -> str:
        content = string(value)
        if len(value) <= _LONGEST and len(self._words) < _WORDS:
            self._words[value] = content
        return content

    def _written(self, row: int, column: int, xml: str) -> None:
        # The library writes the row before when a row begins: here there is none to write after.
        self._write_single_row(row)
        self._check_dimensions(row, column)
        stream: Any = self.fh
        stream.write(xml)


def _other(value: Cell) -> str:
    if isinstance(value, bool):
        return string("yes" if value else "no")
    if isinstance(value, (int, float)):
        return f"><v>{value:.16G}</v></c>"
    return string(str(value))


def string(text: str) -> str:
    """What follows a cell's place where it holds text, never a formula, a link or markup."""
    text = cell_text(text)
    if not _SPECIAL.search(text):
        return f' t="inlineStr"><is><t>{text}</t></is></c>'
    text = _ESCAPE.sub("_x005F_", text).replace("\r", "_x000D_")
    space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f' t="inlineStr"><is><t{space}>{text}</t></is></c>'


def cell_text(text: str) -> str:
    """Text as a cell can hold it: no character that XML lacks, and at most 32,767 of them."""
    if not text.isascii() or not text.isprintable():
        text = _FORBIDDEN.sub("\ufffd", text)
    if len(text) * 2 > _MOST_CHARACTERS and _units(text) > _MOST_CHARACTERS:
        kept = text.encode("utf-16-le")[: 2 * (_MOST_CHARACTERS - len(_CUT))]
        # Half a pair at the cut is left out.
        text = kept.decode("utf-16-le", "ignore") + _CUT
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
