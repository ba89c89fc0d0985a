"""A seal: one snapshot's link in the chain, and the list of files that it seals.

Standard library only: it travels in one file with ``reader.py``, ``chain.py`` and ``verify.py``
(``bundle.py``).

A store holds ``chain/00000001.json`` and on, the seals, and ``objects/ab/ab12...``, each content
once, named by its SHA-256. A seal is canonical JSON; its root is the SHA-256 of that JSON without
``root``. It names the root before it and the SHA-256 of its list of files, which is an object too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

SEAL_FORMAT = "reportgen-seal"
VERSION = 2
NO_ROOT = "0" * 64
# A seal of 1,000 accounts has 16 kB; a list of a million files about 200 MB. More is no store's.
SEAL_LIMIT = 4 << 20
LIST_LIMIT = 256 << 20
HEX = re.compile(r"[0-9a-f]{64}")
OBJECT = re.compile(r"objects/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_PART = r"[A-Za-z0-9_][A-Za-z0-9._@-]*"
_FILE = re.compile(rf"[0-9]{{12}}(/{_PART})+")
MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong: its name, where, what was to be there, and what is."""

    name: str
    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        line = f"{self.name}: {self.place}: expected {self.expected}, found {self.found}"
        return "".join(c if c.isprintable() else "\ufffd" for c in line)


@dataclass(frozen=True)
class Seal:
    """One link of the chain: a snapshot, the digest of its list of files, the root before it."""

    sequence: int
    previous: str
    id: str
    collected_at: str
    accounts: tuple[str, ...]
    files: str
    root: str = ""

    def sealed(self) -> tuple[Seal, bytes]:
        """This seal with its root, and its bytes in the store."""
        data = {"format": SEAL_FORMAT, "version": VERSION, **asdict(self)}
        del data["root"]
        root = sha256(canonical(data))
        return replace(self, root=root), canonical({**data, "root": root})


def sha256(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in hex."""
    return hashlib.sha256(data).hexdigest()


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(data: Any) -> bytes:
    """JSON in its one form here: keys sorted, no blanks, ASCII."""
    return _encode(data).encode()


def seal_name(sequence: int) -> str:
    """Where the seal of a sequence number (from 1) lies."""
    return f"chain/{sequence:08}.json"


def object_name(digest: str) -> str:
    """Where the content of a SHA-256 lies."""
    return f"objects/{digest[:2]}/{digest}"


def strict_json(content: bytes) -> Any:
    """Read JSON that leaves no choice. Raises ValueError in words, for a key given twice too."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            raise ValueError(f"the key {twice!r} twice")
        return found

    if not content:
        raise ValueError("an empty file")
    try:
        return json.loads(content, object_pairs_hook=once)
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    except UnicodeDecodeError:
        raise ValueError("bytes that are no text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg} at byte {error.pos} of {len(content)})") from None


def parse_seal(content: bytes) -> Seal:
    """Read a seal that is whole in itself. Raises ValueError that says what is there instead."""
    data = strict_json(content)
    if not isinstance(data, dict) or data.get("format") != SEAL_FORMAT:
        raise ValueError("no seal")
    if data.get("version") != VERSION:
        raise ValueError(f"a seal of version {data.get('version')!r}")
    kept = {k: v for k, v in data.items() if k not in ("format", "version")}
    if set(kept) != set(Seal.__dataclass_fields__) or not _well_formed(kept):
        raise ValueError("a seal without the right fields")
    if canonical(data) != content:
        raise ValueError("a seal that is not in canonical form")
    # In that one form the root can be taken out as it stands: 2,555 seals are read at every start.
    root = sha256(content.replace(b'"root":"%s",' % kept["root"].encode(), b"", 1))
    if root != kept["root"]:
        raise ValueError(f"content of root {root} under the root {kept['root']}")
    return Seal(**{**kept, "accounts": tuple(kept["accounts"])})


def _well_formed(data: dict[str, Any]) -> bool:
    texts = all(isinstance(data[key], str) for key in ("previous", "id", "files", "root"))
    listed = data["accounts"]
    return (
        texts
        and type(data["sequence"]) is int
        and data["sequence"] > 0
        and all(HEX.fullmatch(data[key]) for key in ("previous", "files", "root"))
        and re.fullmatch(r"[0-9A-Za-z-]{1,80}", data["id"]) is not None
        and isinstance(data["collected_at"], str)
        and MOMENT.fullmatch(data["collected_at"]) is not None
        and isinstance(listed, list)
        and all(isinstance(a, str) and re.fullmatch(r"[0-9]{12}", a) for a in listed)
        and listed == sorted(set(listed))
    )


def parse_list(content: bytes, accounts: Sequence[str]) -> list[dict[str, Any]]:
    """Read a snapshot's list of files: file, sha256, bytes. Raises ValueError that says why not.

    The names are hostile input: none may lead out of its account's folder.
    """
    listed = strict_json(content)
    if not isinstance(listed, list):
        raise ValueError("no list of files")
    for entry in listed:
        if not isinstance(entry, dict) or set(entry) != {"file", "sha256", "bytes"}:
            raise ValueError("an entry without the right fields")
        name, digest, size = entry["file"], entry["sha256"], entry["bytes"]
        if not isinstance(name, str) or not _FILE.fullmatch(name):
            raise ValueError(f"the file name {name!r}")
        if not isinstance(digest, str) or not HEX.fullmatch(digest):
            raise ValueError(f"no SHA-256 for {name}")
        if type(size) is not int or size < 0:
            raise ValueError(f"{size!r} bytes for {name}")
    names = [entry["file"] for entry in listed]
    if len(set(names)) != len(names):
        raise ValueError("a file listed twice")
    if names != sorted(names) or content != canonical(listed):
        raise ValueError("a list that is not in canonical form")
    if sorted({name.split("/")[0] for name in names}) != list(accounts):
        raise ValueError("files of other accounts than the seal names")
    return listed
