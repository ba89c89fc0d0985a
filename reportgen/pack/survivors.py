"""Looks for names that were to be replaced in everything that a redacted pack will hold.

A name that is a word of reportgen's own texts ("security", "billing") cannot be told from that
word, and is passed over; any other that is found stops the pack. Where a text is packed in another
(zip, PDF streams, Parquet, base64, URL-encoding), the inner one is looked through as well. A PDF's
pages have numbers of letters in their fonts: what they say is told by the page made of the same.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from reportgen.errors import ConfigError
from reportgen.pack.writer import Source, content_of_source
from reportgen.render.parquet import column_texts
from reportgen.resources import data_folder

_TOKEN = re.compile(r"[\w.+=,@%-]+")
_PART = re.compile(r"[^\W_]+(?:[._@+-][^\W_]+)*")
_PLAIN = re.compile(r"[^\W_]+(?:[._-]+[^\W_]+)*")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{32,}={0,2}")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_ZIPPED = (".xlsx", ".docx", ".zip")


class Survivors:
    """Finds names in contents."""

    def __init__(self, names: Iterable[str]) -> None:
        known = own_words()
        wanted = {
            n for n in names if len(n) > 2 and not {p.casefold() for p in _PART.findall(n)} <= known
        }
        self._tokens = {n for n in wanted if _TOKEN.fullmatch(n)}
        # Names of several words are rare, and looked for as they are.
        self._others = sorted(wanted - self._tokens)

    def within(self, name: str, content: bytes) -> set[str]:
        """The names that a file holds, or is named by."""
        found = self._of_text(name)
        for text in _texts(name, content):
            found |= self._of_text(text)
        return found

    def _of_text(self, text: str) -> set[str]:
        if "%" in text:
            text += "\n" + unquote(text)
        tokens = set(_TOKEN.findall(text))
        tokens.update(*(_PART.findall(token) + _PLAIN.findall(token) for token in tokens))
        tokens |= {token.strip(".,=+-%") for token in tokens}
        return (tokens & self._tokens) | {n for n in self._others if n in text}


def hold_none(names: Iterable[str], entries: Iterable[tuple[str, Source]]) -> None:
    """Look through every file of a pack. Raises ConfigError that names the first one."""
    survivors = Survivors(names)
    for name, source in entries:
        found = sorted(survivors.within(name, content_of_source(source)))
        if found:
            raise ConfigError(
                f"{name} would hold {found[0]!r}"
                + (f" and {len(found) - 1} other names" if len(found) > 1 else "")
                + ", which --redact is to replace.",
                "An own control or framework may say it. No pack was written.",
            )


@cache
def own_words() -> frozenset[str]:
    """Every word of reportgen's own texts and of the shipped catalogue, in small letters."""
    package = Path(__file__).parents[1]
    found: set[str] = set()
    for path in (*package.rglob("*.py"), *_shipped()):
        text = path.read_text(encoding="utf-8", errors="replace").casefold()
        found.update(_PART.findall(text))
    return frozenset(found)


def _shipped() -> Iterator[Path]:
    for folder in ("controls", "templates"):
        yield from data_folder(folder).rglob("*.yaml")
        yield from data_folder(folder).rglob("*.html")


def _texts(name: str, content: bytes) -> Iterator[str]:
    """A content and what is packed in it, as texts."""
    yield content.decode("utf-8", "replace")
    if name.lower().endswith(_ZIPPED):
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            for info in inner.infolist():
                yield info.filename
                yield from _texts(info.filename, inner.read(info))
        return
    if name.lower().endswith(".parquet"):
        yield from column_texts(content)
        return
    if content.startswith(b"%PDF"):
        for match in _STREAM.finditer(content):
            try:
                yield zlib.decompress(match[1]).decode("utf-8", "replace")
            except zlib.error:
                continue
        return
    for match in _BASE64.finditer(content):
        try:
            yield base64.b64decode(match[0] + b"=" * (-len(match[0]) % 4)).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
