"""The credential report: a line for each user, and one for root.

AWS makes it on request and may hand out one that is up to four hours old (IAM User Guide, "Getting
credential reports").
"""

from __future__ import annotations

from reportgen.clock import pause, to_text
from reportgen.evidence.answers import AnswerError, parse_credential_report
from reportgen.model import Status
from reportgen.sources.source import Aws, ReadError, Source, malformed

# Seconds between looks at a report that AWS is still making.
_WAITS = (0.5, 1, 2, 2, 4, 4, 8, 8, 15, 15, 30, 30)
_NOT_READY = {"ReportNotPresent", "ReportInProgress", "ReportExpired"}
_NOT_READY |= {f"{code}Exception" for code in _NOT_READY} | {
    "CredentialReportNotPresentException",
    "CredentialReportNotReadyException",
    "CredentialReportExpiredException",
}


def read(aws: Aws) -> bytes:
    """Generate, wait with growing pauses until COMPLETE, then get (API_GetCredentialReport)."""
    for wait in (*_WAITS, None):
        if aws.call("iam", "generate_credential_report").get("State") == "COMPLETE":
            try:
                return _get(aws)
            except ReadError as error:
                if error.code not in _NOT_READY:
                    raise
        if wait is not None:
            pause(wait)
    raise ReadError(Status.FAILED, "ReportInProgress", f"not ready after {sum(_WAITS):.0f} seconds")


def _get(aws: Aws) -> bytes:
    answer = aws.call("iam", "get_credential_report")
    content = answer.get("Content")
    if not isinstance(content, bytes):
        raise malformed("the answer has no Content")
    try:
        parse_credential_report(content)
    except AnswerError as error:
        raise malformed(str(error)) from error
    generated = answer.get("GeneratedTime")
    aws.reading.generated_time = to_text(generated) if generated else ""
    return content


SOURCE = Source(
    name="credential-report",
    about="passwords, MFA and access keys of each user (CSV, base64 or JSON)",
    operations=("iam:GetCredentialReport", "iam:GenerateCredentialReport"),
    read=read,
    keys=("Content",),
    exports=(
        "get-credential-report.json",
        "credential-report.csv",
        "credential_report.csv",
        "get-credential-report.csv",
    ),
)
