"""The known ways to an administrator's rights, and how near each principal is to them."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files

from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.document import Document
from reportgen.policy.effective import Reach

ASSUME = "sts:AssumeRole"
# With any of these an administrator's rights can be had for oneself.
SELF_ESCALATING = (
    "iam:AttachUserPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachGroupPolicy",
    "iam:PutUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:UpdateAssumeRolePolicy",
)
# The share of all known actions from which a principal counts as an administrator.
_MOST = 0.75


@dataclass(frozen=True)
class Path:
    """A known path: its category, the actions that it takes, the services that lend a role."""

    id: str
    category: str
    actions: tuple[str, ...]
    services: tuple[str, ...]
    bits: int


@lru_cache(maxsize=1)
def known_paths() -> tuple[Path, ...]:
    """The known paths, from paths.csv."""
    text = files("reportgen.policy").joinpath("paths.csv").read_text(encoding="utf-8")
    db = database()
    found = []
    for row in csv.DictReader(text.splitlines()):
        actions = tuple(a.strip() for a in row["actions"].split(";"))
        bits = 0
        for action in actions:
            bits |= db.bit(action)
        services = tuple(s.strip() for s in row["services"].split(";") if s.strip())
        found.append(Path(row["id"], row["category"], actions, services, bits))
    return tuple(found)


@lru_cache(maxsize=1)
def _telling() -> int:
    """The actions that some path takes."""
    bits = 0
    for path in known_paths():
        bits |= path.bits
    return bits


@lru_cache(maxsize=65536)
def _within(bits: int) -> tuple[Path, ...]:
    return tuple(path for path in known_paths() if not path.bits & ~bits)


@lru_cache(maxsize=1)
def assume_path() -> Path:
    return next(path for path in known_paths() if path.id == "sts-001")


@dataclass(frozen=True)
class Route:
    """A path that a principal has: ``via`` is an ARN, or says what is open; steps explain it."""

    id: str
    actions: tuple[str, ...]
    via: str
    steps: tuple[str, ...]
    hurdles: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """The steps in one text."""
        tail = f" ({'; '.join(self.hurdles)})" if self.hurdles else ""
        if len(self.steps) == 1:
            return f"{self.steps[0]}{tail}."
        return "; ".join(f"{n}. {step}" for n, step in enumerate(self.steps, 1)) + f"{tail}."


@dataclass
class Standing:
    """How near a principal is to an administrator. ``admin``: full, conditional, escalation, none.

    ``rank`` is the number of steps, None where there is no way.
    """

    subject: Subject
    reach: Reach
    admin: str = "none"
    routes: list[Route] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rank: int | None = None
    steps: tuple[str, ...] = ()

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The known paths whose every action is possible on something."""
        return tuple(
            path
            for path in _within(self.reach.mask & _telling())
            if all(action == ASSUME or self.reach.anywhere(action) for action in path.actions)
        )


def short(arn: str) -> str:
    """The part of an ARN that people read: ``role/app/worker``."""
    return arn.split(":", 5)[-1]


def is_administrator(bits: int) -> bool:
    """Whether a set of actions, each on all resources, is an administrator's."""
    db = database()
    if bits.bit_count() < _MOST * len(db.names):
        return False
    return any(bits & db.bit(action) for action in SELF_ESCALATING)


def no_limit(boundary: Document) -> bool:
    """Whether a boundary allows an administrator's rights, so that it limits nothing."""
    found = boundary.__dict__.get("_no_limit")
    if found is None:
        allowed = denied = 0
        for s in boundary.usable:
            if s.resources is not None and "*" in s.resources and not s.not_resource:
                if s.effect == "Allow":
                    allowed |= database().of(s)
                elif not s.conditions:
                    denied |= database().of(s)
        found = boundary.__dict__["_no_limit"] = is_administrator(allowed & ~denied)
    return bool(found)
