"""Verifies a store from where this machine verified it last, and remembers how far it came."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reportgen.evidence.chain import Chain, Remembered, read_chain
from reportgen.evidence.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from reportgen.evidence.reader import Reader
from reportgen.evidence.verify import Verification, verify


def verify_from(
    reader: Reader,
    remembered: Iterable[Remembered],
    path: Path,
    moment: str,
    *,
    whole: bool,
) -> tuple[Verification, list[str]]:
    """Verify what came after the checkpoint at ``path``; all where there is none that fits.

    Returns what it came to, and what is to be said of the checkpoint. It is moved on only where
    there is no flaw. ``moment`` is now, UTC as in seals. Raises OSError.
    """
    chain = read_chain(reader)
    before, notes = _fitting(chain, path)
    since = before.sequence if before and not whole else 0
    outcome = verify(reader, remembered, since, chain)
    if before and since:
        notes.append(
            f"Up to seal {since} of {outcome.sequence} the evidence was not hashed again: it was "
            f"on {before.verified_at}, all at once on {before.whole_at}. --all hashes all of it."
        )
    if not outcome.flaws and outcome.root:
        whole_at = before.whole_at if before and since else moment
        first = chain.links[0].root
        now = Checkpoint(first, outcome.sequence, outcome.root, moment, whole_at)
        if not write_checkpoint(path, now):
            notes.append(f"{path}: cannot be written, so the next run hashes the same again.")
    return outcome, notes


def _fitting(chain: Chain, path: Path) -> tuple[Checkpoint | None, list[str]]:
    """The checkpoint, where it is one of this chain; else what is wrong with it."""
    try:
        found = read_checkpoint(path)
        said = found.misfit(chain) if found else ""
    except ValueError as error:
        said = str(error)
    if said:
        return None, [f"The checkpoint {path} is passed over, and all is hashed: {said}."]
    return found, []
