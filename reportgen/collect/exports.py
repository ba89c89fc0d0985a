"""Import: a snapshot of one account from exported files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from reportgen import __version__
from reportgen.clock import parse_moment, to_text
from reportgen.collect.masking import masked_file, withheld
from reportgen.errors import UsageError
from reportgen.evidence import answers
from reportgen.evidence.answers import AnswerError
from reportgen.evidence.store import Item, sha256
from reportgen.model import Envelope, Grade, Status
from reportgen.sources import own_sources
from reportgen.sources.source import Scope, Source

_ARN_ACCOUNT = re.compile(r"arn:(aws[\w-]*):iam::([0-9]{12}):")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]{1,2}")


def files_in(folder: Path, sources: Mapping[str, Source] | None = None) -> dict[str, Path]:
    """Find the exports in a folder by the AWS CLI's command names; evidence key -> file.

    A regional source's lie in a folder named after the region. Raises UsageError when the folder
    holds none, or two files for one source.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    wanted = (own_sources() if sources is None else sources).values()
    regions = [p for p in sorted(folder.iterdir()) if p.is_dir() and _REGION.fullmatch(p.name)]
    places = [(source, source.name, folder) for source in wanted]
    places += [
        (source, f"{source.name}@{region.name}", region)
        for region in regions
        for source in wanted
        if source.scope is Scope.REGION
    ]
    found: dict[str, Path] = {}
    for source, key, place in places:
        if source.scope is Scope.REGION and key == source.name:
            _refuse_without_region(source, place)
            continue
        there = [place / name for name in source.file_names if (place / name).is_file()]
        if len(there) > 1:
            raise UsageError(f"{place} holds {key} twice: {there[0].name} and {there[1].name}.")
        if there:
            found[key] = there[0]
    if not found:
        raise UsageError(
            f"{folder} holds no export that reportgen knows.",
            "Name the files after the AWS CLI's commands, such as "
            "get-account-authorization-details.json, or pass each with its own flag.",
        )
    return found


def _refuse_without_region(source: Source, folder: Path) -> None:
    for name in source.file_names:
        if (folder / name).is_file():
            raise UsageError(
                f"{folder / name}: is of one region, and nothing says of which.",
                f"Put it into a folder named after the region: ap-southeast-2/{name}.",
            )


def split_key(key: str, sources: Mapping[str, Source]) -> tuple[Source, str]:
    """The source of an evidence key, and its region (empty where it has none).

    Raises UsageError for an unknown source, and for a region missing, wrong or out of place.
    """
    name, at, region = key.partition("@")
    if name not in sources:
        raise UsageError(f"Unknown source {name!r}.", f"Known sources: {', '.join(sources)}.")
    source = sources[name]
    if source.scope is Scope.REGION and not _REGION.fullmatch(region):
        raise UsageError(f"{key!r}: which region?", f"Write {name}@ap-southeast-2.")
    if source.scope is not Scope.REGION and at:
        raise UsageError(f"{key!r}: {name} has no region.", f"Write {name}.")
    return source, region


def read_files(
    account_id: str,
    collected_at: datetime,
    files: Mapping[str, Path],
    recorded_at: datetime,
    sources: Mapping[str, Source] | None = None,
) -> list[Item]:
    """Read exported files (by evidence key) into evidence of one account.

    Raises UsageError when a file cannot be read, is not what its flag says, or is another
    account's; nothing is returned then, so nothing half is stored.
    """
    if not re.fullmatch(r"[0-9]{12}", account_id):
        raise UsageError(f"{account_id!r} is not an AWS account id.", "It has twelve digits.")
    known = own_sources() if sources is None else sources
    items, partitions = [], set()
    for key, path in files.items():
        source, region = split_key(key, known)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
        about = _About(key, region, account_id, to_text(collected_at), to_text(recorded_at))
        item, accounts = _read(source, path, content, about)
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
    return Item(replace(item.envelope, partition=partition), item.content)


@dataclass(frozen=True)
class _About:
    """What is known of one file before it is opened."""

    key: str
    region: str
    account_id: str
    collected_at: str
    recorded_at: str


def _read(
    source: Source, path: Path, content: bytes, about: _About
) -> tuple[Item, set[tuple[str, str]]]:
    status, detail, generated = Status.COLLECTED, "", ""
    accounts: set[tuple[str, str]] = set()
    content, redacted = answers.redact(content)
    problem = answers.cli_error(content)
    try:
        if problem is not None:
            status, detail = source.status(problem.code), f"{problem.code}: {problem.message}"
            suffix = "txt"
        elif source.name == "credential-report":
            report = answers.parse_credential_report(content)
            generated = _generated(report.generated_time)
            accounts = _accounts_in(row.get("arn", "") for row in report.rows)
            suffix = "json" if content.lstrip().startswith(b"{") else "csv"
        else:
            accounts = _own_accounts(source, answers.parse(source.name, content, source.keys))
            content = masked_file(source, content)
            redacted += withheld(source)
            suffix = "json"
    except AnswerError as error:
        raise UsageError(
            f"{path}: {error}.", f"Export it again with the AWS CLI ({source.operation})."
        ) from error
    envelope = Envelope(
        source=source.name,
        operation=source.operation,
        parameters={},
        account_id=about.account_id,
        partition="aws",
        region=about.region,
        caller_arn="",
        collected_at=about.collected_at,
        recorded_at=about.recorded_at,
        tool_version=__version__,
        status=status,
        detail=detail,
        origin="file",
        grade=Grade.FAIR,
        file=f"{about.key}.{suffix}",
        sha256=sha256(content),
        bytes=len(content),
        generated_time=generated,
        redacted=redacted,
        scope="region" if source.scope is Scope.REGION else "account",
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


def _own_accounts(source: Source, answer: dict[str, Any]) -> set[tuple[str, str]]:
    """Accounts that the answer itself speaks of (policies of AWS's own have none)."""
    if source.name == "caller-identity":
        arn = str(answer.get("Arn", ""))
        partition = arn.split(":")[1] if arn.count(":") >= 5 else "aws"
        return {(partition, str(answer.get("Account")))}
    arns: list[Any] = []
    for key, value in answer.items():
        for record in value if isinstance(value, list) else ():
            if isinstance(record, dict):
                arns.append(record.get("SerialNumber" if key == "VirtualMFADevices" else "Arn"))
    return _accounts_in(arns)
