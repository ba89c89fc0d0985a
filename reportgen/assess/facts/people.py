"""People: the lines of the credential report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reportgen.assess.facts.entities import EntityFacts
from reportgen.assess.facts.noting import remembered
from reportgen.assess.facts.records import RecordFacts
from reportgen.assess.records import CLOCK_SKEW, CredentialRow, Entity, Unavailable, Unreadable
from reportgen.clock import parse_moment, whole_days
from reportgen.evidence import answers
from reportgen.evidence.answers import CredentialReport


@dataclass(frozen=True)
class People:
    """The users that the credential report and the authorisation details tell of.

    ``rows`` has each user's line by ARN, ``faults`` why a line is not to be judged; ``missing``
    the users whom the report lacks, ``gap`` why there may be more, empty where there are not.
    """

    rows: Mapping[str, CredentialRow]
    faults: Mapping[str, str]
    missing: tuple[Entity, ...]
    gap: str


class PeopleFacts(EntityFacts, RecordFacts):
    """Facts of the credential report, held against the authorisation details."""

    @remembered
    def _credential_report(self) -> CredentialReport:
        report = self._answer("credential-report", answers.parse_credential_report)
        age = self._report_age(report)
        if age is not None and age > self._maximum_age_days:
            raise Unavailable(
                f"the credential report was generated {age} days before the assessment, more than "
                f"the {self._maximum_age_days} allowed"
            )
        return report

    def _report_age(self, report: CredentialReport) -> int | None:
        """Days since AWS generated the report; None when that time cannot be right.

        A report cannot be older than a moment that it itself records.
        """
        envelope = self._envelopes["credential-report"]
        stated = envelope.generated_time
        # Read live, AWS makes a new report once the last is four hours old; a file can be any age.
        if not stated or envelope.origin == "aws":
            return None
        generated = parse_moment(stated)
        created = []
        for cells in report.rows:
            try:
                moment = CredentialRow(cells, self.as_of).when("user_creation_time")
            except Unreadable:
                continue
            if moment is not None:
                created.append(moment)
        if created and max(created) > generated + CLOCK_SKEW:
            return None
        return whole_days(self.as_of, generated)

    @remembered
    def credential_rows(self) -> list[CredentialRow]:
        """Every line of the credential report but root's."""
        rows = (CredentialRow(cells, self.as_of) for cells in self._credential_report().rows)
        return [row for row in rows if not row.is_root]

    def root_row(self) -> CredentialRow:
        """Root's line of the credential report. Raises Unavailable when there is none."""
        for cells in self._credential_report().rows:
            row = CredentialRow(cells, self.as_of)
            if row.is_root:
                return row
        raise Unavailable("the credential report has no line for the root user")

    @remembered
    def users_missing_from_report(self) -> tuple[list[Entity], str]:
        """Users that the authorisation details have and the credential report lacks.

        The second part says why completeness could not be shown, and is empty where it could.
        The report can be hours old (IAM User Guide, "Getting credential reports").
        """
        rows = self.credential_rows()
        listed = {row.arn for row in rows}
        without_arn = {row.user for row in rows if not row.arn or row.arn_is_odd}
        try:
            users = self.users()
        except Unavailable as reason:
            return [], self._miscounted(len(rows), reason)
        missing = [
            user
            for user in users.records
            if user.arn not in listed and user.name not in without_arn
        ]
        return missing, "; ".join(users.gaps)

    @remembered
    def people(self) -> People:
        """Every user but root, each once. Raises Unavailable without a credential report."""
        named = [(self._user_arn(row), row) for row in self.credential_rows()]
        missing, gap = self.users_missing_from_report()
        times = Counter(arn for arn, _ in named)
        rows, faults = dict(named), {}
        for arn, row in rows.items():
            if times[arn] > 1:
                faults[arn] = "the credential report lists this user more than once"
            elif row.arn_is_odd:
                faults[arn] = f"the credential report's ARN of this user is {row.arn!r:.80}"
        return People(rows, faults, tuple(missing), gap)

    def _user_arn(self, row: CredentialRow) -> str:
        """The user's ARN as the report has it, or one by its name where that is no user's ARN."""
        if row.arn and not row.arn_is_odd:
            return row.arn
        return f"arn:{self.partition}:iam::{self.account_id}:user/{row.user}"

    def _miscounted(self, rows: int, without_list: Unavailable) -> str:
        """Why the summary's count does not show that the report is whole; empty where it does."""
        try:
            counted = self.summary("Users")
        except Unavailable as without_count:
            return f"{without_list}; {without_count}"
        if counted == rows:
            return ""
        return f"the account has {counted} users, the report {rows}; {without_list}"
