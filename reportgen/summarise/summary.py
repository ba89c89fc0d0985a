"""Builds the summary: every number, name and sentence part that a report shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from reportgen import __version__
from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue
from reportgen.catalogue.thresholds import Thresholds
from reportgen.clock import to_text
from reportgen.config import Config
from reportgen.model import Envelope
from reportgen.report.position import Header
from reportgen.report.summary import SCHEMA_VERSION, Summary
from reportgen.report.words import PeriodKind
from reportgen.summarise import annexes, held, people, position, registered, timeline
from reportgen.summarise.applicability import applicability, sheets
from reportgen.summarise.findings import FindingContext, moved_findings, open_findings, titles_of
from reportgen.summarise.frames import MonthEnd
from reportgen.summarise.frameworks import TestsByControl, crosswalk, scorecard
from reportgen.summarise.held import Observation
from reportgen.summarise.movement import follow, movement
from reportgen.summarise.pages import envelopes_of, pages
from reportgen.summarise.periods import Period
from reportgen.summarise.policies import proposals

TREND_MONTHS = 13


def summarise(
    period: Period,
    months: Sequence[MonthEnd],
    observations: Iterable[Observation],
    catalogue: Catalogue,
    config: Config,
    register: Register,
    frameworks: Sequence[str],
    thresholds: Thresholds,
) -> Summary:
    """Return the summary of ``period``.

    ``months`` are the month ends up to the period's end, earliest first, the last one being the
    period's end itself; ``observations`` every evaluation within the period and the last before
    it. ``frameworks`` are ids of the catalogue, in the order to show them; ``thresholds`` of its
    controls are told where there are several.
    """
    tests = [month.tests for month in months]
    states = follow([(month.day, month.rows) for month in months])
    last, names = months[-1], _names(months, config)
    days = held.days_of(
        period,
        observations,
        names,
        [c.id for c in catalogue.controls.values()],
        config.settings.evidence.maximum_age_days,
    )
    context = FindingContext(
        last.day, catalogue, register, names, last.carried, days, frameworks, titles_of(last)
    )
    moves = movement(timeline.state_before(months, states, period.start), states[-1], period.start)
    rows = open_findings(last.rows, states[-1], moves, context)
    trend = timeline.trend(months, tests, states, catalogue, register, names)
    previous = next((t for t in trend if t.day == period.previous_end.isoformat()), None)
    now = trend[-1]
    findings = position.finding_counts(rows, previous)
    lookup = TestsByControl(catalogue, tests[-1], last.variants, thresholds)
    scorecards = tuple(scorecard(catalogue.frameworks[name], lookup) for name in frameworks)
    controls = position.controls(tests[-1], catalogue)
    accounts = position.accounts(last, rows, months, tests, period, config)
    moved = moved_findings(moves, states[-1], context)
    holding = held.report(days, catalogue)
    access = people.access(last, names)
    applicable = applicability(controls, scorecards, holding)
    annual = period.kind == PeriodKind.ANNUAL
    families = [position.family_scores(test, catalogue) for test in tests] if annual else []
    return Summary(
        schema_version=SCHEMA_VERSION,
        report=_header(period, config, catalogue, last),
        rating=now.rating,
        rating_previous=previous.rating if previous else None,
        score=timeline.change(now.score, previous.score if previous else None),
        coverage=timeline.change(now.coverage, previous.coverage if previous else None),
        target_score=config.settings.target_score,
        findings=findings,
        movement=moved,
        time_to_fix=timeline.time_to_fix(moved.closed_rows),
        like_for_like=timeline.like_for_like(months, tests, period),
        trend=trend[-TREND_MONTHS:],
        quarters=timeline.quarters(period, trend, months, states, families) if annual else (),
        held=holding,
        accounts=accounts,
        owners=position.owners(rows, accounts),
        families=position.families(tests[-1], last, catalogue, names),
        controls=controls,
        frameworks=scorecards,
        other_frameworks=tuple(
            scorecard(framework, lookup)
            for key, framework in catalogue.frameworks.items()
            if key not in frameworks
        ),
        crosswalk=crosswalk(lookup),
        applicability=applicable,
        sheets=sheets(catalogue, applicable, controls, holding, rows) if annual else (),
        finding_pages=pages(rows, tests[-1], envelopes_of(last), context),
        register=rows,
        waivers=annexes.waivers(register, last.day, rows),
        severities=registered.severities(
            register, last.day, rows, {c.id: c.severity for c in catalogue.controls.values()}
        ),
        attestations=annexes.attestations(register, last.day),
        responses=annexes.responses(register, last.day, rows),
        reminders=registered.reminders(
            register,
            last.day,
            config.settings.reminder_days,
            rows,
            {c.id: c.title for c in catalogue.controls.values()},
        ),
        register_notes=registered.notes(register, last.day, rows),
        access=access,
        role_usage=people.role_usage(access.roles),
        monthly_review=people.monthly(access.users, period.start.isoformat()),
        proposals=proposals(last, names),
        not_evaluated=annexes.not_evaluated(last.rows, catalogue, names),
        events=annexes.events(months, names, period),
        evidence=annexes.evidence(last, names),
        control_totals=annexes.control_totals(last, names),
    )


def _names(months: Sequence[MonthEnd], config: Config) -> dict[str, str]:
    names = {a.info.account_id: a.info.name for month in months for a in month.accounts}
    for account in config.settings.accounts:
        names.setdefault(account.id, account.name)
    return names


def _header(
    period: Period,
    config: Config,
    catalogue: Catalogue,
    last: MonthEnd,
) -> Header:
    fingerprint = _fingerprint(catalogue, [e for a in last.accounts for e in a.envelopes])
    collected = [a.collected_at for a in last.accounts if a.collected_at]
    settings = config.settings
    return Header(
        id=f"IAM-{period.code}-{fingerprint[:8]}",
        kind=PeriodKind(period.kind),
        label=period.label,
        financial=period.financial,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        previous_end=period.previous_end.isoformat(),
        part_period=not period.whole,
        days=(period.end - period.start).days + 1,
        timezone=settings.timezone,
        organisation=settings.organisation,
        marking=settings.marking,
        version=settings.report_version,
        prepared_by=settings.prepared_by,
        prepared_for=settings.prepared_for,
        recipients=tuple(settings.recipients),
        assertion_by=settings.assertion.by,
        assertion_title=settings.assertion.title,
        tool=f"reportgen {__version__}",
        catalogue_version=catalogue.version,
        catalogue_sha256=catalogue.sha256,
        controls_total=len(catalogue.controls),
        controls_scored=sum(c.scored for c in catalogue.controls.values()),
        maximum_age_days=settings.evidence.maximum_age_days,
        first_collected=to_text(min(collected)) if collected else None,
        last_collected=to_text(max(collected)) if collected else None,
        fingerprint=fingerprint,
    )


def _fingerprint(catalogue: Catalogue, envelopes: Iterable[Envelope]) -> str:
    """SHA-256 over what was judged and by what: catalogue digest, then each piece of evidence."""
    items = sorted(
        f"{e.account_id}|{e.source}|{e.collected_at}|{e.status.value}|{e.sha256}" for e in envelopes
    )
    return hashlib.sha256("\n".join([catalogue.sha256, *items]).encode()).hexdigest()
