"""Policies under pseudonyms: effects, actions, operators and keys of conditions stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from reportgen.pack.patterns import Patterns
from reportgen.pack.pseudonyms import ACCOUNT, Pseudonyms

# What holds no name: a date, a number, a span of time, nothing.
PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}([T ][\d:.]+(Z|[+-]\d{2}:?\d{2})?)?|[\d.]+|PT[\dHMS]+|")
NO_NAMES = frozenset((
    "accessdenied", "active", "false", "inactive", "n/a", "no", "no_information", "none",
    "not_supported", "null", "pendingconfirmation", "redacted", "true", "yes",
))  # fmt: skip
_NUMBERS = re.compile(r"[0-9A-Fa-f.:/]+")
_TAG_KEY = re.compile(r"(?i)((?:aws:|iam:|ec2:|s3:|kms:)?[a-z]*tag/)(.+)")


class PolicyDisguise:
    """Puts policies and tags under the pseudonyms of one key."""

    def __init__(self, names: Pseudonyms) -> None:
        self._names = names
        self.patterns = Patterns(names)

    def tag_key(self, text: str) -> str:
        """The key of a tag; AWS's own stay."""
        return text if text.startswith("aws:") else self._names.path(text)

    def tag_value(self, text: str) -> str:
        """The value of a tag."""
        plain = PLAIN.fullmatch(text) and not ACCOUNT.fullmatch(text)
        return text if plain else self._names.value(text)

    def policy(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A policy: actions, effects and operators stay."""
        found: dict[str, Any] = {}
        for key, one in data.items():
            if key == "Statement":
                each = one if isinstance(one, list) else [one]
                made = [self._statement(s) if isinstance(s, dict) else s for s in each]
                found[key] = made if isinstance(one, list) else made[0]
            elif key == "Id":
                found[key] = self._every(one, self._sid)
            else:
                found[key] = one if key == "Version" else self._every(one, self.patterns.of)
        return found

    def _statement(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, one in data.items():
            if key == "Sid":
                found[key] = self._every(one, self._sid)
            elif key in ("Effect", "Action", "NotAction"):
                found[key] = one
            elif key in ("Principal", "NotPrincipal") and isinstance(one, dict):
                found[key] = {kind: self._every(who, self._principal) for kind, who in one.items()}
            elif key == "Condition" and isinstance(one, dict):
                found[key] = {o: self._condition(c) for o, c in one.items()}
            else:
                found[key] = self._every(one, self.patterns.of)
        return found

    def _sid(self, text: str) -> list[str]:
        return [self._names.path(text).replace("-", "") if text else text]

    def _principal(self, text: str) -> list[str]:
        host = "." in text and "/" not in text and ":" not in text
        return [self._names.host(text)] if host else self.patterns.of(text)

    def _condition(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {
            self._condition_key(key): self._every(one, partial(self._operand, key))
            for key, one in data.items()
        }

    def _condition_key(self, key: str) -> str:
        match = _TAG_KEY.fullmatch(key)
        if match:
            return match[1] + self.tag_key(match[2])
        host, colon, claim = key.rpartition(":")
        return f"{self._names.host(host)}{colon}{claim}" if "." in host else key

    def _operand(self, key: str, text: str) -> list[str]:
        lower = key.casefold()
        if PLAIN.fullmatch(text) or text.casefold() in NO_NAMES or _NUMBERS.fullmatch(text):
            return [self._names.account(text) if ACCOUNT.fullmatch(text) else text]
        if lower in ("aws:requestedregion", "aws:tagkeys", "iam:awsservicename", "aws:calledvia"):
            return [self.tag_key(text) if lower == "aws:tagkeys" else text]
        if lower.startswith(("iam:passedtoservice", "aws:principalservicename", "kms:viaservice")):
            return [text]
        if text.endswith(".amazonaws.com") or re.fullmatch(r"[a-z0-9-]+:[A-Za-z*?]+", text):
            # An action or a service, unless it is a claim of a token.
            return [text] if lower.startswith(("aws:", "iam:", "sts:")) else self.patterns.of(text)
        return self.patterns.of(text)

    def _every(self, data: Any, change: Callable[[str], list[str]]) -> Any:
        """Each text of what may be one, a list, or something that no policy should have.

        Where several come of one, they stand in a list, which policies take for any of them.
        """
        if isinstance(data, list):
            found: list[Any] = []
            for one in data:
                found += change(one) if isinstance(one, str) else [self._every(one, change)]
            return found
        if isinstance(data, dict):
            return {key: self._every(one, change) for key, one in data.items()}
        if not isinstance(data, str):
            return data
        made = change(data)
        return made[0] if len(made) == 1 else made
