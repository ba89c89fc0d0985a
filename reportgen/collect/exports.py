"""Import: a snapshot of one account from exported files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen import __version__
from reportgen.clock import parse_moment, to_text
from reportgen.errors import UsageError
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError
from reportgen.evidence.store import Item, sha256
from reportgen.model import SOURCES, Envelope, Grade, Status, status_of

# Names under which a folder of exports may hold a source, after the AWS CLI's commands.
FILE_NAMES: dict[str, tuple[str, ...]] = {
    "caller-identity": ("get-caller-identity.json", "caller-identity.json"),
    "authorization-details": (
        "get-account-authorization-details.json",
        "authorization-details.json",
    ),
    "credential-report": (
        "get-credential-report.json",
        "credential-report.csv",
        "credential_report.csv",
        "get-credential-report.csv",
        "credential-report.json",
    ),
    "account-summary": ("get-account-summary.json", "account-summary.json"),
    "password-policy": ("get-account-password-policy.json", "password-policy.json"),
    "virtual-mfa-devices": ("list-virtual-mfa-devices.json", "virtual-mfa-devices.json"),
    "mfa-devices": ("list-mfa-devices.json", "mfa-devices.json"),
    "account-aliases": ("list-account-aliases.json", "account-aliases.json"),
    "server-certificates": ("list-server-certificates.json", "server-certificates.json"),
    "saml-providers": ("list-saml-providers.json", "saml-providers.json"),
    "open-id-connect-providers": (
        "list-open-id-connect-providers.json",
        "open-id-connect-providers.json",
    ),
    "roles": ("list-roles.json", "roles.json"),
    "organization": ("organization.json",),
    "identity-center": ("identity-center.json",),
}


_ARN_ACCOUNT = re.compile(r"arn:(aws[\w-]*):iam::(\d{12}):")


def files_in(folder: Path) -> dict[str, Path]:
    """Find the exports in a folder by the AWS CLI's command names.

    Raises UsageError when the folder holds none, or two files for one source.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    found: dict[str, Path] = {}
    for source, names in FILE_NAMES.items():
        there = [folder / name for name in names if (folder / name).is_file()]
        if len(there) > 1:
            raise UsageError(f"{folder} holds {source} twice: {there[0].name} and {there[1].name}.")
        if there:
            found[source] = there[0]
    if not found:
        raise UsageError(
            f"{folder} holds no export that reportgen knows.",
            "Name the files after the AWS CLI's commands, such as "
            "get-account-authorization-details.json, or pass each with its own flag.",
        )
    return found


def read_files(
    account_id: str, collected_at: datetime, files: Mapping[str, Path], recorded_at: datetime
) -> list[Item]:
    """Read exported files into evidence of one account.

    Raises UsageError when a file cannot be read, is not what its flag says, or is another
    account's; nothing is returned then, so nothing half is stored.
    """
    if not re.fullmatch(r"\d{12}", account_id):
        raise UsageError(f"{account_id!r} is not an AWS account id.", "It has twelve digits.")
    items, partitions = [], set()
    for source, path in files.items():
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
        item, accounts = _read(source, path, content, account_id, collected_at, recorded_at)
        others = sorted({number for _, number in accounts} - {account_id})
        if others and account_id not in {number for _, number in accounts}:
            raise UsageError(
                f"{path}: is of account {', '.join(others[:3])}, not of {account_id}.",
                "Check --account-id, or the file.",
            )
        partitions |= {partition for partition, _ in accounts}
        items.append(item)
    if not items:
        raise UsageError("No file was given.", "Pass at least one, such as --credential-report.")
    partition = sorted(partitions)[0] if partitions else "aws"
    return [_with_partition(item, partition) for item in items]


def _with_partition(item: Item, partition: str) -> Item:
    data = item.envelope.to_json()
    data["partition"] = partition
    return Item(Envelope.from_json(data), item.content)


def _read(
    source: str,
    path: Path,
    content: bytes,
    account_id: str,
    collected_at: datetime,
    recorded_at: datetime,
) -> tuple[Item, set[tuple[str, str]]]:
    status, detail, generated = Status.COLLECTED, "", ""
    accounts: set[tuple[str, str]] = set()
    content, redacted = answers.redact(content)
    problem = answers.cli_error(content)
    try:
        if problem is not None:
            status, detail = status_of(problem.code), f"{problem.code}: {problem.message}"
            suffix = "txt"
        elif source == "credential-report":
            report = answers.parse_credential_report(content)
            generated = _generated(report.generated_time)
            accounts = _accounts_in(row.get("arn", "") for row in report.rows)
            suffix = "json" if content.lstrip().startswith(b"{") else "csv"
        else:
            accounts = _own_accounts(source, answers.parse(source, content))
            suffix = "json"
    except AnswerError as error:
        raise UsageError(
            f"{path}: {error}.", f"Export it again with the AWS CLI ({SOURCES[source]})."
        ) from error
    envelope = Envelope(
        source=source,
        operation=SOURCES[source],
        parameters={},
        account_id=account_id,
        partition="aws",
        region="",
        caller_arn="",
        collected_at=to_text(collected_at),
        recorded_at=to_text(recorded_at),
        tool_version=__version__,
        status=status,
        detail=detail,
        origin="file",
        grade=Grade.FAIR,
        file=f"{source}.{suffix}",
        sha256=sha256(content),
        bytes=len(content),
        generated_time=generated,
        redacted=redacted,
    )
    return Item(envelope, content), accounts


def _generated(text: str) -> str:
    try:
        return to_text(parse_moment(text)) if text else ""
    except ValueError:
        return ""


def _accounts_in(arns: Any) -> set[tuple[str, str]]:
    found = set()
    for arn in arns:
        match = _ARN_ACCOUNT.match(str(arn))
        if match:
            found.add((match[1], match[2]))
    return found


def _own_accounts(source: str, answer: dict[str, Any]) -> set[tuple[str, str]]:
    """Accounts that the answer itself speaks of (policies of AWS's own have none)."""
    if source == "caller-identity":
        arn = str(answer.get("Arn", ""))
        partition = arn.split(":")[1] if arn.count(":") >= 5 else "aws"
        return {(partition, str(answer.get("Account")))}
    arns: list[Any] = []
    for key, value in answer.items():
        for record in value if isinstance(value, list) else ():
            if isinstance(record, dict):
                arns.append(record.get("SerialNumber" if key == "VirtualMFADevices" else "Arn"))
    return _accounts_in(arns)
