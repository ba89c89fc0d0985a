"""For whoever holds the original store and the key: ties a redacted pack to it, and shows rows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.seal import Flaw
from reportgen.evidence.store import Store
from reportgen.pack.commitments import shown_row
from reportgen.pack.pseudonyms import Pseudonyms
from reportgen.pack.redaction import Copied, copy_redacted, words_of
from reportgen.pack.shown import ShownRow
from reportgen.pack.unpacked import Unpacked


@dataclass(frozen=True)
class Tied:
    """A redacted pack that was made of this store: how much of it, and what shows a row."""

    snapshots: int
    answers: int
    shown: ShownRow | None = None


def unmask(pack: Unpacked, store: Path, key: bytes, evidence: str = "", row: int = 0) -> Tied:
    """Make the redacted store again from the original, and hold it against the pack's chain.

    With ``evidence``, an id of the pack, its row is shown in clear, counted from 0. Raises
    UsageError for a pack that is not redacted, another key, or evidence that the pack lacks;
    IntegrityError where the store gives another chain than the pack has.
    """
    about = pack.manifest.data.get("redaction")
    if not isinstance(about, dict):
        raise UsageError(f"{pack.place} is not redacted.", "There is nothing to unmask.")
    names = Pseudonyms(key, words_of(pack.rules), accounts=about.get("accounts") is True)
    if names.fingerprint != about.get("key"):
        raise UsageError(
            f"--redact: this key has the fingerprint {names.fingerprint}.",
            f"{pack.place} was made with the key {about.get('key')}.",
        )
    snapshots = [
        s for s in Store.open(store).snapshots() if s.seal.sequence <= pack.manifest.store_sequence
    ]
    with tempfile.TemporaryDirectory(prefix="reportgen-unmask-") as folder:
        place = Path(folder) / "store"
        copied = copy_redacted(snapshots, names, place)
        made = [seal.root for seal in Store.open(place).chain().seals]
    there = [seal.root for seal in pack.seals]
    if made != there:
        at = next((n for n, (a, b) in enumerate(zip(made, there, strict=False)) if a != b), None)
        number = min(len(made), len(there)) if at is None else at
        found = made[number] if number < len(made) else "none"
        wanted = there[number] if number < len(there) else "none"
        flaw = Flaw("invalid", f"{store}: snapshot {number + 1} under pseudonyms", wanted, found)
        raise IntegrityError(
            str(flaw), "The pack was made of another store, or by another release."
        )
    held = {s.id for s in pack.snapshots}
    answers = sum(1 for s in held for line in copied.lines[s] if line["file"])
    shown = _shown(pack, copied, names, evidence, row) if evidence else None
    return Tied(len(held), answers, shown)


def _shown(pack: Unpacked, copied: Copied, names: Pseudonyms, evidence: str, row: int) -> ShownRow:
    for snapshot in pack.snapshots:
        found = copied.sources.get((snapshot.id, evidence))
        if found is not None and found[1].file:
            original, envelope = found
            return shown_row(names, snapshot.id, evidence, original.read(envelope), row)
    raise UsageError(
        f"--evidence {evidence}: the pack has no answer of this id.",
        "collection/log.csv has the ids.",
    )
