"""Reads AWS's answers in every form that people hand over.

The AWS CLI prints JSON with the pages merged; boto3 dumps are one answer or a list of pages,
often through ``json.dumps(..., default=str)``; PowerShell saves UTF-16; a credential report is
CSV, or base64 of it, or the JSON around that. What is read is never repaired: a file that is not
such an answer raises AnswerError with the reason.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import csv
import io
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

# What ListVirtualMFADevices can carry and no store may hold.
SECRET_FIELDS = ("Base32StringSeed", "QRCodePNG")

_CLI_ERROR = re.compile(
    r"An error occurred \((?P<code>[\w.]+)\) when calling the (?P<operation>\w+) operation"
    r"(?: \(reached max retries: \d+\))?: ?(?P<message>.*)",
    re.DOTALL,
)


class AnswerError(ValueError):
    """The bytes are not the answer that they should be; the text says why."""


@dataclass(frozen=True)
class CliError:
    """The error that the AWS CLI printed in place of an answer."""

    code: str
    message: str


@dataclass(frozen=True)
class CredentialReport:
    """The rows of a credential report by column name (lower case), and AWS's GeneratedTime."""

    rows: list[dict[str, str]]
    columns: list[str]
    generated_time: str = ""


def decode(content: bytes) -> str:
    """Return the text of a file saved by any shell: UTF-8 or UTF-16, with or without a mark."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise AnswerError(f"is not text: byte {error.start} is not {encoding}") from error


def cli_error(content: bytes) -> CliError | None:
    """Return the AWS CLI's error message if that is all that the file holds."""
    if len(content) > 20_000:
        return None
    try:
        text = decode(content).strip()
    except AnswerError:
        return None
    match = _CLI_ERROR.search(text)
    if match is None or text.startswith(("{", "[", "user,")):
        return None
    return CliError(match["code"], " ".join(match["message"].split()))


def parse(source: str, content: bytes, keys: Collection[str]) -> dict[str, Any]:
    """Return the JSON answer of ``source``, its pages merged; it has at least one of ``keys``.

    Raises AnswerError.
    """
    text = decode(content)
    if not text.strip():
        raise AnswerError("is empty")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        end = " (the file seems cut off)" if _ends_early(error, text) else ""
        raise AnswerError(f"is not JSON: {error.msg} at line {error.lineno}{end}") from error
    except (RecursionError, ValueError) as error:
        raise AnswerError(f"is not an AWS answer: {error}") from error
    pages = data if isinstance(data, list) else [data]
    if not pages or not all(isinstance(page, dict) for page in pages):
        raise AnswerError("is not an AWS answer: a JSON object was expected")
    merged = _merge(pages)
    if not any(key in merged for key in keys):
        shown = ", ".join(sorted(map(str, merged))[:6]) or "nothing"
        raise AnswerError(
            f"is not the answer of {source}: none of {', '.join(keys)} is in it (it has {shown})"
        )
    return merged


def _ends_early(error: json.JSONDecodeError, text: str) -> bool:
    """Whether what is wrong is that the text ends: within a string, or where more must follow."""
    if error.msg.startswith("Unterminated string"):
        return True
    return error.msg != "Extra data" and error.pos >= len(text.rstrip()) - 1


# How a list says that it goes on: IAM's pages, and the AWS CLI's where --max-items cut it.
_MORE = ("IsTruncated", "Marker", "NextToken", "nextToken", "NextMarker")


def is_cut_off(answer: Mapping[str, Any]) -> bool:
    """Whether AWS had more pages than the answer holds (IAM API reference, "IsTruncated")."""
    if answer.get("IsTruncated") in (True, "true", "True"):
        return True
    return any(answer.get(key) for key in ("NextToken", "nextToken", "NextMarker"))


def _merge(pages: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for page in pages:
        # Whether there is more is for the last page to say.
        for key in _MORE:
            merged.pop(key, None)
        for key, value in page.items():
            if key == "ResponseMetadata":
                continue
            if isinstance(value, list) and isinstance(merged.get(key), list):
                merged[key] = merged[key] + value
            else:
                merged[key] = value
    return merged


def parse_credential_report(content: bytes) -> CredentialReport:
    """Return a credential report from CSV, base64 or JSON. Raises AnswerError."""
    text = decode(content)
    generated = ""
    if text.lstrip().startswith(("{", "[")):
        try:
            data = json.loads(text)
        except ValueError as error:
            raise AnswerError(f"is not JSON: {error}") from error
        if not isinstance(data, dict) or "Content" not in data:
            raise AnswerError("is not a credential report: it has no Content")
        generated = str(data.get("GeneratedTime", ""))
        text = _unpack(str(data["Content"]))
    elif "," not in text and text.strip():
        text = _unpack(text.strip())
    return _read_rows(text, generated)


def _unpack(text: str) -> str:
    """The Content of an answer: base64 (CLI), a bytes literal (default=str) or plain CSV."""
    if text.startswith(("b'", 'b"')):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            raise AnswerError("is not a credential report: Content is a broken literal") from error
        return decode(value if isinstance(value, bytes) else b"")
    if "," in text:
        return text
    try:
        return decode(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, ValueError) as error:
        raise AnswerError("is not a credential report: neither CSV nor base64 of it") from error


def _read_rows(text: str, generated: str) -> CredentialReport:
    try:
        lines = list(csv.reader(io.StringIO(text.replace("\x00", "�")), strict=True))
    except csv.Error as error:
        raise AnswerError(f"is not CSV: {error}") from error
    lines = [line for line in lines if line]
    columns = [name.strip().casefold() for name in lines[0]] if lines else []
    if not {"user", "arn"} <= set(columns):
        raise AnswerError("is not a credential report: its first line lacks the columns user, arn")
    rows = []
    for line in lines[1:]:
        row = dict(zip(columns, (cell.strip() for cell in line), strict=False))
        if len(line) != len(columns):
            # A stray comma shifts every later field: keep only what names the user.
            row = {name: row[name] for name in ("user", "arn") if name in row}
        rows.append(row)
    return CredentialReport(rows, columns, generated)


def redact(content: bytes) -> tuple[bytes, list[str]]:
    """Blank the secret seeds of virtual MFA devices; returns the bytes and the fields blanked."""
    found = []
    for name in SECRET_FIELDS:
        before = content
        tag = name.encode()
        content = re.sub(rb"(<" + tag + rb">)[^<]+(</" + tag + rb">)", rb"\1REDACTED\2", content)
        content = re.sub(rb'("' + tag + rb'"\s*:\s*")(?:[^"\\]|\\.)*(")', rb"\1REDACTED\2", content)
        if content != before:
            found.append(name)
    return content, found
