"""Values that documentation prints and that nobody meant to keep."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

# Account ids of AWS's own examples.
_ACCOUNTS = {"123456789012", "111122223333", "444455556666", "111111111111", "000000000000"}
_EXACT = {
    "unique-external-id",
    "external-id",
    "externalid",
    "your-external-id",
    "my-external-id",
    "example",
    "changeme",
    "change-me",
    "placeholder",
    "password",
    "secret",
    "test",
    "string",
    "12345",
    "123456",
    "123",
}
_NAMES = re.compile(
    r"(?:^|[:/])(?:my|your|example|amzn-s3-demo|doc-example)-?"
    r"(?:specific-|secure-)?(?:bucket|table|queue|role|user|function)\b",
    re.IGNORECASE,
)
_BRACKETS = re.compile(
    r"<[A-Za-z][\w .-]*>|\bYOUR[_-][A-Z_]+|\bREPLACE[_-]?ME\b|\bXXXX+\b|o-x{4,}|example\.com"
)
# RFC 5737 and RFC 3849: for documentation only.
_NETWORKS = tuple(
    ipaddress.ip_network(n)
    for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)


@lru_cache(maxsize=65536)
def placeholder(text: str) -> str:
    """Why a value looks like a placeholder; empty where it does not."""
    if text in _ACCOUNTS or (text.count(":") >= 5 and text.split(":")[4] in _ACCOUNTS):
        return "an account id of AWS's examples"
    if text.casefold() in _EXACT or _NAMES.search(text) or _BRACKETS.search(text):
        return "a placeholder"
    if re.match(r"[0-9A-Fa-f.:]+(/\d+)?$", text):
        try:
            found = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return ""
        for known in _NETWORKS:
            if found.version == known.version and found.subnet_of(known):  # type: ignore[arg-type]
                return "an address range for documentation (RFC 5737, RFC 3849)"
    return ""
