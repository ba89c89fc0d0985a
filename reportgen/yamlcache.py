"""What parsed YAML comes to, kept on this machine under the hash of the texts.

Parsing the shipped catalogue takes four times as long as making its models. The file is read by
the ``marshal`` of the interpreter that wrote it, as a ``.pyc`` is, and is trusted as much: whoever
can write to ``$XDG_CACHE_HOME`` can change this program too. A file that is damaged, of other
texts or of another interpreter counts for nothing and is written anew.
"""

from __future__ import annotations

import hashlib
import marshal
import os
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import MAGIC_NUMBER
from pathlib import Path

from reportgen import __version__, yamlsource
from reportgen.files import cache_folder
from reportgen.yamlsource import Parsed

# Catalogues of this many releases or interpreters lie beside each other; the oldest goes.
KEPT = 4


def recall(texts: Sequence[str]) -> None:
    """Have the texts parsed: from the kept file, else now, and then keep them.

    A text that is no YAML is left to whoever loads it, with its file and line; nothing is kept
    then. A folder that cannot be written is no fault.
    """
    if all(yamlsource.remembers(text) for text in texts):
        return
    path = cache_folder() / f"yaml-{_key(texts)}.marshal"
    found = _read(path, len(texts))
    if found is None:
        try:
            found = [yamlsource.parsed(text) for text in texts]
        except (yamlsource.NotWanted, *yamlsource.NOT_YAML):
            return
        with suppress(OSError, ValueError):  # a value that marshal does not know: not kept
            _write(path, found)
    for text, one in zip(texts, found, strict=True):
        yamlsource.remember(text, one)


def _key(texts: Sequence[str]) -> str:
    digest = hashlib.sha256(MAGIC_NUMBER + __version__.encode())
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()[:32]


def _read(path: Path, count: int) -> list[Parsed] | None:
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, payload = content[:32], content[32:]
    if hashlib.sha256(payload).digest() != digest:
        return None
    found: list[Parsed] = marshal.loads(payload)  # noqa: S302 - see the module's first lines
    return found if len(found) == count else None


def _write(path: Path, entries: list[Parsed]) -> None:
    payload = marshal.dumps(entries)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    spare = path.with_suffix(f".{os.getpid()}")
    try:
        spare.write_bytes(hashlib.sha256(payload).digest() + payload)
        spare.replace(path)
    finally:
        spare.unlink(missing_ok=True)
    others = sorted(path.parent.glob("yaml-*.marshal"), key=lambda p: p.stat().st_mtime)
    for old in others[:-KEPT]:
        old.unlink(missing_ok=True)
