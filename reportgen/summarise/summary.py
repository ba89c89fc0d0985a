"""Builds the summary: every number, name and sentence part that a report shows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from reportgen import __version__
from reportgen.audit.register import Register
from reportgen.catalogue import Catalogue
from reportgen.catalogue.thresholds import Thresholds
from reportgen.clock import to_text
from reportgen.config import Config
from reportgen.lists import ListedProposal, ReviewLists
from reportgen.model import Envelope
from reportgen.report.position import Header
from reportgen.report.summary import SCHEMA_VERSION, Summary
from reportgen.report.words import PeriodKind
from reportgen.summarise import annexes, held, people, position, registered, timeline
from reportgen.summarise.account import AccountHistory, Timespan
from reportgen.summarise.applicability import applicability, sheets
from reportgen.summarise.findings import FindingContext, moved_findings, open_findings
from reportgen.summarise.frames import month_ends, variants_of
from reportgen.summarise.frameworks import TestsByControl, crosswalk, scorecard
from reportgen.summarise.pages import envelopes_of, pages
from reportgen.summarise.periods import Period
from reportgen.summarise.policies import proposals

TREND_MONTHS = 13


def summarise(
    span: Timespan,
    histories: Sequence[AccountHistory],
    absent: Sequence[str],
    lists: Callable[[str], ReviewLists],
    catalogue: Catalogue,
    config: Config,
    register: Register,
    frameworks: Sequence[str],
    thresholds: Thresholds,
) -> Summary:
    """Return the summary of a period.

    ``histories`` are those of every account in the order of their ids; ``absent`` are configured
    accounts of which nothing was ever collected; ``lists`` gives those of an account's access
    review. ``frameworks`` are ids of the catalogue, in the order to show them; ``thresholds`` of
    its controls are told where there are several.
    """
    period, names = span.period, _names(histories, config)
    months = month_ends(span.days, histories, absent, catalogue)
    last, tests = months[-1], months[-1].tests
    context = FindingContext(span.days, catalogue, register, names, last.carried, frameworks)
    rows = open_findings(histories, context)
    trend = timeline.trend(months, histories, catalogue, register, names)
    previous = next((t for t in trend if t.day == period.previous_end.isoformat()), None)
    now = trend[-1]
    findings = position.finding_counts(rows, previous)
    lookup = TestsByControl(catalogue, tests, variants_of(histories, catalogue), thresholds)
    scorecards = tuple(scorecard(catalogue.frameworks[name], lookup) for name in frameworks)
    controls = position.controls(tests, catalogue)
    accounts = position.accounts(histories, rows, months, period, config)
    moved = moved_findings(histories, context)
    holding = held.report(_days(span, histories, absent, catalogue, config), catalogue)
    offered: list[tuple[str, ListedProposal]] = []
    access = people.access(_listed(histories, lists, offered), names)
    applicable = applicability(controls, scorecards, holding)
    annual = period.kind == PeriodKind.ANNUAL
    families = [position.family_scores(m.tests, catalogue) for m in months] if annual else []
    return Summary(
        schema_version=SCHEMA_VERSION,
        report=_header(period, config, catalogue, histories),
        rating=now.rating,
        rating_previous=previous.rating if previous else None,
        score=timeline.change(now.score, previous.score if previous else None),
        coverage=timeline.change(now.coverage, previous.coverage if previous else None),
        target_score=config.settings.target_score,
        findings=findings,
        movement=moved,
        time_to_fix=timeline.time_to_fix(moved.closed_rows),
        like_for_like=timeline.like_for_like(months, period),
        trend=trend[-TREND_MONTHS:],
        quarters=timeline.quarters(period, trend, months, histories, families),
        held=holding,
        accounts=accounts,
        owners=position.owners(rows, accounts),
        families=position.families(tests, last, catalogue, names),
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
        finding_pages=pages(rows, tests, envelopes_of(histories), context),
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
        proposals=proposals(offered, names),
        not_evaluated=annexes.not_evaluated(histories, absent, catalogue, names),
        events=annexes.events(months, names, period),
        evidence=annexes.evidence(histories, names),
        control_totals=annexes.control_totals(histories, names),
    )


def _names(histories: Iterable[AccountHistory], config: Config) -> dict[str, str]:
    names = {history.account_id: history.last.info.name for history in histories}
    for account in config.settings.accounts:
        names.setdefault(account.id, account.name)
    return names


def _days(
    span: Timespan,
    histories: Iterable[AccountHistory],
    absent: Sequence[str],
    catalogue: Catalogue,
    config: Config,
) -> held.ControlDays:
    """The days of every control over all accounts."""
    age = config.settings.evidence.maximum_age_days
    days = held.days_of(span.period, (), absent, catalogue.controls, age).by_control()
    for history in histories:
        days.add(history.days)
    return days


def _listed(
    histories: Iterable[AccountHistory],
    lists: Callable[[str], ReviewLists],
    offered: list[tuple[str, ListedProposal]],
) -> Iterator[tuple[str, ReviewLists]]:
    """The lists of one account after the other, with what is offered of each put aside."""
    for history in histories:
        found = lists(history.account_id)
        offered += [(history.account_id, row) for row in found.get("proposals", [])]
        yield history.account_id, found


def _header(
    period: Period,
    config: Config,
    catalogue: Catalogue,
    histories: Sequence[AccountHistory],
) -> Header:
    fingerprint = _fingerprint(catalogue, [e for h in histories for e in h.envelopes])
    collected = [h.collected_at for h in histories if h.collected_at]
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
