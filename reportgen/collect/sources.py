"""The sources of one account, read with the bulk calls.

A reader is a function (session) -> Reading; it raises ReadError. The pages are as large as AWS
allows (1,000), so that an account of 1,000 users costs some fifteen requests, and one more for
each user with MFA.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from reportgen.clock import pause, to_text
from reportgen.collect.organisation import identity_center, organization
from reportgen.collect.reading import Reading
from reportgen.collect.session import Answer, ReadError, Session
from reportgen.evidence.answers import AnswerError, parse_credential_report
from reportgen.model import Status

PAGE = 1000
# Seconds between looks at a credential report that AWS is still making.
_WAITS = (0.5, 1, 2, 2, 4, 4, 8, 8, 15, 15, 30, 30)
_NOT_READY = {"ReportNotPresent", "ReportInProgress", "ReportExpired"}
_NOT_READY |= {f"{code}Exception" for code in _NOT_READY} | {
    "CredentialReportNotPresentException",
    "CredentialReportNotReadyException",
    "CredentialReportExpiredException",
}


Reader = Callable[[Session], Reading]


def _pages(session: Session, method: str, **parameters: Any) -> Iterator[Answer]:
    marker: dict[str, Any] = {}
    seen = set()
    while True:
        answer = session.call("iam", method, **parameters, **marker)
        yield answer
        next_marker = answer.data.get("Marker")
        if not answer.data.get("IsTruncated"):
            return
        if not next_marker or next_marker in seen:
            raise ReadError(Status.FAILED, "BadPaging", "AWS said there is more, but not where")
        seen.add(next_marker)
        marker = {"Marker": next_marker}


def _paged(method: str, *keys: str, **parameters: Any) -> Reader:
    def read(session: Session) -> Reading:
        reading = Reading(parameters={"MaxItems": PAGE, **parameters})
        reading.data = {key: [] for key in keys}
        for answer in _pages(session, method, MaxItems=PAGE, **parameters):
            reading.add(answer)
            for key in keys:
                reading.data[key] += answer.data.get(key, [])
        return reading

    return read


def _single(service: str, method: str, *keys: str) -> Reader:
    def read(session: Session) -> Reading:
        reading = Reading()
        answer = reading.add(session.call(service, method))
        if not any(key in answer.data for key in keys):
            raise ReadError(Status.FAILED, "MalformedAnswer", f"the answer has no {keys[0]}")
        reading.data = answer.data
        return reading

    return read


def credential_report(session: Session) -> Reading:
    """Generate, wait with growing pauses until COMPLETE, then get (API_GetCredentialReport)."""
    reading = Reading()
    for wait in (*_WAITS, None):
        answer = reading.add(session.call("iam", "generate_credential_report"))
        if answer.data.get("State") == "COMPLETE":
            try:
                return _get_report(session, reading)
            except ReadError as error:
                if error.code not in _NOT_READY:
                    raise
        if wait is None:
            break
        pause(wait)
    raise ReadError(Status.FAILED, "ReportInProgress", f"not ready after {sum(_WAITS):.0f} seconds")


def _get_report(session: Session, reading: Reading) -> Reading:
    answer = reading.add(session.call("iam", "get_credential_report"))
    content = answer.data.get("Content")
    if not isinstance(content, bytes):
        raise ReadError(Status.FAILED, "MalformedAnswer", "the answer has no Content")
    try:
        parse_credential_report(content)
    except AnswerError as error:
        raise ReadError(Status.FAILED, "MalformedAnswer", str(error)) from error
    generated = answer.data.get("GeneratedTime")
    reading.content = content
    reading.generated_time = to_text(generated) if generated else ""
    return reading


def oidc_providers(session: Session) -> Reading:
    """List the OIDC providers, with client ids and thumbprints of each."""
    reading = _single("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList")(session)
    providers = []
    for item in reading.data["OpenIDConnectProviderList"]:
        arn = item["Arn"]
        answer = session.call("iam", "get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
        providers.append({"Arn": arn, **reading.add(answer).data})
    reading.data = {"OpenIDConnectProviderList": providers}
    return reading


def mfa_devices(session: Session, report: Reading | None) -> Reading:
    """Ask for the devices of each user with MFA: no bulk call tells of SMS, FIDO or hardware ones.

    A user with a virtual device is asked too, since others may stand beside it. ``parameters``
    has UserNames, who were asked, and Refused, those of them for whom AWS gave no answer.
    """
    if report is None or report.content is None:
        said = "the credential report, which tells whom to ask, was not read"
        raise ReadError(Status.FAILED, "NotAsked", said)
    rows = parse_credential_report(report.content).rows
    names = [
        row["user"]
        for row in rows
        if row.get("mfa_active", "").casefold() == "true" and row["user"] != "<root_account>"
    ]
    reading = Reading(data={"MFADevices": []}, parameters={"UserNames": names, "Refused": []})
    errors: list[ReadError] = []

    def ask(name: str) -> list[Answer] | ReadError:
        try:
            return list(_pages(session, "list_mfa_devices", UserName=name, MaxItems=PAGE))
        except ReadError as error:
            return error

    with ThreadPoolExecutor(max_workers=8) as pool:
        for name, outcome in zip(names, pool.map(ask, names), strict=True):
            if isinstance(outcome, ReadError):
                errors.append(outcome)
                reading.parameters["Refused"].append(name)
                continue
            for answer in outcome:
                reading.data["MFADevices"] += reading.add(answer).data.get("MFADevices", [])
    if errors and len(errors) == len(names):
        raise errors[0]
    if errors:
        reading.detail = f"{len(errors)} of {len(names)} users could not be asked: {errors[0]}"
    return reading


# In the order in which they are read; mfa-devices needs the credential report and comes last.
READERS: dict[str, Reader] = {
    "authorization-details": _paged(
        "get_account_authorization_details",
        "UserDetailList",
        "GroupDetailList",
        "RoleDetailList",
        "Policies",
    ),
    "credential-report": credential_report,
    "account-summary": _single("iam", "get_account_summary", "SummaryMap"),
    "password-policy": _single("iam", "get_account_password_policy", "PasswordPolicy"),
    "virtual-mfa-devices": _paged(
        "list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned"
    ),
    "account-aliases": _single("iam", "list_account_aliases", "AccountAliases"),
    "server-certificates": _paged("list_server_certificates", "ServerCertificateMetadataList"),
    "saml-providers": _single("iam", "list_saml_providers", "SAMLProviderList"),
    "open-id-connect-providers": oidc_providers,
    "roles": _paged("list_roles", "Roles"),
    "organization": organization,
    "identity-center": identity_center,
}
