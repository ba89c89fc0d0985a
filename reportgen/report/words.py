"""The words that a report uses for states; each set is closed."""

from __future__ import annotations

from enum import StrEnum


class PeriodKind(StrEnum):
    """How long the period of a report is."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUAL = "annual"


class Rating(StrEnum):
    """The overall rating, in the words of performance audits (bands: summarise/score.py)."""

    EFFECTIVE = "effective"
    LARGELY = "largely effective"
    PARTLY = "partly effective"
    NOT_EFFECTIVE = "not effective"
    NOT_TESTED = "not tested"


class State(StrEnum):
    """What the tests say of a requirement or a control."""

    EFFECTIVE = "effective"
    PARTLY = "partly effective"
    NOT_EFFECTIVE = "not effective"
    NOT_TESTED = "not tested"
    OUT_OF_REACH = "out of reach"
    NOT_APPLICABLE = "not applicable"


class Moved(StrEnum):
    """What became of a finding since the end of the last period.

    ``BRIEF`` was opened and closed in between.
    """

    NEW = "new"
    REPEAT = "repeat"
    REOPENED = "reopened"
    CLOSED = "closed"
    BRIEF = "brief"


class Disposition(StrEnum):
    """Whether a failing row is open, or accepted by a waiver in force."""

    OPEN = "open"
    ACCEPTED = "accepted"


class AgeBand(StrEnum):
    """Days since a finding was first seen."""

    TO_30 = "up to 30 days"
    TO_90 = "31 to 90 days"
    TO_180 = "91 to 180 days"
    OVER_180 = "over 180 days"


class HeldState(StrEnum):
    """Whether a control held over the whole period; ``ATTESTED`` rests on a statement alone."""

    HELD = "held all the time"
    SEEN = "held whenever seen"
    BROKEN = "did not hold all the time"
    NOT_SHOWN = "not shown"
    NOT_APPLICABLE = "not applicable"
    ATTESTED = "attested"


class WaiverState(StrEnum):
    """A waiver is in force to its last day."""

    IN_FORCE = "in force"
    LAPSED = "lapsed"


class AttestationState(StrEnum):
    """An attestation is current to its last day; one that a later one repeats is replaced."""

    CURRENT = "current"
    EXPIRED = "expired"
    REPLACED = "replaced"


class ReminderKind(StrEnum):
    """What lapses or falls due soon."""

    WAIVER = "waiver"
    SEVERITY = "severity"
    ATTESTATION = "attestation"
    ACTION = "action"


class DueState(StrEnum):
    """Where a response or an action stands beside its date."""

    DONE = "done"
    OVERDUE = "overdue"
    ON_TIME = "on time"


class EventKind(StrEnum):
    """What happened to the evidence of an account at a month's end."""

    JOINED = "joined"
    CARRIED = "carried"
    UNREAD = "unread"


class ProposalKind(StrEnum):
    """What a proposal of policy optimisation does; the order is the report's."""

    REMOVE = "remove"
    MERGE = "merge"
    NARROW = "narrow"


class KeyUse(StrEnum):
    """Why an access key counts as unused."""

    NEVER_USED = "never used"
    UNUSED = "unused"


class ReviewState(StrEnum):
    """How an access review stands: signed off, going on, or past its due day."""

    CLOSED = "closed"
    OPEN = "open"
    OVERDUE = "overdue"
