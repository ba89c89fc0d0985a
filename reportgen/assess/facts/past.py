"""The account's past: when it was collected, and which statements were signed."""

from __future__ import annotations

from datetime import date

from reportgen.assess.facts.answers import Answers
from reportgen.audit.register import Attestation
from reportgen.model import HISTORY, REGISTER


class PastFacts(Answers):
    """Facts of the store's own history, and of the register's."""

    @property
    def today(self) -> date:
        """The day that is judged, in the organisation's time zone."""
        return self._past.today

    @property
    def collected_days(self) -> tuple[date, ...]:
        """The days on which the account was collected, earliest first."""
        self._note(HISTORY)
        return self._past.collected

    def signed(self, control: str) -> tuple[Attestation, ...]:
        """Every statement on a control signed for this account by today, also ended ones."""
        self._note(REGISTER)
        return self._past.signed.get(control, ())
