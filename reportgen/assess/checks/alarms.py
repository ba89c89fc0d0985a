"""Alarms: does somebody hear of what an intruder does first?

Whether a rule or a filter would see an event is tried on events as CloudTrail records them
(reportgen/assess/events/), not told from the words of its pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reportgen.assess.checks.attest import completed
from reportgen.assess.checks.monitoring import elsewhere
from reportgen.assess.events.activities import ROOT_USE, Occurrence, activities
from reportgen.assess.facts import AccountFacts, first_reason
from reportgen.assess.facts.detectors import Detector, Detectors, that_see
from reportgen.assess.judge import (
    Judgement,
    Opinion,
    failed,
    on_account,
    passed,
    unknown,
)
from reportgen.assess.parameters import Texts
from reportgen.assess.records import Unavailable

# Targets behind which there is no person, and no other service that could tell one.
_SILENT = ("logs", "firehose", "kinesis", "autoscaling")


@dataclass
class Watch:
    """What watches an activity: the detectors by event, and the events that nothing sees."""

    seen: dict[str, list[Detector]] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)


def _watch(
    facts: AccountFacts, detectors: Detectors, occurrences: Sequence[Occurrence], gaps: list[str]
) -> Watch:
    """Who sees each event, in each region in which it can happen."""
    found = Watch()
    home = facts.home_region
    for occurrence in occurrences:
        regions = facts.enabled_regions() if occurrence.everywhere else [home]
        seeing = [that_see(detectors, occurrence, region, gaps) for region in regions or [home]]
        # A detector without an action that was read may call nobody.
        acting = [[d for d in each if d.actions] for each in seeing]
        if all(acting):
            found.seen[occurrence.name] = list({d.name: d for e in acting for d in e}.values())
            continue
        found.unseen.append(occurrence.name)
        gaps += [
            f"what {d.name} calls was not read" for e in seeing for d in e if d.actions is None
        ]
    return found


def raised(facts: AccountFacts, *, activities: Texts) -> Iterator[Judgement]:
    """Each activity makes an alarm ring, or calls a rule's target."""
    yield on_account(facts, _raised(facts, activities))


def _raised(facts: AccountFacts, wanted: Sequence[str]) -> Opinion:
    known = activities()
    unknown_names = [name for name in wanted if name not in known]
    if unknown_names:
        said = f"there is no activity {unknown_names[0]!r}; there are {', '.join(known)}"
        raise Unavailable(said)
    detectors = facts.detectors()
    gaps = list(detectors.gaps)
    missing, names = [], set()
    for activity in wanted:
        occurrences = [
            o for o in known[activity] if not o.management or facts.is_management is not False
        ]
        watch = _watch(facts, detectors, occurrences, gaps)
        if watch.unseen:
            missing.append(f"{activity} ({first_reason(watch.unseen)})")
        names |= {d.name for seeing in watch.seen.values() for d in seeing}
    if not missing:
        return passed(f"Seen by {first_reason(sorted(names))}.")
    if other := _watched_elsewhere(facts):
        return other
    if gaps:
        told = first_reason(dict.fromkeys(gaps))
        return unknown(f"No alarm is shown for {first_reason(missing)}: {told}.")
    return failed(f"No alarm rings for {first_reason(missing)}.")


def _watched_elsewhere(facts: AccountFacts) -> Opinion | None:
    """The opinion where the account's events are another account's to watch."""
    try:
        other = facts.organisation_trail_of_another(facts.trails())
    except Unavailable:
        return None
    group = other.watched_group if other else None
    if other is None or group is None or group[1] == facts.account_id:
        return None
    return elsewhere(facts, group[1], f"Its events go to the log group of {other.name} in")


def root_heard(facts: AccountFacts, *, control: str) -> Iterator[Judgement]:
    """What watches root reaches a confirmed subscriber; that somebody acts on it is attested."""
    detectors = facts.detectors()
    gaps = list(detectors.gaps)
    watch = _watch(facts, detectors, activities()[ROOT_USE], gaps)
    shown = _heard(facts, watch, gaps)
    yield on_account(facts, completed(facts, control, shown, "somebody acts on it at once"))


def _heard(facts: AccountFacts, watch: Watch, gaps: list[str]) -> Opinion:
    deaf = []
    reached = set()
    for event, seeing in watch.seen.items():
        heard = [said for d in seeing for a in d.actions or () if (said := _hears(facts, a, gaps))]
        reached |= set(heard)
        if not heard:
            deaf.append(f"{event} reaches nobody ({first_reason([d.name for d in seeing])})")
    deaf += [f"nothing watches {event}" for event in watch.unseen]
    if not deaf:
        return passed(f"Root's use reaches {first_reason(sorted(reached))}.")
    if watch.unseen and (other := _watched_elsewhere(facts)):
        return other
    if gaps:
        return unknown(f"{_capital(first_reason([*deaf, *dict.fromkeys(gaps)]))}.")
    return failed(f"{_capital(first_reason(deaf))}.")


def _hears(facts: AccountFacts, action: str, gaps: list[str]) -> str:
    """Who or what is behind an action; empty for nobody."""
    parts = action.split(":")
    service = parts[2] if len(parts) > 5 else ""
    if service != "sns":
        return "" if service in ("", *_SILENT) else action
    try:
        count = facts.confirmed_subscribers(action)
    except Unavailable as reason:
        gaps.append(str(reason))
        return ""
    return f"{count} confirmed on {parts[5]}" if count else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def guardduty(facts: AccountFacts) -> Iterator[Judgement]:
    """GuardDuty is enabled in every region that is switched on."""
    listing = facts.regional("guardduty-detectors")
    off, on, unread = list(listing.absent), [], list(listing.gaps)
    for region, answer in listing.answers.items():
        detectors = answer.get("Detectors", answer.get("DetectorIds"))
        if detectors is None and "Status" in answer:
            # GetDetector's own answer, exported as it is.
            detectors = [answer]
        if not isinstance(detectors, list) or not all(isinstance(d, dict) for d in detectors):
            unread.append(f"whether GuardDuty is enabled in {region} was not read")
        elif any(detector.get("Status") == "ENABLED" for detector in detectors):
            on.append(region)
        elif any("Status" not in detector for detector in detectors):
            unread.append(f"the detector of {region} was not read")
        else:
            off.append(region)
    if off:
        opinion = failed(f"GuardDuty is not enabled in {first_reason(sorted(off))}.")
    elif unread:
        opinion = unknown(f"{_capital(first_reason(dict.fromkeys(unread)))}.")
    else:
        opinion = passed(f"GuardDuty is enabled in {first_reason(on)}.")
    yield on_account(facts, opinion)
