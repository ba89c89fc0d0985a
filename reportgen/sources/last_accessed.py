"""When each user and role last used each service that its policies allow (IAM last accessed).

AWS makes a report for each principal on request: one request starts it, one or two fetch it. All
are started first, so that AWS works on them at once. A report of the last snapshot is taken over
where the principal and all that gives it rights is unchanged and the report is not old: AWS's own
date stays in it. Service-linked roles are not asked for, since nobody can change what they may do.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from reportgen.clock import now, parse_moment, pause
from reportgen.model import Status
from reportgen.sources.rights_of import digests
from reportgen.sources.source import PAGE, Aws, Read, ReadError, Source, malformed, text_of

SERVICE_LEVEL, ACTION_LEVEL = "SERVICE_LEVEL", "ACTION_LEVEL"
# A report that is younger than this is taken over for a principal whose rights did not change.
REUSED_WITHIN = timedelta(days=7)
# Seconds until a report that was not ready is asked for once more.
_PATIENCE = 10.0
_SERVICE_LINKED = "/aws-service-role/"


@dataclass(frozen=True)
class _Job:
    """A report that AWS makes."""

    arn: str
    id: str


def reader(granularity: str) -> Read:
    """The function that reads reports of a granularity: of services, or of their actions too.

    Its answer has LastAccessed: for each principal Arn, RightsDigest, JobCompletionDate, JobType
    and ServicesLastAccessed. The parameters of the evidence have Granularity, Arns (who was asked
    for), Refused (who got no report, by AWS's code), and Reused (evidence id -> who was not asked
    again).
    """

    def read(aws: Aws) -> Mapping[str, Any]:
        rights = digests(aws.earlier("authorization-details").data)
        wanted = {arn: digest for arn, digest in rights.items() if _SERVICE_LINKED not in arn}
        kept = _kept(aws, wanted, granularity)
        asked = [arn for arn in wanted if arn not in kept]
        made = _reports(aws, asked, granularity)
        reports, refused = {}, {}
        for arn, outcome in made.items():
            if isinstance(outcome, ReadError):
                refused[arn] = outcome
            else:
                reports[arn] = {"Arn": arn, "RightsDigest": wanted[arn], **outcome}
        aws.reading.parameters = {
            "Granularity": granularity,
            "Arns": asked,
            "Refused": {arn: error.code for arn, error in refused.items()},
            "Reused": {aws.before.evidence: sorted(kept)} if kept and aws.before else {},
        }
        if refused:
            first = next(iter(refused.values()))
            if len(refused) == len(wanted):
                raise first
            said = f"{len(refused)} of {len(wanted)} principals have no report: {first}"
            aws.reading.detail = said
        found = {**kept, **reports}
        return {"LastAccessed": [found[arn] for arn in wanted if arn in found]}

    return read


def _kept(aws: Aws, wanted: Mapping[str, str], granularity: str) -> dict[str, dict[str, Any]]:
    """Reports of the last snapshot that still hold, by principal."""
    if aws.before is None:
        return {}
    found = {}
    moment = now()
    for report in aws.before.reading.data.get("LastAccessed", []):
        arn, made = report.get("Arn"), str(report.get("JobCompletionDate", ""))
        same = wanted.get(arn) is not None and wanted[arn] == report.get("RightsDigest")
        if not same or report.get("JobType") != granularity:
            continue
        try:
            age = moment - parse_moment(made)
        except ValueError:
            continue
        # A clock that was set back makes a report of the future, of which nothing is known.
        if timedelta(0) <= age <= REUSED_WITHIN:
            found[arn] = report
    return found


def _reports(
    aws: Aws, arns: Sequence[str], granularity: str
) -> dict[str, Mapping[str, Any] | ReadError]:
    """The report of each principal, or why there is none."""

    def start(way: Aws, arn: str) -> _Job:
        method = "generate_service_last_accessed_details"
        answer = way.call("iam", method, Arn=arn, Granularity=granularity)
        return _Job(arn, text_of(answer, "JobId"))

    started = aws.each(start, arns)
    outcomes: dict[str, Mapping[str, Any] | ReadError] = {}
    jobs = []
    for arn, job in zip(arns, started, strict=True):
        if isinstance(job, ReadError):
            outcomes[arn] = job
        else:
            jobs.append(job)
    for again in (False, True):
        if again and jobs:
            pause(_PATIENCE)
        for job, report in zip(jobs, aws.each(_fetch, jobs), strict=True):
            outcomes[job.arn] = report
        jobs = [job for job in jobs if _is_waiting(outcomes[job.arn])]
    return {arn: outcomes[arn] for arn in arns}


def _is_waiting(outcome: Mapping[str, Any] | ReadError) -> bool:
    return isinstance(outcome, ReadError) and outcome.code == "InProgress"


def _fetch(aws: Aws, job: _Job) -> dict[str, Any]:
    """A report that is ready. Raises ReadError with InProgress where it is not."""
    services: list[Any] = []
    page: dict[str, Any] = {}
    method = "get_service_last_accessed_details"
    for page in aws.pages("iam", method, JobId=job.id, MaxItems=PAGE):
        state = page.get("JobStatus")
        if state == "IN_PROGRESS":
            raise ReadError(Status.FAILED, "InProgress", f"the report of {job.arn} is not ready")
        if state != "COMPLETED":
            said = page.get("Error")
            why = said.get("Message") if isinstance(said, dict) else ""
            raise ReadError(Status.FAILED, "ReportFailed", f"{job.arn}: {why or state}")
        if not isinstance(page.get("ServicesLastAccessed"), list):
            raise malformed("the answer has no ServicesLastAccessed")
        services += page["ServicesLastAccessed"]
    if "JobCompletionDate" not in page:
        raise malformed("the answer has no JobCompletionDate")
    return {
        "JobType": page.get("JobType"),
        "JobCompletionDate": page["JobCompletionDate"],
        "ServicesLastAccessed": services,
    }


OPERATIONS = (
    "iam:GetServiceLastAccessedDetails",
    "iam:GenerateServiceLastAccessedDetails",
)
FORM = "`LastAccessed`: each answer of get-service-last-accessed-details, with its principal's Arn"
SOURCE = Source(
    name="last-accessed",
    about="when each user and role last used each service",
    operations=OPERATIONS,
    read=reader(SERVICE_LEVEL),
    keys=("LastAccessed",),
    after=("authorization-details",),
    form=FORM,
    reuses=True,
)
