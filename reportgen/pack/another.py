"""What a pack's evidence would have said on another day, or under a framework's own thresholds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportgen.assess.run import positions
from reportgen.clock import parse_moment, to_text
from reportgen.errors import IntegrityError, UsageError
from reportgen.evidence.seal import Flaw
from reportgen.model import Result
from reportgen.pack.unpacked import EVALUATIONS, Unpacked

# Account, control, resource.
_Key = tuple[str, str, str]

# What reading a file of another form than it must be can raise.
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError)


@dataclass(frozen=True)
class Other:
    """Verdicts as they would have been: how many of each, and where they are not the sealed ones.

    ``rows`` has account, control, resource, the sealed verdict and the other one ("none": there is
    no such row), with the other one's reason.
    """

    asked: str
    counts: Mapping[str, int]
    rows: tuple[tuple[str, str, str, str, str, str], ...]


def another(pack: Unpacked, as_of: datetime | None, framework: str | None) -> Other:
    """Judge the pack's evidence at ``as_of`` (default: the period's end), for a framework.

    A framework counts the controls that support it, each by the framework's own thresholds.
    Raises UsageError for a framework that the pack's catalogue lacks, and for a moment before its
    first snapshot.
    """
    frameworks = pack.rules.catalogue.frameworks
    if framework is not None and framework not in frameworks:
        known = ", ".join(sorted(frameworks))
        raise UsageError(f"The pack has no framework {framework!r}.", f"It has {known}.")
    moments = _moments(pack, as_of)
    if not moments:
        first = min(s.collected_at for s in pack.snapshots)
        raise UsageError(
            f"The pack holds no snapshot of {to_text(as_of) if as_of else 'its end'} or before.",
            f"Its first is of {to_text(first)}.",
        )
    assessor = pack.assessor()
    rows: dict[_Key, Result] = {}
    for account, (snapshot, moment) in moments.items():
        found = pack.judge(assessor, account, snapshot, moment)
        for result in _chosen(pack, framework, found.results, found.variants):
            rows[account, result.control_id, result.resource] = result
    controls = {key[1] for key in rows}
    sealed = {k: v for k, v in _sealed(pack) if framework is None or k[1] in controls}
    changed = [
        (*key, sealed.get(key, "none"), *_told(rows.get(key)))
        for key in sorted({*sealed, *rows})
        if sealed.get(key) != _told(rows.get(key))[0]
    ]
    asked = f"as of {to_text(as_of)}" if as_of else f"at the period's end, {pack.manifest.end}"
    asked += f", by the thresholds of {frameworks[framework].title}" if framework else ""
    return Other(asked, Counter(r.verdict.value for r in rows.values()), tuple(changed))


def _told(result: Result | None) -> tuple[str, str]:
    return (result.verdict.value, result.reason) if result else ("none", "")


def _moments(pack: Unpacked, as_of: datetime | None) -> dict[str, tuple[Any, datetime]]:
    """The snapshot and moment by which each account is judged."""
    if as_of is not None:
        return {a: (s, as_of) for a, s in positions(pack.snapshots, as_of).items()}
    snapshots = {s.id: s for s in pack.snapshots}
    found = {}
    for name in pack.manifest.files:
        if name.startswith(EVALUATIONS):
            account = name.removeprefix(EVALUATIONS).removesuffix(".json")
            try:
                last = pack.evaluations(account)[-1]
                found[account] = snapshots[last["snapshot"]], parse_moment(last["as_of"])
            except _MALFORMED as error:
                raise _unfit(f"{pack.place}: {name}", error) from error
    return found


def _chosen(
    pack: Unpacked, framework: str | None, results: Iterable[Result], variants: Iterable[Result]
) -> Iterator[Result]:
    """The rows that count: the catalogue's own, or each control as the framework wants it.

    Where requirements of one framework want several thresholds of a control, the strictest row of
    a resource counts: the one that fails.
    """
    if framework is None:
        yield from results
        return
    catalogue = pack.rules.catalogue
    wanted: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for requirement in catalogue.frameworks[framework].requirements:
        for support in requirement.controls:
            chosen = catalogue.effective(support)
            frozen = tuple(sorted((key, str(value)) for key, value in chosen.items()))
            wanted.setdefault(support.control, set()).add(frozen)
    found: dict[tuple[str, str], Result] = {}
    for result in (*results, *variants):
        if result.parameters in wanted.get(result.control_id, ()):
            key = result.control_id, result.resource
            if key not in found or result.verdict == "fail":
                found[key] = result
    yield from found.values()


def _sealed(pack: Unpacked) -> Iterator[tuple[_Key, str]]:
    """The verdicts in the pack, by the catalogue's own thresholds."""
    for control in pack.rules.catalogue.controls:
        name = f"controls/{control}/results.jsonl"
        try:
            for row in map(json.loads, pack.content.lines(name)):
                if not row["variant"]:
                    key = str(row["account_id"]), control, str(row["resource"])
                    yield key, str(row["verdict"])
        except _MALFORMED as error:
            raise _unfit(f"{pack.place}: {name}", error) from error


def _unfit(place: str, error: Exception) -> IntegrityError:
    flaw = Flaw("invalid", place, "what a pack has there", f"{type(error).__name__}: {error}")
    return IntegrityError(str(flaw), "Check the pack without --as-of and --framework.")


def as_text(other: Other) -> str:
    """A line of counts, then a line for each row that is other than sealed."""
    counts = ", ".join(f"{n} {verdict}" for verdict, n in sorted(other.counts.items()))
    lines = [f"Judged {other.asked}: {counts}."]
    for account, control, resource, before, now, why in other.rows:
        line = f"  {account} {control} {resource}: sealed {before}, here {now}. {why}"
        lines.append(line.rstrip())
    lines.append(f"Other than sealed: {len(other.rows)} verdicts.")
    return "\n".join("".join(c if c.isprintable() else "\ufffd" for c in line) for line in lines)
