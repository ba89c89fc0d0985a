"""A time stamp of a manifest from an authority (RFC 3161), over HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request

from reportgen.clock import now
from reportgen.errors import UsageError
from reportgen.pack.timestamp import read_timestamp

_SECONDS = 30
_MOST = 1 << 20


def stamp_of(content: bytes, url: str) -> bytes:
    """Ask the authority at ``url`` to stamp ``content``; returns its answer (a TimeStampResp).

    ``openssl ts -verify`` reads it. Only the digest is sent. Raises UsageError where the authority
    does not answer, refuses, or stamps something else.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

    if not url.startswith(("https://", "http://")):
        raise UsageError(f"--timestamp-url {url}: is no address.", "Write https://...")
    wanted = (
        TimestampRequestBuilder()
        .data(content)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=False)
        .cert_request(cert_request=True)
        .build()
    )
    request = urllib.request.Request(  # noqa: S310 - its scheme was checked
        url, wanted.as_bytes(), {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            body: bytes = answer.read(_MOST + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise _failed(url, str(error)) from error
    try:
        status = decode_timestamp_response(body).status
    except ValueError as error:
        raise _failed(url, "what it answered is no time stamp") from error
    if status not in (0, 1):
        raise _failed(url, f"it refused (status {status})")
    fault = _fault(body, wanted.message_imprint.message)
    if fault:
        raise _failed(url, fault)
    return body


def _fault(body: bytes, digest: bytes) -> str:
    """What a verifier would say against a time stamp; empty for nothing."""
    try:
        stamp = read_timestamp(body)
    except ValueError as error:
        return f"what it answered cannot be checked: {error}"
    if stamp.digest != digest:
        return "it stamped something else"
    if stamp.signed.good is False:
        return "its signature does not fit"
    owner = stamp.signed.certificate
    moments = (stamp.moment, f"{now():%Y%m%d%H%M%S}")
    faults = (owner.fault_at(moment) for moment in moments) if owner else ()
    return next((f"it stamped with {fault}" for fault in faults if fault), "")


def _failed(url: str, why: str) -> UsageError:
    return UsageError(
        f"--timestamp-url {url}: gave no time stamp: {why}.",
        "Without --timestamp-url the pack says of itself that it has none.",
    )
