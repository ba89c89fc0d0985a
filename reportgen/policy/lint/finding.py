"""A lint finding, what is linted, and the register of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from reportgen.policy.document import Document, Path, Statement
from reportgen.policy.lint.codes import SEVERITY

IDENTITY, SCP, RCP, TRUST, RESOURCE = KINDS = ("identity", "scp", "rcp", "trust", "resource")
# What an identity policy hangs on, with AWS's most characters ("IAM and AWS STS quotas").
HOLDERS = {"managed": 6_144, "user": 2_048, "group": 5_120, "role": 10_240}
# Messages hold text of the document, which may be of any length.
_LONGEST = 600


@dataclass(frozen=True)
class Finding:
    """One finding: issue code, message, where in the document, and the statement from 1."""

    code: str
    message: str
    path: Path = ()
    statement: int | None = None

    @property
    def severity(self) -> str:
        """error, security-warning, warning or suggestion."""
        return SEVERITY[self.code]


@dataclass
class Allowance:
    """How much of a dear kind of work is left for one document."""

    left: int

    def take(self) -> bool:
        """Whether there is some left; takes one."""
        self.left -= 1
        return self.left >= 0


@dataclass(frozen=True)
class LintSubject:
    """What is linted.

    ``kind``: identity, scp, rcp, trust or resource; ``holder``: what an identity policy hangs on
    (managed, user, group, role; empty where not known); ``account``: the own one. ``hints``: how
    many names may still be searched for the one that was meant.
    """

    document: Document
    kind: str
    account: str = ""
    holder: str = ""
    hints: Allowance = field(default_factory=lambda: Allowance(50), compare=False)


Check = Callable[..., Iterator[Finding]]
# Where checks are asked: of the document, of each statement, of each statement that can be judged,
# and of each condition that can be.
DOCUMENT, STATEMENT, USABLE, CONDITION = SCOPES = ("document", "statement", "usable", "condition")
CHECKS: dict[tuple[str, str], list[Check]] = {(s, k): [] for s in SCOPES for k in KINDS}
CHECKED: dict[str, list[str]] = {}


def check(scope: str, *codes: str, kinds: tuple[str, ...] = KINDS) -> Callable[[Check], Check]:
    """Register a check: where it is asked, which codes it finds, for which kinds of policy."""

    def add(function: Check) -> Check:
        for code in codes:
            CHECKED.setdefault(code, []).append(f"{function.__module__}.{function.__qualname__}")
        for kind in kinds:
            CHECKS[scope, kind].append(function)
        return function

    return add


def at(statement: Statement, code: str, message: str, *steps: Any) -> Finding:
    """A finding in a statement, at an element of it."""
    return Finding(code, clip(message), (*statement.path, *steps), statement.index + 1)


def clip(text: str, most: int = _LONGEST) -> str:
    """A text that is not too long to read, its middle left out."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} [{len(text) - 2 * half:,} characters] {text[-half:]}"


def action_key(statement: Statement) -> str:
    """Action or NotAction."""
    return "NotAction" if statement.not_action else "Action"


def resource_key(statement: Statement) -> str:
    """Resource or NotResource."""
    return "NotResource" if statement.not_resource else "Resource"


def principal_key(statement: Statement) -> str:
    """Principal or NotPrincipal."""
    return "NotPrincipal" if statement.not_principal else "Principal"


def is_star(statement: Statement) -> bool:
    """Whether a statement is for every resource."""
    return "*" in (statement.resources or ()) and not statement.not_resource


def some(names: list[str], most: int = 4) -> str:
    """Names in one text, telling how many are left out."""
    shown = ", ".join(clip(name, 120) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"
