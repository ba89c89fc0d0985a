"""IAM Access Analyzer and last accessed data: who comes from outside, what nobody uses.

Sources: IAM User Guide, "Access Analyzer findings" and "Refining permissions using last accessed
information".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reportgen.assess.checks.attest import completed
from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    counted,
    days,
    failed,
    on_account,
    passed,
    unknown,
)
from reportgen.assess.parameters import GraceDays, MaximumDays
from reportgen.assess.records import Unavailable
from reportgen.clock import parse_moment, whole_days
from reportgen.model import Status

_EXTERNAL = ("ACCOUNT", "ORGANIZATION")
_UNUSED = ("ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS")


def external_access(facts: AccountFacts, *, grace_days: GraceDays) -> Iterator[Judgement]:
    """An analyzer for external access is active in every region, and no finding stays open."""
    yield on_account(facts, _external(facts, grace_days))


def _external(facts: AccountFacts, grace_days: int) -> Opinion:
    analyzers = facts.regional("access-analyzers")
    seen: dict[str, set[str]] = {region: set() for region in analyzers.answers}
    for region, analyzer in analyzers.listed("analyzers"):
        if analyzer.get("type") in _EXTERNAL and analyzer.get("status") == "ACTIVE":
            seen[region].add(str(analyzer.get("arn")))
    bare = sorted([*analyzers.absent, *(region for region, arns in seen.items() if not arns)])
    unread = list(analyzers.gaps)
    open_ = _open(facts, set().union(*seen.values()), unread)
    old = sum(age > grace_days for age in open_)
    wrong = []
    if old:
        wrong.append(f"{counted(old, 'finding')} open for more than {days(grace_days)}")
    if bare and not _in_an_organisation(facts):
        wrong.append(f"no analyzer is active in {first_reason(bare)}")
    if wrong:
        said = "; ".join(wrong)
        return failed(f"{said[:1].upper()}{said[1:]}.")
    if bare:
        said = f"no analyzer of the account is active in {first_reason(bare)}"
        unread.append(f"{said}, and whether the organisation's looks at it is not seen from here")
    if unread:
        return unknown(f"{first_reason(dict.fromkeys(unread))}.")
    said = f"Analyzers are active in {first_reason(sorted(seen))}"
    return passed(f"{said}; {counted(len(open_), 'finding')} open, none of them old.")


def _in_an_organisation(facts: AccountFacts) -> bool:
    """Whether an analyzer of the organisation, in another account, may look at this one."""
    return facts.status_of("organization") is not Status.NOT_ENABLED and (
        facts.is_management is not True
    )


def _open(facts: AccountFacts, analyzers: set[str], unread: list[str]) -> list[int]:
    """For how many days each open finding of these analyzers has been so."""
    if not analyzers:
        return []
    try:
        listing = facts.regional("access-analyzer-findings")
    except Unavailable as reason:
        unread.append(str(reason))
        return []
    ages = []
    for _, finding in listing.listed("findings"):
        if finding.get("analyzerArn") not in analyzers or finding.get("status") != "ACTIVE":
            continue
        try:
            ages.append(whole_days(facts.as_of, parse_moment(str(finding.get("createdAt")))))
        except ValueError:
            unread.append(f"since when the finding {finding.get('id')} is open was not read")
    unread += listing.gaps
    return ages


def unused_measured(facts: AccountFacts) -> Iterator[Judgement]:
    """Unused permissions are measured: by an analyzer, or by last accessed data."""
    unread: list[str] = []
    active: list[Mapping[str, Any]] = []
    try:
        analyzers = facts.regional("access-analyzers")
        active = [
            analyzer
            for _, analyzer in analyzers.listed("analyzers")
            if analyzer.get("type") in _UNUSED and analyzer.get("status") == "ACTIVE"
        ]
        unread += analyzers.gaps
    except Unavailable as reason:
        unread.append(str(reason))
    if active:
        said = f"The analyzer {active[0].get('name')} measures unused access."
        yield on_account(facts, passed(said))
        return
    if facts.status_of("last-accessed") is not None:
        try:
            count = len(facts.last_accessed())
        except Unavailable as reason:
            unread.append(str(reason))
        else:
            said = f"Last accessed data of {counted(count, 'principal')} was read."
            yield on_account(facts, passed(said))
            return
    if unread:
        opinion = unknown(f"{first_reason(dict.fromkeys(unread))}.")
    else:
        said = "No analyzer measures unused access, and nobody reads last accessed data."
        opinion = failed(said)
    yield on_account(facts, opinion)


def last_accessed_reviewed(
    facts: AccountFacts, *, control: str, maximum_days: MaximumDays
) -> Iterator[Judgement]:
    """Last accessed data of everybody is there and fresh; that it is reviewed is attested."""
    reports = facts.last_accessed()
    wanted = [
        e
        for e in (*facts.users().records, *facts.roles().records)
        if not e.path.startswith("/aws-service-role/")
    ]
    gaps = [*facts.users().gaps, *facts.roles().gaps]
    unread = [f"no report on {e.name}" for e in wanted if e.arn not in reports]
    ages = []
    for arn, report in reports.items():
        try:
            moment = parse_moment(str(report.get("JobCompletionDate")))
        except ValueError:
            unread.append(f"of which day the report on {arn.split('/')[-1]} is was not read")
            continue
        ages.append(whole_days(facts.as_of, moment))
    oldest = max(ages, default=0)
    if oldest > maximum_days:
        said = f"The oldest report is {days(oldest)} old; the limit is {days(maximum_days)}."
        shown = failed(said)
    elif unread or gaps:
        shown = unknown(f"{first_reason([*unread, *gaps])}.")
    else:
        shown = passed(
            f"reports on {counted(len(wanted), 'principal')}, the oldest of {days(oldest)} ago."
        )
    yield on_account(facts, completed(facts, control, shown, "somebody reviews them"))
