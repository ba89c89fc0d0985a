r"""Text as Parquet can hold it.

AWS's answers can carry half a surrogate pair, which is no Unicode text and which UTF-8 cannot
write. It is kept as ``\udXXX``, and a backslash as two, so that every text comes back as it was.
"""

from __future__ import annotations

import re

_SPECIAL = re.compile("[\\\\\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(\\|u(d[89a-f][0-9a-f]{2}))")


def escaped(text: str) -> str:
    """The text in the form in which it is kept."""
    return _SPECIAL.sub(_write, text) if _SPECIAL.search(text) else text


def plain(text: str) -> str:
    """What ``escaped`` was given."""
    return _ESCAPE.sub(_read, text) if "\\" in text else text


def _write(match: re.Match[str]) -> str:
    found = match[0]
    return "\\\\" if found == "\\" else f"\\u{ord(found):04x}"


def _read(match: re.Match[str]) -> str:
    return chr(int(match[2], 16)) if match[2] else "\\"
