"""JSON of which most is the same from row to row: encoded once, with places for what is not."""

from __future__ import annotations

import re
from collections.abc import Mapping

# As every encoder of Python's writes what ``place`` gives.
_PLACE = re.compile(r'"\\u0000(\w+)\\u0000"')


def place(name: str) -> str:
    """Stands in data for a value of that name; no text that people write has a NUL."""
    return f"\0{name}\0"


class Form:
    """The JSON of some data with places in it, to be filled in with the JSON of their values."""

    def __init__(self, text: str) -> None:
        pieces = [piece.replace("%", "%%") for piece in _PLACE.split(text)]
        pieces[1::2] = [f"%({name})s" for name in pieces[1::2]]
        self._form = "".join(pieces)

    def filled(self, values: Mapping[str, str]) -> str:
        """The JSON with these values, each of which is JSON itself."""
        return self._form % values
