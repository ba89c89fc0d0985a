"""The evidence of one account, source by source, and a note of what was asked.

A source that was not read raises Unavailable when a check asks for it; one bad record raises
Unreadable when a check reads the bad field. Both end as not-evaluated with the reason, the first
for the control, the second for that record alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from reportgen.assess.analyses import Analyses
from reportgen.assess.facts.noting import Noting, remembered
from reportgen.assess.organisation import Organisation
from reportgen.assess.past import Past
from reportgen.assess.readings import Readings
from reportgen.assess.records import CUT_OFF, DETAILS, Unavailable, records
from reportgen.clock import parse_moment, whole_days
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError
from reportgen.evidence.store import Snapshot
from reportgen.model import CONFIGURATION, REGISTER, AccountInfo, Envelope, Status, absent
from reportgen.sources import own_sources
from reportgen.sources.rows import misshapen

T = TypeVar("T")


class Answers(Noting):
    """What an account's snapshot holds at ``as_of``, each answer parsed once."""

    def __init__(
        self,
        info: AccountInfo,
        snapshot: Snapshot,
        as_of: datetime,
        maximum_age_days: int,
        attestations: Mapping[str, str],
        organisation: Organisation | None = None,
        known_accounts: Iterable[str] = (),
        third_parties: Iterable[str] = (),
        past: Past | None = None,
        analyses: Analyses | None = None,
        readings: Readings | None = None,
    ) -> None:
        super().__init__()
        self.account_id = info.account_id
        self.as_of = as_of
        self.collected_at = snapshot.collected_at
        self._info = info
        self._attestations = attestations
        self._organisation = organisation
        self._known_accounts = frozenset(known_accounts)
        self._third_parties = frozenset(third_parties)
        self._past = past or Past(as_of.date(), (snapshot.collected_at.date(),))
        self._snapshot = snapshot
        self._maximum_age_days = maximum_age_days
        self._envelopes = snapshot.of_account(info.account_id)
        self._parsed: dict[str, Any] = {}
        self._analyses = analyses or Analyses()
        self._readings = readings or Readings()

    # -- the account --------------------------------------------------------------------------

    @property
    def envelopes(self) -> Mapping[str, Envelope]:
        """The account's envelopes by key; for the manifest, since looking here notes nothing."""
        return self._envelopes

    @cached_property
    def partition(self) -> str:
        """The AWS partition: aws, aws-us-gov, aws-cn."""
        return next((e.partition for e in self._envelopes.values()), "aws")

    @property
    def account_arn(self) -> str:
        """The ARN that stands for the account as a whole (and for its root user)."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    @property
    def environment(self) -> str | None:
        """Which environment the configuration says it is; None where it says nothing."""
        self._note(CONFIGURATION)
        return self._info.environment

    @property
    def declared_management(self) -> bool | None:
        """Whether the configuration says it is the management account; None for nothing said."""
        self._note(CONFIGURATION)
        return self._info.management

    def attestation(self, control: str) -> str | None:
        """The sentence that attests a control for this account now, if there is one."""
        self._note(REGISTER)
        return self._attestations.get(control)

    # -- sources ------------------------------------------------------------------------------

    def _envelope(self, source: str) -> Envelope | None:
        """The envelope of a source, its absence noted as well."""
        envelope = self._envelopes.get(source)
        self._note(envelope.id if envelope else absent(self.account_id, source))
        return envelope

    def status_of(self, source: str) -> Status | None:
        """How the read of a source ended; None where nobody tried."""
        envelope = self._envelope(source)
        return envelope.status if envelope else None

    def _answer(
        self, source: str, read: Callable[[bytes], T], *, when_absent: T | None = None
    ) -> T:
        envelope = self._envelope(source)
        if envelope is None:
            raise Unavailable(f"{source} was not collected")
        if envelope.status is Status.NOT_ENABLED and when_absent is not None:
            return when_absent
        if envelope.status is not Status.COLLECTED:
            detail = f" ({envelope.detail})" if envelope.detail else ""
            raise Unavailable(f"{source} could not be read: {envelope.status.value}{detail}")
        age = whole_days(self.as_of, parse_moment(envelope.collected_at))
        if age > self._maximum_age_days:
            raise Unavailable(
                f"{source} is {age} days old, more than the {self._maximum_age_days} allowed"
            )
        if source not in self._parsed:
            self._parsed[source] = self._read(source, envelope, read)
        parsed = self._parsed[source]
        if isinstance(parsed, AnswerError):
            raise Unavailable(f"{source} {parsed}")
        result: T = parsed
        return result

    def _read(self, source: str, envelope: Envelope, read: Callable[[bytes], Any]) -> Any:
        """An answer read, or the AnswerError that says why it cannot be."""

        def reading() -> Any:
            try:
                return read(self._snapshot.read(envelope))
            except AnswerError as error:
                return error

        return self._readings.of((source, *self._snapshot.listed(envelope)), reading)

    @remembered
    def _json(self, source: str) -> dict[str, Any]:
        """A JSON answer. Raises Unavailable for a list that AWS had more of.

        What is missing could fail; only the authorisation details, which say so in ``gaps``,
        are judged as far as they go.
        """
        about = own_sources()[source.partition("@")[0]]

        def read(content: bytes) -> dict[str, Any]:
            found = answers.parse(source, content, about.keys)
            if wrong := misshapen(found, about.rows):
                raise AnswerError(f"is damaged: {wrong}")
            return found

        answer = self._answer(source, read)
        if source != DETAILS and answers.is_cut_off(answer):
            raise Unavailable(f"{source} {CUT_OFF}")
        return answer

    @remembered
    def _listed(self, source: str, key: str) -> list[Mapping[str, Any]]:
        """The objects of one list of a JSON answer. Raises Unavailable where it is no list.

        That there is nothing is said by an empty list; null, or a text, says nothing.
        """
        value = self._json(source).get(key)
        if not isinstance(value, list):
            raise Unavailable(f"{source} is damaged: {key} is not a list")
        return records(value)
