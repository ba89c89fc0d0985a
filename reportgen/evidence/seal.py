"""The chain of seals: what a seal is, and what is wrong with a row of them.

Standard library only: with ``verify.py`` it travels in one file (``bundle.py``).

A store holds ``chain/00000001.json`` and on, the seals, and ``objects/ab/ab12...``, each content
once, named by its SHA-256. A seal is canonical JSON; its root is the SHA-256 of that JSON without
``root``. It names the root before it and the SHA-256 of its list of files, which is an object too.

Flaws: ``altered`` (content is not what its digest says), ``missing``, ``extra`` (nothing names
it), ``duplicated`` and ``reordered`` (a seal in another's place), ``gap`` (a seal between others
is gone), ``cut`` (seals at the newest end are gone), ``forged`` (consistent in itself, and not
what the rest of the chain names).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

SEAL_FORMAT = "reportgen-seal"
VERSION = 2
NO_ROOT = "0" * 64
# A seal of 1,000 accounts has 16 kB; a list of a million files about 200 MB. More is no store's.
SEAL_LIMIT = 4 << 20
LIST_LIMIT = 256 << 20
_HEX = re.compile(r"[0-9a-f]{64}")
_SEAL_NAME = re.compile(r"chain/([0-9]{8})\.json")
OBJECT = re.compile(r"objects/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_PART = r"[A-Za-z0-9_][A-Za-z0-9._@-]*"
_FILE = re.compile(rf"[0-9]{{12}}(/{_PART})+")
_MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")


class Reader(Protocol):
    """What verifying needs of the place where a store lies. Names are relative, with ``/``."""

    def listing(self, folder: str) -> dict[str, int]:
        """Every file below ``folder`` with its bytes; -1 for what is no plain file."""

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        """The content, of which no more than a byte over ``limit`` is read. Raises OSError."""

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        """The contents in the order of ``names``, read side by side where that is faster."""

    def digest(self, name: str) -> str:
        """The SHA-256 of the content, in constant memory. Raises OSError."""


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


@dataclass(frozen=True)
class Remembered:
    """A root that somebody saw: ``where`` says who. ``sequence`` 0 stands for any place."""

    root: str
    where: str
    sequence: int = 0


@dataclass
class Chain:
    """The seals in order, and what is wrong with them."""

    seals: list[Seal] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    def compare(self, remembered: Remembered) -> Flaw | None:
        """Hold a remembered root against the chain, which may have grown since; None: it fits."""
        wanted = f"the root {remembered.root} that {remembered.where} saw"
        if remembered.sequence == 0:
            if any(seal.root == remembered.root for seal in self.seals):
                return None
            return Flaw("cut", "chain", wanted, f"no such root in {len(self.seals)} snapshots")
        place = seal_name(remembered.sequence)
        there = {seal.sequence: seal for seal in self.seals}
        if remembered.sequence not in there:
            return Flaw("cut", place, wanted, f"{len(self.seals)} snapshots, without it")
        root = there[remembered.sequence].root
        return None if root == remembered.root else Flaw("forged", place, wanted, root)


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
        and all(_HEX.fullmatch(data[key]) for key in ("previous", "files", "root"))
        and re.fullmatch(r"[0-9A-Za-z-]{1,80}", data["id"]) is not None
        and isinstance(data["collected_at"], str)
        and _MOMENT.fullmatch(data["collected_at"]) is not None
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
        if not isinstance(digest, str) or not _HEX.fullmatch(digest):
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


def read_chain(reader: Reader) -> Chain:
    """Read every seal and hold each against the next, and the newest against ``head.json``
    and ``seen.json``.

    Reads no list of files and no evidence. Raises OSError where the place cannot be read.
    """
    chain = Chain()
    # Before the seals: a writer may add one meanwhile, and a head read later would be ahead.
    head, seen = _marks(reader)
    whole: dict[int, str] = {}
    present: set[int] = set()
    for name, size in sorted(reader.listing("chain").items()):
        match = _SEAL_NAME.fullmatch(name)
        if match is None or size < 0:
            what = "a link or folder" if size < 0 else "a file"
            chain.flaws.append(Flaw("extra", name, "nothing", what))
            continue
        present.add(int(match[1]))
        if size > SEAL_LIMIT:
            chain.flaws.append(Flaw("altered", name, "a whole seal", f"{size} bytes"))
        else:
            whole[int(match[1])] = name
    found = _parsed(reader, whole, chain.flaws)
    present -= _misplaced(found, chain.flaws)
    placed = {n: seal for n, seal in sorted(found.items()) if seal.sequence == n}
    chain.seals = list(placed.values())
    chain.flaws += _gaps(present)
    chain.flaws += _links(placed)
    chain.flaws += _head_flaws(head, placed, max(present, default=0))
    chain.flaws += _seen_flaws(seen, chain)
    return chain


def _marks(reader: Reader) -> list[bytes | None]:
    """What ``head.json`` and ``seen.json`` hold; None for one that is not there."""
    there, names = reader.listing(""), ("head.json", "seen.json")
    return [reader.read(n, SEAL_LIMIT) if n in there else None for n in names]


def _parsed(reader: Reader, names: dict[int, str], flaws: list[Flaw]) -> dict[int, Seal]:
    """The seals that are whole in themselves, by the number of their file."""
    found = {}
    for (number, name), content in zip(names.items(), reader.read_all(names.values()), strict=True):
        try:
            found[number] = parse_seal(content)
        except ValueError as error:
            flaws.append(Flaw("altered", name, "a whole seal", str(error)))
    return found


def _misplaced(found: dict[int, Seal], flaws: list[Flaw]) -> set[int]:
    """Seals under another's number; returns the numbers of mere copies."""
    copies = set()
    for number, seal in found.items():
        if seal.sequence == number:
            continue
        twin = found.get(seal.sequence)
        copy = twin is not None and twin.root == seal.root
        if copy:
            copies.add(number)
        name = "duplicated" if copy else "reordered"
        expected = f"the seal of sequence {number}"
        flaws.append(Flaw(name, seal_name(number), expected, f"that of {seal.sequence}"))
    return copies


def _gaps(present: set[int]) -> Iterator[Flaw]:
    before = 0
    for number in sorted(present):
        if number > before + 1:
            until = f" to {seal_name(number - 1)}" if number > before + 2 else ""
            yield Flaw("gap", seal_name(before + 1) + until, "a seal", "none")
        before = number


def _links(placed: dict[int, Seal]) -> Iterator[Flaw]:
    for number, seal in sorted(placed.items()):
        if number == 1 and seal.previous != NO_ROOT:
            yield Flaw("forged", seal_name(1), "no root before it", seal.previous)
        before = placed.get(number - 1)
        if before and seal.previous != before.root:
            named = f"the root {seal.previous} that {seal_name(number)} names"
            yield Flaw("forged", seal_name(number - 1), named, before.root)


def _head_flaws(content: bytes | None, placed: dict[int, Seal], top: int) -> Iterator[Flaw]:
    """A head behind the chain is that of a writer who was killed; one ahead of it is a cut."""
    if content is None:
        # The first writer may have been killed between its seal and the head.
        if top > 1:
            yield Flaw("missing", "head.json", "the newest root", "no such file")
        return
    try:
        sequence, root = parse_head(content)
    except ValueError as error:
        yield Flaw("altered", "head.json", "the newest sequence and root", str(error))
        return
    if sequence > top:
        until = f" to {seal_name(sequence)}" if sequence > top + 1 else ""
        yield Flaw("cut", seal_name(top + 1) + until, "a seal, as head.json says", "none")
    elif sequence in placed and placed[sequence].root != root:
        named = f"the root {root} that head.json names"
        yield Flaw("forged", seal_name(sequence), named, placed[sequence].root)


def parse_head(content: bytes) -> tuple[int, str]:
    """The newest sequence and root of ``head.json`` or ``seen.json``. Raises ValueError."""
    data = strict_json(content)
    if not isinstance(data, dict) or set(data) != {"sequence", "root"}:
        raise ValueError("other fields")
    sequence, root = data["sequence"], data["root"]
    if type(sequence) is not int or sequence < 1 or not _HEX.fullmatch(str(root)):
        raise ValueError("other values")
    return sequence, str(root)


def _seen_flaws(content: bytes | None, chain: Chain) -> Iterator[Flaw]:
    """Hold the chain against the root that the newest report left in the store."""
    if content is None:
        return
    try:
        sequence, root = parse_head(content)
    except ValueError as error:
        yield Flaw("altered", "seen.json", "the sequence and root last seen", str(error))
        return
    if flaw := chain.compare(Remembered(root, "the last report (seen.json)", sequence)):
        yield flaw


class FolderReader:
    """A store in a folder. Follows no link."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def listing(self, folder: str) -> dict[str, int]:
        top = self.root / folder if folder else self.root
        if folder and top.is_symlink():
            return {folder: -1}
        found: dict[str, int] = {}
        if top.is_dir():
            self._walk(top, f"{folder}/" if folder else "", found, deep=bool(folder))
        return found

    def _walk(self, top: Path, prefix: str, found: dict[str, int], *, deep: bool) -> None:
        with os.scandir(top) as entries:
            for entry in entries:
                name = prefix + entry.name
                if entry.is_dir(follow_symlinks=False):
                    before = len(found)
                    if deep:
                        self._walk(Path(entry.path), f"{name}/", found, deep=True)
                    if len(found) == before and not re.fullmatch(r"objects/[0-9a-f]{2}", name):
                        found[name] = -1
                elif entry.is_file(follow_symlinks=False):
                    found[name] = entry.stat(follow_symlinks=False).st_size
                else:
                    found[name] = -1

    def read(self, name: str, limit: int = LIST_LIMIT) -> bytes:
        with open(f"{self.root}/{name}", "rb") as stream:
            return stream.read(limit + 1)

    def read_all(self, names: Iterable[str]) -> Iterator[bytes]:
        return map(self.read, names)

    def digest(self, name: str) -> str:
        with open(f"{self.root}/{name}", "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
