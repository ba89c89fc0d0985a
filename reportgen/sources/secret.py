"""Tells a secret in plain configuration from other text, and keeps of it a fingerprint alone.

The fingerprint is an HMAC-SHA-256 under the organisation's own key (REPORTGEN_FINGERPRINT_KEY), cut
to 64 bits: it shows that one secret lies in two places, or is still there a month later, and cannot
be guessed back without the key. Where no key is set, each run makes one and forgets it.

A table of forms in place of a scanner's library: what is read are values of variables, with their
names, not files; and the libraries at hand are made for files of source code.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import hmac
import os
import re
import secrets
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any

from reportgen.errors import UsageError

KEY = "REPORTGEN_FINGERPRINT_KEY"
_SHORTEST_KEY = 16
# User data has at most 16 KB (EC2 User Guide); what unpacks to far more is no script.
_UNPACKED = 1 << 20


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Secrets that are told by their own form, whatever they are called.
_FORMS = (
    ("private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[^-]*")),
    ("AWS access key", re.compile(r"(?<![A-Z0-9])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Z0-9])")),
    ("GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}")),
    ("GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("Slack token", re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}")),
    ("Slack webhook", re.compile(r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,}")),
    ("Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}")),
    ("Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("JSON web token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    (
        "password in a URL",
        re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:(?![${<*])[^\s/@'\"]{3,}@[\w.-]", re.I),
    ),
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Words of a name that say: a secret. Two words are tried as one as well (apiKey, API_KEY).
_SECRET_WORDS = _set(
    "password passwd pwd passphrase secret secrets token credential credentials "
    "apikey accesskey secretkey privatekey signingkey encryptionkey authkey sharedkey"
)
# A last word that says: not the secret itself, but something about it.
_ABOUT = _set(
    "arn name id path url uri host endpoint file dir ttl expiry expires expiration timeout length "
    "size count enabled disabled required type header prefix suffix parameter param ssm version "
    "region policy rotation age days hours minutes seconds issuer audience algorithm field "
    "validity manager provider store location source ref reference"
)
_REFERENCE = re.compile(
    r"arn:|\{\{|\$\{|\$\(|\$\w+$|%\w+%|<[^>]*>$|\*+$|/[\w.-]+(?:/[\w.-]+)*$|"
    r"[a-z0-9_.-]+(?:/[a-z0-9_.-]+)+$|(?:ssm|secretsmanager|vault|sm)://|projects/"
)
_NO_SECRET = _set(
    "true false yes no on off none null nil undefined default changeme todo env disabled "
    "enabled required optional placeholder example redacted"
)
_SHORTEST = 6
_ASSIGNMENT = re.compile(
    r"""(?P<name>[A-Za-z_][\w.-]*)["']?\s*(?:=|:)\s*(?P<quote>["']?)(?P<value>[^\s"',;&|]+)"""
)


def look(name: str, value: Any) -> dict[str, str] | None:
    """Kind and fingerprint of a secret in a variable; None where its value looks like none.

    ``value`` that is no text has been looked at before: it is returned as it is.
    """
    if not isinstance(value, str):
        return _seen(value)
    for kind, form in _FORMS:
        found = form.search(value)
        if found:
            return {"Kind": kind, "Fingerprint": fingerprint(found[0])}
    if _named_secret(name) and _opaque(value):
        return {"Kind": "named like a secret", "Fingerprint": fingerprint(value)}
    return None


def variables(value: Any) -> Any:
    """A mapping of variables with what ``look`` says of each in place of its value."""
    if not isinstance(value, Mapping):
        return None
    return {str(name): look(str(name), inner) for name, inner in value.items()}


def scan(text: Any) -> list[dict[str, Any]] | None:
    """The secrets in a text, each with its line, kind and fingerprint.

    None for what is no text. A list has been looked at before.
    """
    if isinstance(text, list):
        return [kept for kept in map(_seen, text) if kept is not None]
    if not isinstance(text, str):
        return None
    found = []
    seen = set()
    for place, kind, value in sorted(_in_text(text), key=lambda f: f[0]):
        line, mark = text.count("\n", 0, place) + 1, fingerprint(value)
        if (line, mark) not in seen:
            seen.add((line, mark))
            found.append({"Line": line, "Kind": kind, "Fingerprint": mark})
    return found


def scan_encoded(text: Any) -> list[dict[str, Any]] | None:
    """As ``scan``, of user data as EC2 gives it: base64, and perhaps compressed within."""
    if not isinstance(text, str):
        return scan(text)
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return scan(text)
    if content.startswith(b"\x1f\x8b"):
        try:
            content = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, _UNPACKED)
        except (OSError, EOFError, zlib.error, gzip.BadGzipFile):
            return None
    return scan(content.decode("utf-8", "replace"))


def fingerprint(value: str) -> str:
    """Sixteen hex digits that follow from a secret and the organisation's key."""
    mac = hmac.new(_key(), value.encode("utf-8", "surrogatepass"), hashlib.sha256)
    return mac.hexdigest()[:16]


def check_key() -> None:
    """Refuse a key that is no good before anything is read. Raises UsageError."""
    _key()


def _key() -> bytes:
    """The organisation's key. Raises UsageError for one so short that it could be guessed."""
    given = os.environ.get(KEY, "")
    if not given:
        return _key_of_this_run()
    if len(given) < _SHORTEST_KEY:
        raise UsageError(
            f"{KEY} is shorter than {_SHORTEST_KEY} characters.",
            "Make one, and keep it as you keep a password: openssl rand -hex 32.",
        )
    return given.encode()


@cache
def _key_of_this_run() -> bytes:
    return secrets.token_bytes(32)


def _seen(value: Any) -> dict[str, Any] | None:
    """What an earlier look left, and nothing beside it."""
    if not isinstance(value, Mapping) or "Fingerprint" not in value:
        return None
    return {k: value[k] for k in ("Line", "Kind", "Fingerprint") if k in value}


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _named_secret(name: str) -> bool:
    words = _words(name)
    if not words or words[-1] in _ABOUT:
        return False
    pairs = {first + second for first, second in pairwise(words)}
    # An access key's id is told by its form, and is no secret by itself.
    return bool(_SECRET_WORDS & ({*words} | pairs))


def _opaque(value: str) -> bool:
    """Whether a value can be a secret, and not a reference to one or a word."""
    text = value.strip()
    if len(text) < _SHORTEST or text.casefold() in _NO_SECRET:
        return False
    return _REFERENCE.match(text) is None


def _in_text(text: str) -> Iterator[tuple[int, str, str]]:
    """Where a secret begins, its kind and itself; one may come twice."""
    for kind, form in _FORMS:
        for found in form.finditer(text):
            yield found.start(), kind, found[0]
    for found in _ASSIGNMENT.finditer(text):
        if _named_secret(found["name"]) and _opaque(found["value"]):
            yield found.start("value"), "named like a secret", found["value"]
