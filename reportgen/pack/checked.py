"""What checking packs came to, and how it is told.

Standard library only: it travels in the pack.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reportgen.evidence.seal import Flaw
from reportgen.pack.manifest import Manifest
from reportgen.pack.revoked import Revoked
from reportgen.pack.sshsig import Signers


@dataclass(frozen=True)
class Trust:
    """What a pack is held against: allowed signers (None: not given), now, roots known before.

    ``moment`` is YYYYMMDDHHMMSS in UTC, the moment at which keys and certificates must be valid;
    ``shown`` are files that show rows of a redacted pack in clear; ``revoked`` keys never count.
    """

    moment: str
    signers: Signers | None = None
    roots: frozenset[str] = frozenset()
    unsigned: bool = False
    shown: tuple[Path, ...] = ()
    revoked: Revoked = field(default_factory=Revoked)


@dataclass
class Checked:
    """What checking one pack came to; ``bytes`` are those hashed, ``signer`` who signed."""

    place: str
    manifest: Manifest | None = None
    flaws: list[Flaw] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seals: dict[int, str] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    signer: str = ""


def has_flaw(packs: Iterable[Checked]) -> bool:
    """Whether anything is wrong."""
    return any(one.flaws for one in packs)


def packs_as_text(packs: Sequence[Checked]) -> str:
    """A line for each flaw, then what each pack is and whether it is whole."""
    lines = [str(flaw) for one in packs for flaw in one.flaws]
    for one in packs:
        count = len(one.flaws)
        state = f"{count} flaw{'s' * (count != 1)}" if count else "no flaw"
        lines.append(_shown(f"{one.place}: {state}: {one.files} files, {one.bytes} bytes hashed."))
        if one.manifest is not None:
            about = one.manifest
            lines.append(_shown(f"  {about.organisation}, {about.start} to {about.end}."))
            lines.append(f"  Root {about.root}")
        lines += [_shown(f"  {note}") for note in one.notes]
    return "\n".join(lines)


def _shown(line: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def packs_as_json(packs: Sequence[Checked]) -> str:
    """The same as JSON: for each pack its place, root, flaws and notes."""

    def one(checked: Checked) -> dict[str, Any]:
        about = checked.manifest
        return {
            "place": checked.place,
            "root": about.root if about else None,
            "number": about.number if about else None,
            "period": about.data["period"] if about else None,
            "signer": checked.signer,
            "files": checked.files,
            "bytes": checked.bytes,
            "flaws": [asdict(flaw) for flaw in checked.flaws],
            "notes": checked.notes,
        }

    return json.dumps([one(checked) for checked in packs], indent=1)
