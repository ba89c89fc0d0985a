"""What was sent to whom: a marker for each report and recipient, so that nothing goes twice.

A marker is written before a message is handed over and says "sending"; then "sent", or it is
removed when the server surely did not take it. One that still says "sending" is of a run that
broke in the middle: whether the mail went out is not known, so it is not sent again by itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import MailError


@dataclass(frozen=True)
class Marker:
    """The marker of one report for one recipient."""

    path: Path

    @property
    def state(self) -> str:
        """``sent``, ``sending`` or empty for none."""
        try:
            return str(json.loads(self.path.read_text())["state"])
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, KeyError, TypeError):
            # Somebody began to write it: what came of it is not known.
            return "sending"

    def write(self, state: str, about: dict[str, str]) -> None:
        """Write the state, in one step."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps({"state": state, **about}, indent=1) + "\n")
            part.chmod(0o600)
            os.replace(part, self.path)
        except OSError as error:
            raise MailError(f"{self.path}: cannot be written: {error.strerror}.") from error

    def remove(self) -> None:
        """Forget it: the message was surely not taken."""
        self.path.unlink(missing_ok=True)


def marker(folder: Path, report: str, recipient: str) -> Marker:
    """The marker of ``report`` (kind, end and version) for an address."""
    digest = hashlib.sha256(recipient.strip().casefold().encode()).hexdigest()[:16]
    return Marker(folder / f"{report}-{digest}.json")


def sent_reports(folder: Path) -> list[str]:
    """Every report of which a marker says that it was, or may have been, sent, by name."""
    names = (path.stem.rpartition("-")[0] for path in folder.glob("*.json"))
    return sorted(set(names) - {""})
