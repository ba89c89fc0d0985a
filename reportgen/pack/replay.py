"""Judges again what a pack says was judged, and tells where it comes out otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reportgen import __version__
from reportgen.assess.run import Assessor
from reportgen.clock import parse_moment
from reportgen.errors import IntegrityError
from reportgen.evidence.seal import Flaw
from reportgen.model import AccountAssessment, Verdict
from reportgen.pack.digests import Counted, Evaluation, Row, by_control
from reportgen.pack.forked import each
from reportgen.pack.judged import not_passed, rows_of
from reportgen.pack.unpacked import EVALUATIONS, Unpacked

# What an evaluation differs in beyond these is told as a number.
_MOST_ROWS = 20


@dataclass
class Replayed:
    """What came of it: evaluations and verdicts made again, and where they are others."""

    place: str
    flaws: list[Flaw] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    accounts: int = 0
    evaluations: int = 0
    verdicts: int = 0


def replay(pack: Unpacked) -> Replayed:
    """Make every verdict of the pack again, and hold it against what is sealed."""
    outcome = Replayed(pack.place)
    accounts = sorted(
        n.removeprefix(EVALUATIONS).removesuffix(".json")
        for n in pack.manifest.files
        if n.startswith(EVALUATIONS)
    )
    named = pack.manifest.data["scope"].get("accounts")
    lacking = set(map(str, named if isinstance(named, list) else ())) - set(accounts)
    for account in sorted(lacking):
        outcome.flaws.append(
            Flaw("missing", f"{pack.place}: {EVALUATIONS}{account}.json", "evaluations", "none")
        )
    assessor = pack.assessor()

    def again(account: str) -> Replayed:
        return _account(pack, assessor, account)

    for one in each(again, accounts):
        outcome.flaws += one.flaws
        outcome.accounts += 1
        outcome.evaluations += one.evaluations
        outcome.verdicts += one.verdicts
    outcome.flaws += _rows(pack, accounts)
    made = str(pack.manifest.data["tool"])
    if made != f"reportgen {__version__}":
        outcome.notes.append(f"Sealed by {made}, judged again by reportgen {__version__}.")
    return outcome


def _account(pack: Unpacked, assessor: Assessor, account: str) -> Replayed:
    outcome = Replayed(pack.place)
    where = f"{pack.place}: {EVALUATIONS}{account}.json"
    snapshots = {s.id: s for s in pack.snapshots}
    try:
        sealed = pack.evaluations(account)
    except (ValueError, OSError) as error:
        outcome.flaws.append(Flaw("invalid", where, "evaluations", str(error)))
        return outcome
    for one in sealed:
        day = str(one.get("day"))
        try:
            snapshot = snapshots[one["snapshot"]]
            moment = parse_moment(one["as_of"])
            found = pack.judge(assessor, account, snapshot, moment)
            outcome.flaws += _differences(where, day, one, found)
        except IntegrityError as error:
            outcome.flaws.append(Flaw("invalid", f"{where}, {day}", "evidence", error.message))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = f"{type(error).__name__}: {error}"
            outcome.flaws.append(Flaw("invalid", f"{where}, {day}", "an evaluation", said))
        else:
            outcome.evaluations += 1
            outcome.verdicts += len(found.results) + len(found.variants)
    return outcome


def _differences(
    where: str, day: str, sealed: Evaluation, found: AccountAssessment
) -> Iterator[Flaw]:
    """Row by row what is other than sealed, control by control where rows do not show it."""
    here = by_control(rows_of(found))
    there = sealed["controls"]
    changed = {c for c in {*here, *there} if here.get(c) != there.get(c)}
    rows: dict[tuple[str, str], list[str]] = {}
    for side, listed in enumerate((sealed["not_passed"], not_passed(found))):
        for control, resource, verdict, _ in listed:
            if control in changed:
                rows.setdefault((control, resource), ["passes", "passes"])[side] = verdict
    told = [(key, pair) for key, pair in sorted(rows.items()) if pair[0] != pair[1]]
    for (control, resource), (before, now) in told[:_MOST_ROWS]:
        yield Flaw("verdict", f"{where}, {day}, {control}, {resource}", before, now)
    if len(told) > _MOST_ROWS:
        more = len(told) - _MOST_ROWS
        yield Flaw("verdict", f"{where}, {day}", "no other verdicts", f"{more} more")
    for control in sorted(changed - {key[0] for key, _ in told}):
        yield Flaw(
            "verdict", f"{where}, {day}, {control}", _said(there.get(control)),
            _said(here.get(control)),
        )  # fmt: skip


def _said(counts: Counted | None) -> str:
    if not counts:
        return "no verdict"
    return ", ".join(f"{value} {key}" for key, value in counts.items() if value)


def _rows(pack: Unpacked, accounts: Sequence[str]) -> Iterator[Flaw]:
    """``results.jsonl`` must say of the period's end what the evaluations say."""
    last: dict[str, Mapping[str, Counted]] = {}
    for account in accounts:
        try:
            controls = pack.evaluations(account)[-1].get("controls")
        except (ValueError, OSError):
            continue
        # Counts of another form were told when they were held against what is judged here.
        if isinstance(controls, dict) and all(isinstance(v, dict) for v in controls.values()):
            last[account] = controls

    def one(control: str) -> list[Flaw]:
        return list(_rows_of(pack, control, last))

    for found in each(one, list(pack.rules.catalogue.controls)):
        yield from found


def _rows_of(
    pack: Unpacked, control: str, last: Mapping[str, Mapping[str, Counted]]
) -> Iterator[Flaw]:
    name = f"controls/{control}/results.jsonl"
    try:
        # By account, what ``by_control`` says of the rows of one control.
        found = by_control(map(_row, pack.content.lines(name)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield Flaw("invalid", f"{pack.place}: {name}", "rows of results", str(error))
        return
    for account, controls in last.items():
        sealed = dict(controls.get(control) or {})
        if sealed != found.get(account, {}):
            where = f"{pack.place}: {name}, {account}"
            yield Flaw("verdict", where, _said(sealed), _said(found.get(account)))


def _row(line: bytes) -> Row:
    """A line of results, its account in the place of the control."""
    row = json.loads(line)
    parameters = tuple(sorted((str(k), str(v)) for k, v in row["parameters"].items()))
    verdict = Verdict(row["verdict"]).value
    resource, kind = str(row["resource"]), str(row["resource_type"])
    return str(row["account_id"]), resource, kind, parameters, verdict, not row["variant"]


def replayed_as_text(replayed: Replayed) -> str:
    """A line for each verdict that is another, then what was judged again."""
    count = len(replayed.flaws)
    state = f"{count} flaw{'s' * (count != 1)}" if count else "all as sealed"
    last = (
        f"{replayed.place}: judged again: {replayed.accounts} accounts, "
        f"{replayed.evaluations} evaluations, {replayed.verdicts} verdicts: {state}."
    )
    lines = [*map(str, replayed.flaws), last, *(f"  {note}" for note in replayed.notes)]
    return "\n".join("".join(c if c.isprintable() else "\ufffd" for c in line) for line in lines)
