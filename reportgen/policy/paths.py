"""The known ways to an administrator's rights, read from paths.csv, and how one is told."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

from reportgen.policy.access import Access, Call, tags_first
from reportgen.policy.actions import database

ASSUME = "sts:AssumeRole"
PASS = "iam:PassRole"  # noqa: S105 - an action
# Of a way of more steps than this, the first and the last are told, and how many lie between.
FIRST_STEPS, LAST_STEPS = 6, 3
_ALL_STEPS = 10
# So many hurdles of a way are told; the last then says that there are more.
MOST_HURDLES = 10
_MORE = "and on more than is told here"


@dataclass(frozen=True)
class Path:
    """A known path: its category, what it does, its actions, the services that lend a role.

    ``takes`` is what it takes besides, which no policy shows.

    ``effect``: give (rights to oneself), join (a group), restore (an older version), enter
    (another principal), assume (a role), give+enter, pass (a role to something new), borrow (the
    role of something there), free (oneself of a boundary), set (rights in Identity Center).
    """

    id: str
    category: str
    effect: str
    actions: tuple[str, ...]
    services: tuple[str, ...]
    bits: int
    takes: str = ""

    @property
    def gives_cluster(self) -> bool:
        """Whether it gives the principal access to an EKS cluster."""
        return "eks:AssociateAccessPolicy" in self.actions


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
        told = (row["id"], row["category"], row["effect"])
        found.append(Path(*told, actions, services, bits, row["takes"] or ""))
    return tuple(found)


@lru_cache(maxsize=1)
def telling() -> int:
    """The actions that some path takes."""
    bits = 0
    for path in known_paths():
        bits |= path.bits
    return bits


@lru_cache(maxsize=65536)
def within(bits: int) -> tuple[Path, ...]:
    """The paths all of whose actions are in a set."""
    lacking = telling() & ~bits
    return tuple(path for path in known_paths() if not path.bits & lacking)


@lru_cache(maxsize=1)
def assume_path() -> Path:
    """The path that is nothing but sts:AssumeRole."""
    return next(path for path in known_paths() if path.effect == "assume")


@dataclass(frozen=True)
class Route:
    """A path that a principal has: ``via`` is an ARN, or says what is open; steps explain it.

    Of a long way the steps in the middle are cut, and their number is said. ``calls`` are the
    requests that the principal itself makes, each of which its policies let through.
    """

    id: str
    actions: tuple[str, ...]
    via: str
    steps: tuple[str, ...]
    hurdles: tuple[str, ...] = ()
    calls: tuple[Call, ...] = field(default=(), compare=False)
    length: int = 0

    @property
    def explanation(self) -> str:
        """The steps in one text."""
        tail = f" ({'; '.join(self.hurdles)})" if self.hurdles else ""
        if len(self.steps) == 1:
            return f"{self.steps[0]}{tail}."
        if self.length == len(self.steps):
            return "; ".join(f"{n}. {step}" for n, step in enumerate(self.steps, 1)) + f"{tail}."
        first, last = self.steps[:FIRST_STEPS], self.steps[FIRST_STEPS:]
        told = [f"{n}. {step}" for n, step in enumerate(first, 1)]
        told.append(f"… {self.length - len(self.steps):,} more steps …")
        told += [f"{n}. {s}" for n, s in enumerate(last, self.length - len(last) + 1)]
        return "; ".join(told) + f"{tail}."


@dataclass(frozen=True)
class Way:
    """The steps that lead to an administrator: all, or of a long way the first and the last.

    ``hurdles`` are what they hang on, whoever comes this way.
    """

    steps: tuple[str, ...] = ()
    length: int = 0
    hurdles: tuple[str, ...] = ()

    def after(self, *before: str) -> Way:
        """This way with steps before it."""
        length = self.length + len(before)
        steps = (*before, *self.steps)
        if length > _ALL_STEPS:
            steps = (*steps[:FIRST_STEPS], *steps[-LAST_STEPS:])
        return Way(steps, length, self.hurdles)


def route(id_: str, actions: tuple[str, ...], via: str, way: Way, access: Access) -> Route:
    """A route; whatever the principal had to call besides is among its actions."""
    every = tuple(dict.fromkeys((*actions, *(c.action for c in access.calls))))
    hurdles = tuple(dict.fromkeys((*access.hurdles, *way.hurdles)))
    if len(hurdles) > MOST_HURDLES:
        hurdles = (*hurdles[: MOST_HURDLES - 1], _MORE)
    return Route(id_, every, via, way.steps, hurdles, access.calls, way.length)


def told(path: Path, via: str, steps: Sequence[str], access: Access) -> Route:
    """A route by a known path that ends with its own steps."""
    return route(path.id, path.actions, via, Way().after(*tags_first(access), *steps), access)


def short(arn: str) -> str:
    """The part of an ARN that people read: ``role/app/worker``."""
    return arn.split(":", 5)[-1]
