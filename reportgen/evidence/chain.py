"""The chain of seals: what is wrong with a row of them.

Standard library only: it travels in one file with ``seal.py``, ``tombstone.py``, ``reader.py`` and
``verify.py``.

Flaws: ``altered`` (content is not what its digest says), ``missing``, ``extra`` (nothing names
it), ``duplicated`` and ``reordered`` (a seal in another's place), ``gap`` (a seal between others
is gone), ``cut`` (seals at the newest end are gone), ``forged`` (consistent in itself, and not
what the rest of the chain names).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reportgen.evidence.reader import Reader
from reportgen.evidence.seal import (
    HEX,
    NO_ROOT,
    SEAL_LIMIT,
    Flaw,
    Seal,
    seal_name,
    strict_json,
)
from reportgen.evidence.tombstone import Link, Tombstone, parse_link

_SEAL_NAME = re.compile(r"chain/([0-9]{8})\.json")


@dataclass(frozen=True)
class Remembered:
    """A root that somebody saw: ``where`` says who. ``sequence`` 0 stands for any place."""

    root: str
    where: str
    sequence: int = 0


@dataclass
class Chain:
    """The links in order, and what is wrong with them."""

    links: list[Link] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def seals(self) -> list[Seal]:
        """The seal of every snapshot that there ever was, the pruned ones too."""
        return [link for link in self.links if isinstance(link, Seal)]

    @property
    def tombstones(self) -> list[Tombstone]:
        """What was pruned, in the order of recording."""
        return [link for link in self.links if isinstance(link, Tombstone)]

    @property
    def pruned(self) -> dict[int, Tombstone]:
        """By the sequence number of each pruned snapshot: what records it."""
        return {number: stone for stone in self.tombstones for number in stone.numbers()}

    @property
    def kept(self) -> list[Seal]:
        """The seals whose evidence is to be there."""
        gone = self.pruned
        return [seal for seal in self.seals if seal.sequence not in gone]

    def compare(self, remembered: Remembered) -> Flaw | None:
        """Hold a remembered root against the chain, which may have grown since; None: it fits."""
        wanted = f"the root {remembered.root} that {remembered.where} saw"
        if remembered.sequence == 0:
            if any(link.root == remembered.root for link in self.links):
                return None
            return Flaw("cut", "chain", wanted, f"no such root in {len(self.links)} links")
        place = seal_name(remembered.sequence)
        there = {link.sequence: link for link in self.links}
        if remembered.sequence not in there:
            return Flaw("cut", place, wanted, f"{len(self.links)} links, without it")
        root = there[remembered.sequence].root
        return None if root == remembered.root else Flaw("forged", place, wanted, root)


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
    placed = {n: link for n, link in sorted(found.items()) if link.sequence == n}
    chain.links = list(placed.values())
    chain.flaws += _gaps(present)
    chain.flaws += _links(placed)
    chain.flaws += _stones(placed)
    chain.flaws += _head_flaws(head, placed, max(present, default=0))
    chain.flaws += _seen_flaws(seen, chain)
    return chain


def _marks(reader: Reader) -> list[bytes | None]:
    """What ``head.json`` and ``seen.json`` hold; None for one that is not there."""
    there, names = reader.listing(""), ("head.json", "seen.json")
    return [reader.read(n, SEAL_LIMIT) if n in there else None for n in names]


def _parsed(reader: Reader, names: dict[int, str], flaws: list[Flaw]) -> dict[int, Link]:
    """The links that are whole in themselves, by the number of their file."""
    found = {}
    # Python 3.9 runs this too, far from here: no zip(strict=True), no hashlib.file_digest.
    for number, content in zip(names, reader.read_all(names.values())):  # noqa: B905
        try:
            found[number] = parse_link(content)
        except ValueError as error:
            flaws.append(Flaw("altered", names[number], "a whole seal", str(error)))
    return found


def _misplaced(found: dict[int, Link], flaws: list[Flaw]) -> set[int]:
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


def _links(placed: dict[int, Link]) -> Iterator[Flaw]:
    for number, seal in sorted(placed.items()):
        if number == 1 and seal.previous != NO_ROOT:
            yield Flaw("forged", seal_name(1), "no root before it", seal.previous)
        before = placed.get(number - 1)
        if before and seal.previous != before.root:
            named = f"the root {seal.previous} that {seal_name(number)} names"
            yield Flaw("forged", seal_name(number - 1), named, before.root)


def _stones(placed: dict[int, Link]) -> Iterator[Flaw]:
    """A tombstone can only be of snapshots, and each snapshot is pruned once."""
    gone: dict[int, int] = {}
    for sequence, stone in sorted(placed.items()):
        if not isinstance(stone, Tombstone):
            continue
        for number in stone.numbers():
            there = "a tombstone" if isinstance(placed.get(number), Tombstone) else ""
            if number in gone:
                there = f"one that {seal_name(gone[number])} records"
            if there:
                expected = f"the seal of a snapshot, as {seal_name(sequence)} says"
                yield Flaw("forged", seal_name(number), expected, there)
            gone[number] = sequence


def _head_flaws(content: bytes | None, placed: dict[int, Link], top: int) -> Iterator[Flaw]:
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
    if type(sequence) is not int or sequence < 1 or not HEX.fullmatch(str(root)):
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
