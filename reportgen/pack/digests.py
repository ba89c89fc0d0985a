"""Counts of verdicts by control, and a digest over them, of as many rows as there may be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from reportgen.model import Verdict

# Control, resource, kind, parameters, verdict, and whether by the catalogue's own thresholds.
Row = tuple[str, str, str, tuple[tuple[str, str], ...], str, bool]


def by_control(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """Counts of verdicts by control, and the SHA-256 over the verdicts of its resources.

    The digest is over the canonical JSON of the sorted [resource, kind, parameters, verdict];
    those of a framework's own thresholds are in it, but not in the counts.
    """
    told: dict[str, _Told] = {}
    for control, resource, kind, parameters, verdict, own in rows:
        one = told.get(control)
        if one is None:
            one = told[control] = _Told()
        one.rows.append((resource, kind, parameters, verdict))
        if own:
            one.counts[verdict] += 1
    words = _Words()
    return {control: {**one.counts, "sha256": one.digest(words)} for control, one in told.items()}


class _Words(dict[str, str]):
    """Texts as JSON has them, each made once: a resource stands under many controls."""

    def __missing__(self, text: str) -> str:
        found = self[text] = json.dumps(text)
        return found


class _Told:
    """What is said under one control."""

    def __init__(self) -> None:
        self.counts = {v.value: 0 for v in Verdict}
        self.rows: list[tuple[str, str, tuple[tuple[str, str], ...], str]] = []

    def digest(self, words: _Words) -> str:
        self.rows.sort()
        pairs: dict[tuple[tuple[str, str], ...], str] = {}
        for _, _, parameters, _ in self.rows:
            if parameters not in pairs:
                pairs[parameters] = json.dumps(parameters, separators=(",", ":"))
        text = ",".join(
            f'[{words[resource]},{words[kind]},{pairs[parameters]},"{verdict}"]'
            for resource, kind, parameters, verdict in self.rows
        )
        return hashlib.sha256(f"[{text}]".encode()).hexdigest()
