"""Verify an evidence store: every seal of its chain and every byte under it.

Standard library only, and of reportgen only ``seal.py``, ``tombstone.py``, ``reader.py`` and
``chain.py``: ``bundle.py`` makes one file of them, which travels with a copy of a store and is run
by whoever trusts nothing: ``python verify.py STORE``. Exit code 4 on a flaw.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reportgen.evidence.chain import Chain, Remembered, parse_head, read_chain
from reportgen.evidence.reader import FolderReader, Reader
from reportgen.evidence.seal import (
    LIST_LIMIT,
    OBJECT,
    VERSION,
    Flaw,
    Seal,
    canonical,
    object_name,
    parse_list,
    strict_json,
)
from reportgen.evidence.tombstone import Tombstone


@dataclass
class Verification:
    """What a verification came to. ``bytes`` are those hashed; ``unused`` objects do no harm.

    ``pruned`` snapshots were removed as tombstones record, each of which has a line in
    ``tombstones``. ``since`` is the number of the last snapshot whose content was hashed before
    and not now (0: all of it now).
    """

    flaws: list[Flaw]
    snapshots: int = 0
    accounts: int = 0
    files: int = 0
    bytes: int = 0
    unused: int = 0
    first: str | None = None
    last: str | None = None
    root: str | None = None
    sequence: int = 0
    pruned: int = 0
    tombstones: tuple[str, ...] = ()
    since: int = 0


def verify(
    reader: Reader,
    remembered: Iterable[Remembered] = (),
    since: int = 0,
    chain: Chain | None = None,
) -> Verification:
    """Verify a whole store: the chain, each list of files, each content once.

    ``since``: go on from that sequence number. The chain is read from its beginning all the same;
    of evidence, only what later snapshots name. ``chain`` is that chain where it was read already.
    Raises OSError where the place cannot be read.
    """
    if chain is None:
        chain = read_chain(reader)
    flaws = list(chain.flaws)
    flaws += [flaw for one in remembered if (flaw := chain.compare(one))]
    kept = chain.kept
    moments = sorted(seal.collected_at for seal in kept)
    newest = chain.links[-1] if chain.links else None
    outcome = Verification(
        flaws,
        len(kept),
        len({account for seal in kept for account in seal.accounts}),
        first=moments[0] if moments else None,
        last=moments[-1] if moments else None,
        root=newest.root if newest else None,
        sequence=newest.sequence if newest else 0,
        pruned=len(chain.pruned),
        tombstones=tuple(_told(stone) for stone in chain.tombstones),
        since=since,
    )
    _Items(reader, outcome, whole=not since).check([s for s in kept if s.sequence > since])
    return outcome


def _told(stone: Tombstone) -> str:
    return f"{stone.count} snapshot{'s' * (stone.count != 1)} {stone}"


class _Items:
    """The objects of a store, each hashed once however many snapshots name it."""

    def __init__(self, reader: Reader, outcome: Verification, *, whole: bool) -> None:
        self._reader = reader
        self._outcome = outcome
        self._whole = whole
        self._sizes = reader.listing("objects") if whole else {}
        self._listed: set[str] = set()
        self._known: dict[str, bool] = {}

    def check(self, seals: Sequence[Seal]) -> None:
        for seal in seals:
            for entry in self._files(seal):
                self._outcome.files += 1
                place = f"{entry['file']} of {seal.id}"
                if self._good(entry["sha256"], place, entry["bytes"]):
                    self._envelope(entry, place)
        if self._whole:
            self._rest()

    def _size(self, name: str) -> int | None:
        """The bytes of an object; of a store that is not looked at whole, folder by folder."""
        folder = name.rpartition("/")[0]
        if not self._whole and folder not in self._listed:
            self._listed.add(folder)
            self._sizes.update(self._reader.listing(folder))
        return self._sizes.get(name)

    def _files(self, seal: Seal) -> list[dict[str, Any]]:
        place = f"files of {seal.id}"
        if not self._good(seal.files, place, None):
            return []
        try:
            if self._sizes[object_name(seal.files)] > LIST_LIMIT:
                raise ValueError(f"{self._sizes[object_name(seal.files)]} bytes")
            return parse_list(self._reader.read(object_name(seal.files)), seal.accounts)
        except ValueError as error:
            where = f"{object_name(seal.files)} ({place})"
            self._flaw("forged", where, "a list of files", str(error))
        return []

    def _good(self, digest: str, place: str, size: int | None) -> bool:
        name = object_name(digest)
        there = self._size(name)
        if digest not in self._known:
            self._known[digest] = self._hashed(digest, f"{name} ({place})", there)
        if self._known[digest] and size is not None and there != size:
            self._flaw("forged", f"{name} ({place})", f"{size} bytes", f"{there} bytes")
        return self._known[digest]

    def _hashed(self, digest: str, where: str, size: int | None) -> bool:
        if size is None:
            self._flaw("missing", where, f"SHA-256 {digest}", "no such file")
        elif size < 0:
            self._flaw("altered", where, "a plain file", "a link or folder")
        else:
            found = self._reader.digest(object_name(digest))
            self._outcome.bytes += size
            if found == digest:
                return True
            self._flaw("altered", where, f"SHA-256 {digest}", found)
        return False

    def _envelope(self, entry: dict[str, Any], place: str) -> None:
        """An envelope under another account's name: its evidence would count for that one."""
        if not entry["file"].endswith(".envelope.json"):
            return
        folder = entry["file"].split("/")[0]
        try:
            data = strict_json(self._reader.read(object_name(entry["sha256"])))
            account = data["account_id"]
        except (ValueError, KeyError, TypeError) as error:
            self._flaw("forged", place, "an envelope", str(error))
            return
        if account != folder:
            self._flaw("forged", place, f"an envelope of {folder}", f"one of {account}")

    def _rest(self) -> None:
        """What no seal names: whole, it was left by a writer who was killed; else it is foreign."""
        for name, size in sorted(self._sizes.items()):
            match = OBJECT.fullmatch(name)
            if match and match[2] in self._known:
                continue
            if match and size >= 0 and self._reader.digest(name) == match[2]:
                self._outcome.unused += 1
            else:
                what = "a link or folder" if size < 0 else f"a file of {size} bytes"
                self._flaw("extra", name, "nothing", what)

    def _flaw(self, name: str, place: str, expected: str, found: str) -> None:
        self._outcome.flaws.append(Flaw(name, place, expected, found))


def remembered_by(path: Path) -> Remembered:
    """The root that a report's summary.json saw. Raises ValueError where it has none."""
    data = strict_json(path.read_bytes())
    about = data.get("report") if isinstance(data, dict) else None
    if not isinstance(about, dict) or "store_root" not in about:
        raise ValueError("it has no report.store_root")
    sequence, root = parse_head(
        canonical({"root": about["store_root"], "sequence": about.get("store_sequence")})
    )
    return Remembered(root, str(path), sequence)


def as_text(outcome: Verification) -> str:
    """A line for each flaw, or what a clean store holds."""
    if outcome.flaws:
        count = len(outcome.flaws)
        lines = [*map(str, outcome.flaws), f"{count} flaw{'s' * (count != 1)}."]
        return "\n".join(lines + [f"{line}." for line in outcome.tombstones])
    lines = [
        f"No flaw: {outcome.snapshots} snapshots of {outcome.accounts} accounts, "
        f"{outcome.files} files, {outcome.bytes} bytes hashed."
    ]
    lines += [f"{line[0].upper()}{line[1:]}." for line in outcome.tombstones]
    if outcome.first:
        lines.append(f"Collected from {outcome.first} to {outcome.last}.")
    if outcome.root:
        lines.append(f"Root {outcome.root}")
    if outcome.unused:
        lines.append(
            f"Left by a writer or by `store prune` when it was interrupted, and harmless: "
            f"{outcome.unused} objects."
        )
    return "\n".join(lines)


def as_json(outcome: Verification) -> str:
    """The outcome as JSON: counts, dates, root, and the list of flaws."""
    return json.dumps(asdict(outcome), indent=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """``python verify.py STORE [--expect ROOT] [--report summary.json] [--format json]``."""
    parser = argparse.ArgumentParser(description="Verify a reportgen evidence store.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--expect", default="", help="a root that must be in the chain")
    parser.add_argument("--report", type=Path, help="summary.json of a report made from the store")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    given = parser.parse_args(arguments)
    try:
        known = [Remembered(given.expect, "--expect")] if given.expect else []
        if given.report:
            known.append(remembered_by(given.report))
        if not (given.store / "chain").is_dir():
            parser.error(f"{given.store} is not a store of version {VERSION}")
        outcome = verify(FolderReader(given.store), known)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    print(as_json(outcome) if given.format == "json" else as_text(outcome))
    return 4 if outcome.flaws else 0


if __name__ == "__main__":
    sys.exit(main())
