"""Builds the summary: every number, name and sentence part that a report shows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from reportgen import __version__
from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue
from reportgen.clock import to_text
from reportgen.config import Config
from reportgen.model import Envelope, Severity
from reportgen.summarise import annexes, compare, held, review, score
from reportgen.summarise import findings as finding
from reportgen.summarise import frameworks as framework_rows
from reportgen.summarise.frames import MonthEnd, results_frame, variants_frame
from reportgen.summarise.held import Observation
from reportgen.summarise.movement import History, Key, follow, movement
from reportgen.summarise.periods import Period

TREND_MONTHS = 13


def summarise(
    period: Period,
    months: Sequence[MonthEnd],
    observations: Iterable[Observation],
    catalogue: Catalogue,
    config: Config,
    register: Register,
    frameworks: Sequence[str],
) -> dict[str, Any]:
    """Return the summary of ``period`` as JSON data.

    ``months`` are the month ends up to the period's end, earliest first, the last one being the
    period's end itself; ``observations`` every evaluation within the period and the last before
    it. ``frameworks`` are ids of the catalogue, in the order to show them.
    """
    frames = [results_frame(month, catalogue) for month in months]
    tests = [score.tests(frame) for frame in frames]
    states = follow([(month.day, frame) for month, frame in zip(months, frames, strict=True)])
    last = months[-1]
    names = _names(months, config)
    days = held.days_of(
        period,
        observations,
        names,
        [c.id for c in catalogue.controls.values()],
        config.settings.evidence.maximum_age_days,
    )
    context = finding.Context(last.day, catalogue, register, names, last.carried, days)
    before = _before(months, states, period)
    moved = movement(before, states[-1], period.start)
    rows = finding.open_findings(frames[-1], states[-1], moved, context)
    open_rows = [row for row in rows if row["disposition"] == "open"]
    accepted = [row for row in rows if row["disposition"] == "accepted"]
    envelopes = {a.info.account_id: a.envelopes for a in last.accounts}
    trend = _trend(months, tests, states, catalogue, register, names)
    previous = next((t for t in trend if t["day"] == period.previous_end.isoformat()), None)
    now = trend[-1]
    counts = finding.by_severity(open_rows)
    lookup = framework_rows.TestsByControl(catalogue, tests[-1], variants_frame(last, catalogue))
    scorecards = [
        framework_rows.scorecard(catalogue.frameworks[name], lookup) for name in frameworks
    ]
    controls = _controls(tests[-1], catalogue)
    accounts = _accounts(last, tests[-1], rows, months, tests, period, config)
    moves = _movement(moved, states[-1], context)
    holding = held.report(days, catalogue)
    access = review.access(last, names)
    applicable = review.applicability(controls, scorecards, holding)
    return {
        "schema_version": "1",
        "report": _about(period, config, catalogue, last, envelopes),
        "rating": score.rating(now["score"], counts["critical"], counts["high"]),
        "rating_previous": previous["rating"] if previous else None,
        "score": _change(now, previous, "score"),
        "coverage": _change(now, previous, "coverage"),
        "target_score": config.settings.target_score,
        "findings": {
            "open": len(open_rows),
            "open_previous": previous["open"] if previous else None,
            "open_by_severity": counts,
            "open_by_severity_previous": previous["open_by_severity"] if previous else None,
            "accepted": len(accepted),
            "accepted_by_severity": finding.by_severity(accepted),
            "overdue": sum(row["overdue"] for row in rows),
            "unconfirmed": sum(not row["confirmed"] for row in rows),
            "ageing": _ageing(open_rows),
        },
        "movement": moves,
        "time_to_fix": compare.time_to_fix(moves["closed_rows"]),
        "like_for_like": compare.like_for_like(months, tests, period),
        "trend": trend[-TREND_MONTHS:],
        "quarters": compare.quarters(
            period, trend, months, states, [_family_scores(test, catalogue) for test in tests]
        )
        if period.kind == "annual"
        else [],
        "held": holding,
        "accounts": accounts,
        "owners": compare.owners(rows, accounts),
        "families": _families(tests[-1], last, catalogue, names),
        "controls": controls,
        "frameworks": scorecards,
        "applicability": applicable,
        "sheets": review.sheets(catalogue, applicable, controls, holding, rows)
        if period.kind == "annual"
        else [],
        "finding_pages": finding.pages(rows, frames[-1], envelopes, context),
        "register": rows,
        "waivers": annexes.waivers(register, last.day, rows),
        "attestations": annexes.attestations(register, last.day),
        "responses": annexes.responses(register, last.day, rows),
        "access": access,
        "role_usage": review.role_usage(access["roles"]),
        "monthly_review": review.monthly(access["users"], period.start.isoformat()),
        "proposals": review.proposals(last, names),
        "not_evaluated": annexes.not_evaluated(frames[-1], catalogue, names),
        "events": annexes.events(months, names, period),
        "evidence": annexes.evidence(last, names),
        "control_totals": annexes.control_totals(last, names),
    }


def _names(months: Sequence[MonthEnd], config: Config) -> dict[str, str]:
    names = {a.info.account_id: a.info.name for month in months for a in month.accounts}
    for account in config.settings.accounts:
        names.setdefault(account.id, account.name)
    return names


def _before(
    months: Sequence[MonthEnd], states: Sequence[dict[Key, History]], period: Period
) -> dict[Key, History]:
    found: dict[Key, History] = {}
    for month, state in zip(months, states, strict=True):
        if month.day <= period.previous_end:
            found = state
    return found


def _about(
    period: Period,
    config: Config,
    catalogue: Catalogue,
    last: MonthEnd,
    envelopes: Mapping[str, Mapping[str, Envelope]],
) -> dict[str, Any]:
    fingerprint = _fingerprint(catalogue, envelopes)
    collected = [a.collected_at for a in last.accounts if a.collected_at]
    settings = config.settings
    return {
        "id": f"IAM-{period.code}-{fingerprint[:8]}",
        "kind": period.kind,
        "label": period.label,
        "financial": period.financial,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "previous_end": period.previous_end.isoformat(),
        "part_period": not period.whole,
        "days": (period.end - period.start).days + 1,
        "timezone": settings.timezone,
        "organisation": settings.organisation,
        "marking": settings.marking,
        "version": settings.report_version,
        "prepared_by": settings.prepared_by,
        "prepared_for": settings.prepared_for,
        "recipients": list(settings.recipients),
        "assertion_by": settings.assertion.by,
        "assertion_title": settings.assertion.title,
        "tool": f"reportgen {__version__}",
        "catalogue_version": catalogue.version,
        "catalogue_sha256": catalogue.sha256,
        "controls_total": len(catalogue.controls),
        "controls_scored": sum(c.scored for c in catalogue.controls.values()),
        "maximum_age_days": settings.evidence.maximum_age_days,
        "first_collected": to_text(min(collected)) if collected else None,
        "last_collected": to_text(max(collected)) if collected else None,
        "fingerprint": fingerprint,
    }


def _fingerprint(catalogue: Catalogue, envelopes: Mapping[str, Mapping[str, Envelope]]) -> str:
    """SHA-256 over what was judged and by what: catalogue digest, then each piece of evidence."""
    items = sorted(
        f"{e.account_id}|{e.source}|{e.collected_at}|{e.status.value}|{e.sha256}"
        for sources in envelopes.values()
        for e in sources.values()
    )
    return hashlib.sha256("\n".join([catalogue.sha256, *items]).encode()).hexdigest()


def _change(now: dict[str, Any], previous: dict[str, Any] | None, key: str) -> dict[str, Any]:
    value, before = now[key], previous[key] if previous else None
    change = round(value - before, 1) if value is not None and before is not None else None
    return {"now": value, "previous": before, "change": change}


def _ageing(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bands = [label for _, label in finding.AGES] + [finding.OLDEST]
    return [
        {
            "band": band,
            "total": sum(row["age_band"] == band for row in rows),
            **finding.by_severity([row for row in rows if row["age_band"] == band]),
        }
        for band in bands
    ]


def _trend(
    months: Sequence[MonthEnd],
    tests: Sequence[pd.DataFrame],
    states: Sequence[dict[Key, History]],
    catalogue: Catalogue,
    register: Register,
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    found = []
    for month, frame, state in zip(months, tests, states, strict=True):
        open_keys = [
            key
            for key, history in state.items()
            if history.open and register.waiver(key[1], key[0], key[2], month.day) is None
        ]
        counts = Counter(catalogue.controls[key[1]].severity.value for key in open_keys)
        value = score.score(frame)
        found.append(
            {
                "day": month.day.isoformat(),
                "label": f"{month.day:%b %Y}",
                "score": value,
                "coverage": score.coverage(frame),
                "rating": score.rating(value, counts["critical"], counts["high"]),
                "open": len(open_keys),
                "open_by_severity": {s.value: counts[s.value] for s in Severity},
                "accounts": len(month.accounts),
                "carried": sorted(names[a] for a in month.carried),
                "unread": annexes.unread(month.accounts),
            }
        )
    return found


def _movement(
    moved: Mapping[str, list[Key]], states: Mapping[Key, History], context: finding.Context
) -> dict[str, Any]:
    closed: list[dict[str, Any]] = []
    for key in moved["closed"] + moved["brief"]:
        account, control, resource = key
        life = states[key]
        about = context.catalogue.controls[control]
        closed.append(
            {
                "control_id": control,
                "title": about.title,
                "severity": about.severity.value,
                "account_id": account,
                "account": context.names.get(account, account),
                "resource": resource,
                "first_seen": life.first_seen.isoformat(),
                "closed_by": annexes.iso(life.closed),
                "days_to_fix": ((life.closed or context.day) - life.first_seen).days,
                **context.days.of(key),
            }
        )
    closed.sort(
        key=lambda row: (Severity(row["severity"]).rank, row["control_id"], row["resource"])
    )
    return {**{name: len(keys) for name, keys in moved.items()}, "closed_rows": closed}


def _accounts(
    last: MonthEnd,
    tests: pd.DataFrame,
    rows: list[dict[str, Any]],
    months: Sequence[MonthEnd],
    history: Sequence[pd.DataFrame],
    period: Period,
    config: Config,
) -> list[dict[str, Any]]:
    opened: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["disposition"] == "open":
            opened.setdefault(row["account_id"], []).append(row)
    figures = score.by(tests, "account_id")
    scores = {key: found["score"] for key, found in figures.items()}
    covers = {key: found["coverage"] for key, found in figures.items()}
    earlier: dict[str, Any] = {}
    for month, frame in zip(months, history, strict=True):
        if month.day == period.previous_end:
            then = score.by(frame, "account_id")
            earlier = {key: found["score"] for key, found in then.items()}
    found = []
    for account in last.accounts:
        number = account.info.account_id
        mine = opened.get(number, [])
        found.append(
            {
                "account_id": number,
                "name": account.info.name,
                "environment": account.info.environment or "not stated",
                "owner": account.info.owner,
                "score": scores.get(number),
                "score_previous": earlier.get(number),
                "coverage": covers.get(number),
                "open": len(mine),
                "open_by_severity": finding.by_severity(mine),
                "collected_at": to_text(account.collected_at) if account.collected_at else None,
                "carried_from": annexes.iso(last.carried.get(number)),
                "unread": annexes.unread([account]),
            }
        )
    for number in last.absent:
        known = config.account(number)
        found.append(
            {
                "account_id": number,
                "name": known.name if known else number,
                "environment": (known.environment if known else None) or "not stated",
                "owner": known.owner if known else "",
                "score": scores.get(number),
                "score_previous": None,
                "coverage": covers.get(number),
                "open": 0,
                "open_by_severity": finding.by_severity([]),
                "collected_at": None,
                "carried_from": "",
                "unread": ["every source: never collected"],
            }
        )
    return sorted(found, key=lambda a: (a["score"] is None, a["score"], a["account_id"]))


def _families(
    tests: pd.DataFrame, last: MonthEnd, catalogue: Catalogue, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The heat map: for each control family a score overall and in each account."""
    order = [a.info.account_id for a in last.accounts] + list(last.absent)
    tests = _with_families(tests, catalogue)
    overall = score.by(tests, "family")
    each = score.by(tests.assign(cell=tests["family"] + "\n" + tests["account_id"]), "cell")
    nothing = {"score": None, "coverage": None}
    return [
        {
            "family": family,
            **overall.get(family, nothing),
            "accounts": [
                {
                    "account_id": a,
                    "account": names[a],
                    "score": each.get(f"{family}\n{a}", nothing)["score"],
                }
                for a in order
            ],
        }
        for family in catalogue.families
    ]


def _family_scores(tests: pd.DataFrame, catalogue: Catalogue) -> dict[str, float | None]:
    """The score of each control family."""
    found = score.by(_with_families(tests, catalogue), "family")
    return {family: figures["score"] for family, figures in found.items()}


def _with_families(tests: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    families = {control.id: control.family for control in catalogue.controls.values()}
    return tests.assign(family=tests["control_id"].map(families).astype(object))


def _controls(tests: pd.DataFrame, catalogue: Catalogue) -> list[dict[str, Any]]:
    sums = tests.groupby("control_id")[score.COUNTS].sum().to_dict("index")
    scores = score.by(tests.assign(scored=True), "control_id")
    found = []
    for control in catalogue.controls.values():
        counts = sums.get(control.id, dict.fromkeys(score.COUNTS, 0))
        found.append(
            {
                "control_id": control.id,
                "title": control.title,
                "family": control.family,
                "severity": control.severity.value,
                "cadence": control.cadence,
                "observability": control.observability,
                "scored": control.scored,
                "score": scores[control.id]["score"] if control.id in scores else None,
                "pass": int(counts["pass"]),
                "fail": int(counts["fail"]),
                "not_evaluated": int(counts["not-evaluated"]),
                "not_applicable": int(counts["not-applicable"]),
            }
        )
    return found
