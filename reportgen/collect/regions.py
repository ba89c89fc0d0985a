"""Which regions of an account are read: those asked for, of those that are switched on.

A region that is switched on and not asked for is told: what lies there is not known. One that is
asked for and not switched on is told too, and not read: AWS refuses every request there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from reportgen.collect.items import Outcome
from reportgen.sources.source import Reading

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")


@dataclass(frozen=True)
class Regions:
    """The regions ``read``, those switched on and ``unread``, those asked for and ``off``."""

    read: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        """The regions as JSON data."""
        return {"read": list(self.read), "unread": list(self.unread), "off": list(self.off)}


def regions_of(asked: Sequence[str], outcome: Outcome | None, own: str) -> Regions:
    """The regions to read, by what came of asking for those that are switched on.

    Where that was not answered: those ``asked`` for, else the caller's ``own`` alone.
    """
    enabled = _enabled(outcome)
    wanted = tuple(dict.fromkeys(asked))
    if not enabled:
        return Regions(wanted or (own,))
    if not wanted:
        return Regions(tuple(enabled))
    return Regions(
        tuple(name for name in wanted if name in enabled),
        tuple(name for name in enabled if name not in wanted),
        tuple(name for name in wanted if name not in enabled),
    )


def _enabled(outcome: Outcome | None) -> list[str]:
    listed = outcome.data.get("Regions") if isinstance(outcome, Reading) else None
    names = {
        str(region.get("RegionName"))
        for region in (listed if isinstance(listed, list) else ())
        if isinstance(region, dict) and region.get("OptInStatus") != "not-opted-in"
    }
    return sorted(name for name in names if _REGION.fullmatch(name))
