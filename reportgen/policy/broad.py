"""Every action at once: which a principal may call on all resources, or on some.

Actions are sets of bits. Those that unconditional statements settle are settled together; the
rest is parted by the statements that speak of it, and one action stands for each part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

from reportgen.policy.account import Subject
from reportgen.policy.actions import database
from reportgen.policy.assignment import assign
from reportgen.policy.conditions import Context
from reportgen.policy.conditions import evaluate as holds
from reportgen.policy.document import Statement
from reportgen.policy.glob import matches_arn
from reportgen.policy.keys import carriers
from reportgen.policy.memory import ByIdentity
from reportgen.policy.options import Holder
from reportgen.policy.rules import Rule
from reportgen.policy.shapes import UNLISTED

# Ways through the layers tried for one part before it counts as "perhaps".
_MOST_WAYS = 200
_UNTRIED = "if one of very many combinations of its statements fits"


class Everything:
    """All actions of one principal, in one context."""

    def __init__(
        self,
        subject: Subject,
        allows: Sequence[Sequence[Rule]],
        denies: Sequence[Rule],
        base: Context,
        context_of: Callable[[str], Context],
        bound_keys: Sequence[str],
        holder: Holder,
    ) -> None:
        self._subject, self._holder = subject, holder
        self._allows, self._denies = allows, denies
        self._base, self._context_of = base, context_of
        self._bound_keys = bound_keys

    def on_all(self) -> tuple[int, int, tuple[str, ...]]:
        """Actions allowed on all resources of their kind: without hurdles, with, and which."""
        return self._settle(lambda rule: whole(rule, self._subject), together=True)

    def on_some(self) -> tuple[int, int, tuple[str, ...]]:
        """Actions allowed on some resource; a Deny counts where it closes all of them."""
        return self._settle(lambda rule: rule.bits, together=False)

    def _settle(
        self, reach: Callable[[Rule], int], *, together: bool
    ) -> tuple[int, int, tuple[str, ...]]:
        sure = possible = database().everything
        open_allows: list[list[tuple[int, Statement]]] = []
        for layer in self._allows:
            plain, conditional = self._parted(layer, reach, together=together)
            open_allows.append(conditional)
            sure &= plain
            for bits, _ in conditional:
                plain |= bits
            possible &= plain
        closed, open_denies = self._parted(
            self._denies, lambda rule: whole(rule, self._subject), together=True
        )
        possible &= ~closed
        doubtful = possible & ~sure
        for bits, _ in open_denies:
            doubtful |= bits & possible
        hurdles: list[str] = []
        for part in self._parts(doubtful, [*(e for c in open_allows for e in c), *open_denies]):
            found = self._judge(part, open_allows, open_denies, reach, together)
            if found is None:
                possible &= ~part
            else:
                hurdles += found
                if not found:
                    sure |= part
                    continue
            sure &= ~part
        return sure & possible, possible, tuple(dict.fromkeys(hurdles))

    def _parted(
        self, rules: Sequence[Rule], reach: Callable[[Rule], int], *, together: bool
    ) -> tuple[int, list[tuple[int, Statement]]]:
        """What unconditional rules settle, and the conditional ones; those that never hold fall."""
        # Only IAM has several kinds that count each for itself.
        iam = database().service_bits("iam")
        plain, conditional, partial = 0, [], []
        for rule in rules:
            statement = rule.statement
            if statement.resources is None or not rule.bits:
                continue
            truths = [holds(c, self._base, statement.variables) for c in statement.conditions]
            if False in truths:
                continue
            bits = reach(rule)
            if None in truths:
                if bits:
                    conditional.append((bits, statement))
                continue
            plain |= bits
            if together and not statement.not_resource and rule.bits & ~bits & iam:
                partial.append(rule)
        if len(partial) > 1:
            plain |= _jointly_whole(partial, self._subject)
        return plain, conditional

    def _parts(self, bits: int, entries: Iterable[tuple[int, Statement]]) -> Iterator[int]:
        """Part a set of actions so that the same statements and keys bear on all of a part."""
        cuts = [bits_of for bits_of, _ in entries]
        keys = {c.lowered for _, s in entries for c in s.conditions}
        cuts += [found for k in self._bound_keys if k in keys and (found := carriers(k))]
        db = database()
        cuts += [db.service_bits("iam"), db.service_bits("organizations")]
        parts = [bits] if bits else []
        for cut in cuts:
            parts = [p for part in parts for p in (part & cut, part & ~cut) if p]
        yield from parts

    def _judge(
        self,
        part: int,
        open_allows: Sequence[Sequence[tuple[int, Statement]]],
        open_denies: Sequence[tuple[int, Statement]],
        reach: Callable[[Rule], int],
        together: bool,
    ) -> tuple[str, ...] | None:
        """The hurdles of one part of the actions; None where no request goes through."""
        db = database()
        context = self._context_of(db.names[(part & -part).bit_length() - 1])
        layers: list[list[Statement]] = []
        for layer, conditional in zip(self._allows, open_allows, strict=True):
            plain, _ = self._parted(layer, reach, together=together)
            if part & ~plain:
                layers.append([s for bits, s in conditional if bits & part])
        closing = [s for bits, s in open_denies if bits & part]
        best: tuple[str, ...] | None = None
        for ways, chosen in enumerate(product(*layers)):
            if ways >= _MOST_WAYS:
                return best if best is not None else (_UNTRIED,)
            found = assign(chosen, closing, context, self._holder)
            if found is not None and (best is None or not found.hurdles):
                best = found.hurdles
            if best == ():
                break
        return best


def _whole_of(rule: Rule) -> dict[tuple[str, str], int]:
    return {}


_whole = ByIdentity(_whole_of)


def whole(rule: Rule, subject: Subject) -> int:
    """The actions of a rule that it speaks of for all resources of their kind."""
    statement = rule.statement
    patterns = statement.resources
    if patterns is None:
        return 0
    if "*" in patterns:
        return 0 if statement.not_resource else rule.bits
    kept = _whole(rule)
    key = (subject.partition, subject.account)
    found = kept.get(key)
    if found is None:
        found = kept[key] = _by_service(rule, patterns, subject)
    return found


def _by_service(rule: Rule, patterns: Sequence[str], subject: Subject) -> int:
    db = database()
    bits = _covered(rule.bits, [p for p in patterns if "*" in p and "${" not in p], subject)
    if rule.statement.not_resource:
        return rule.bits & ~bits
    return bits & ~db.needs_star


def _covered(bits: int, wide: Sequence[str], subject: Subject) -> int:
    """Those of some actions whose service the patterns cover whole."""
    db = database()
    found = 0
    for service in {p.split(":")[2] if p.count(":") >= 5 else "*" for p in wide}:
        for name in db.services if "*" in service or "?" in service else (service,):
            if bits & db.service_bits(name) and _covers_service(wide, name, subject):
                found |= bits & db.service_bits(name)
    return found


def _jointly_whole(partial: Sequence[Rule], subject: Subject) -> int:
    """The actions that several rules cover whole together, each a kind of resource."""
    db = database()
    union, twice = 0, 0
    for rule in partial:
        twice |= union & rule.bits
        union |= rule.bits
    parts = [twice] if twice else []
    for rule in partial:
        parts = [p for part in parts for p in (part & rule.bits, part & ~rule.bits) if p]
    found = 0
    for part in parts:
        patterns = [
            p
            for rule in partial
            if rule.bits & part
            for p in rule.statement.resources or ()
            if "*" in p and "${" not in p
        ]
        found |= _covered(part, patterns, subject)
    return found & ~db.needs_star


def _covers_service(patterns: Sequence[str], service: str, subject: Subject) -> bool:
    head = f"arn:{subject.partition}"
    if service == "s3":
        probes = [f"{head}:s3:::{UNLISTED}/zz"]
    elif service == "iam":
        kinds = ("user", "role", "policy", "group")
        probes = [f"{head}:iam::{subject.account}:{kind}/{UNLISTED}" for kind in kinds]
    else:
        probes = [f"{head}:{service}:zz-none-1:{subject.account}:{UNLISTED}/zz:zz"]
    return all(any(matches_arn(p, probe) for p in patterns) for probe in probes)
