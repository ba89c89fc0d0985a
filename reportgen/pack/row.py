"""Packs in a row: each names the root of the one before, and continues its period and store.

Standard library only: it travels in the pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from reportgen.evidence.seal import Flaw, seal_name
from reportgen.pack.checked import Checked
from reportgen.pack.manifest import MANIFEST, STORE, Manifest


def hold_row(packs: Sequence[Checked]) -> None:
    """Hold packs of one store and kind against one another: each names the root before it."""
    rows: dict[tuple[str, str], list[tuple[Checked, Manifest]]] = {}
    for one in packs:
        if one.manifest is not None:
            key = (one.manifest.store_first, one.manifest.kind)
            rows.setdefault(key, []).append((one, one.manifest))
    for row in rows.values():
        row.sort(key=lambda pair: (pair[1].number, pair[0].place))
        first, about = row[0]
        if about.number > 1:
            first.notes.append(
                f"It is number {about.number} of its chain; the one before has the root "
                f"{about.previous}."
            )
        roots = {m.root: c.place for c, m in row}
        for (before, earlier), (after, later) in zip(row, row[1:]):  # noqa: B905, RUF007
            after.flaws += _step(before, earlier, after, later, roots)


def _step(
    before: Checked, earlier: Manifest, after: Checked, later: Manifest, roots: dict[str, str]
) -> Iterator[Flaw]:
    """What is wrong between one pack and the next."""
    if earlier.root == later.root:
        after.notes.append(f"It is the same pack as {before.place}.")
        return
    where = f"{after.place}: {MANIFEST}"
    if later.number == earlier.number:
        said = f"that of {before.place} too"
        yield Flaw("extra", where, f"one pack number {later.number}", said)
        return
    if later.number > earlier.number + 1:
        until = f" to {later.number - 1}" if later.number > earlier.number + 2 else ""
        yield Flaw("gap", where, f"pack {earlier.number + 1}{until} before it", "none")
    elif later.previous != earlier.root:
        if later.previous in roots:
            other = f"pack {earlier.number} before it"
            yield Flaw("reordered", where, other, f"the root of {roots[later.previous]}")
        else:
            named = f"the root {later.previous} that {after.place} names"
            yield Flaw("invalid", f"{before.place}: {MANIFEST}", named, earlier.root)
    day = date.fromisoformat(earlier.end) + timedelta(days=1)
    if later.end <= earlier.end:
        yield Flaw("reordered", where, f"a period after {earlier.end}", f"one to {later.end}")
    elif later.start > day.isoformat():
        yield Flaw("gap", where, f"a period from {day}", f"one from {later.start}")
    if earlier.store_sequence and after.seals:
        root = after.seals.get(earlier.store_sequence, "none")
        if root != earlier.store_root:
            place = f"{after.place}: {STORE}{seal_name(earlier.store_sequence)}"
            wanted = f"the root {earlier.store_root} that {before.place} has"
            yield Flaw("invalid", place, wanted, root)
