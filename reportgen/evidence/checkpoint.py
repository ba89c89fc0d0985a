"""How far this machine has verified a store, so that `verify` need not hash all of it each time.

A checkpoint lies with whoever verifies and not in the store, where whoever changes evidence could
change it as well: ``$XDG_STATE_HOME/reportgen`` or the file that ``--checkpoint`` names. It is of
one place and one chain, known by its first root.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from reportgen.errors import UsageError
from reportgen.evidence.chain import Chain, Remembered
from reportgen.evidence.seal import HEX, MOMENT, canonical, strict_json
from reportgen.files import write_private

CHECKPOINT_FORMAT = "reportgen-checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """Up to ``sequence`` and its ``root`` a store was verified, last at ``verified_at``.

    ``first`` is the chain's first root; ``whole_at`` is when every content was hashed last.
    """

    first: str
    sequence: int
    root: str
    verified_at: str
    whole_at: str

    def misfit(self, chain: Chain) -> str:
        """Why it is not one of this chain; empty where it is."""
        if not chain.links or chain.links[0].root != self.first:
            return f"it is of another chain, which began with the root {self.first}"
        flaw = chain.compare(Remembered(self.root, "the checkpoint", self.sequence))
        return str(flaw) if flaw else ""


def checkpoint_path(state: Path, place: str) -> Path:
    """Where the checkpoint of the store at ``place`` lies by default, below ``state``."""
    return state / "verified" / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.json"


def read_checkpoint(path: Path) -> Checkpoint | None:
    """The checkpoint in a file; None where there is none. Raises ValueError that says why not."""
    try:
        data = strict_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from error
    names = [f.name for f in fields(Checkpoint)]
    if not isinstance(data, dict) or set(data) != {"format", *names}:
        raise ValueError("it is no checkpoint")
    found = Checkpoint(**{name: data[name] for name in names})
    texts = (found.first, found.root, found.verified_at, found.whole_at)
    if (
        data["format"] != CHECKPOINT_FORMAT
        or not all(isinstance(text, str) for text in texts)
        or type(found.sequence) is not int
        or found.sequence < 1
        or not all(HEX.fullmatch(root) for root in (found.first, found.root))
        or not all(MOMENT.fullmatch(day) for day in (found.verified_at, found.whole_at))
    ):
        raise ValueError("it is no checkpoint")
    return found


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> bool:
    """Remember it; False where that cannot be written."""
    content = canonical({"format": CHECKPOINT_FORMAT, **asdict(checkpoint)})
    try:
        write_private(path, content)
    except UsageError:
        return False
    return True
