"""Keys that must be looked at together, as one asks for the value of another.

``aws:ResourceTag/team`` compared with ``${aws:PrincipalTag/team}`` ties the two keys; all others
stand alone, each in a part of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reportgen.policy.classes import Domain, Values, classes, singles_of, unused
from reportgen.policy.conditions import Condition, Context, Missing, evaluate, resolve

MOST_WAYS = 2_000
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_ALONE = re.compile(r"\$\{[^{},]*(,\s*'[^{}']*'\s*)?\}")
Atom = tuple[Condition, bool]


@dataclass(frozen=True)
class Part:
    """Keys that hang together, the numbers of the conditions on them, and how these can turn out.

    ``ways``: the outcomes in the order of ``atoms``, with the values that bring them about.
    """

    keys: tuple[str, ...]
    atoms: tuple[int, ...]
    ways: tuple[tuple[tuple[bool, ...], Mapping[str, Values]], ...]
    chosen: bool
    complete: bool


def parts_of(
    atoms: Sequence[Atom], context: Context, domain_of: Callable[[str], Domain]
) -> list[Part]:
    """The parts of conditions that the context does not settle, in the order of their keys."""
    needs = [_keys(condition, variables, context) for condition, variables in atoms]
    found = []
    for keys in _groups(needs):
        numbers = tuple(n for n, need in enumerate(needs) if need[0] in keys)
        domains = {k: domain_of(k) for k in keys if context.get(k) is Missing.UNKNOWN}
        here = [atoms[n] for n in numbers]
        if len(keys) == 1 and all(len(needs[n]) == 1 for n in numbers):
            found.append(_single(keys[0], numbers, here, context, domains[keys[0]]))
        else:
            found.append(_linked(keys, numbers, here, context, domains))
    return found


def _keys(condition: Condition, variables: bool, context: Context) -> list[str]:
    """The unknown keys that a condition asks for; first the one that it compares, known or not."""
    found = [condition.lowered]
    if variables and condition.base.startswith(("String", "Arn")):
        for value in condition.values:
            for inside in _VARIABLE.findall(value):
                key = inside.split(",")[0].strip().casefold()
                if key not in ("*", "?", "$") and context.get(key) is Missing.UNKNOWN:
                    found.append(key)
    return found


def _groups(needs: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Keys by what hangs together, in the order of their first mention."""
    groups: list[dict[str, None]] = []
    for need in needs:
        joined = dict.fromkeys(need)
        rest = []
        for group in groups:
            if group.keys() & joined.keys():
                joined = {**group, **joined}
            else:
                rest.append(group)
        groups = [*rest, joined]
    return [tuple(group) for group in groups]


def _single(
    key: str, numbers: tuple[int, ...], atoms: Sequence[Atom], context: Context, domain: Domain
) -> Part:
    found = classes(domain, tuple(_fixed(c, variables, context) for c, variables in atoms))
    ways = tuple((outcomes, {key: values}) for outcomes, values in found.ways)
    return Part((key,), numbers, ways, domain.chosen, found.complete)


def _fixed(condition: Condition, variables: bool, context: Context) -> Condition:
    """The condition with the values that its variables have; a variable without one is dropped."""
    if not variables or not condition.base.startswith(("String", "Arn")):
        return condition
    if not any("${" in value for value in condition.values):
        return condition
    values = [resolve(v, context) if "${" in v else v for v in condition.values]
    return replace(condition, values=tuple(v for v in values if isinstance(v, str)))


def _linked(
    keys: tuple[str, ...],
    numbers: tuple[int, ...],
    atoms: Sequence[Atom],
    context: Context,
    domains: Mapping[str, Domain],
) -> Part:
    unknown = list(domains)
    pool = _pool(atoms, context, len(unknown))
    # Only for comparisons of whole values is it known that the pool leaves no way out.
    complete = all(_compares_whole(condition) for condition, _ in atoms)
    ways: dict[tuple[bool, ...], dict[str, Values]] = {}
    for count, request in enumerate(_requests(unknown, pool, domains)):
        if count >= MOST_WAYS:
            complete = False
            break
        lacking = [key for key, values in request.items() if not values]
        known = {key: list(values) for key, values in request.items() if values}
        full = context.with_keys(known, lacking)
        outcomes = tuple(evaluate(c, full, variables) is True for c, variables in atoms)
        ways.setdefault(outcomes, request)
    chosen = all(domains[key].chosen for key in unknown)
    many = any(domains[key].many for key in unknown)
    return Part(keys, numbers, tuple(ways.items()), chosen, complete and not many)


def _compares_whole(condition: Condition) -> bool:
    if condition.base == "Null":
        return True
    if condition.base not in ("StringEquals", "StringNotEquals"):
        return False
    return all("${" not in v or _ALONE.fullmatch(v) for v in condition.values)


def _pool(atoms: Sequence[Atom], context: Context, count: int) -> list[str]:
    """Values that the conditions name, and one for each key that they do not."""
    plain = [
        replace(c, values=tuple(v for v in c.values if not variables or "${" not in v))
        for c, variables in atoms
    ]
    named, _ = singles_of(Domain(), [c for c in plain if c.values])
    for condition, variables in atoms:
        for value in condition.values if variables else ():
            for inside in _VARIABLE.findall(value):
                default = re.search(r",\s*'(.*)'\s*$", inside, re.DOTALL)
                named += [default[1]] if default else []
            found = context.get(condition.lowered)
            named += found if isinstance(found, tuple) else ()
    text = "".join(v for c, _ in atoms for v in c.values) + "".join(named)
    return list(dict.fromkeys([*named, *unused(text, count)]))


def _requests(
    keys: Sequence[str], pool: Sequence[str], domains: Mapping[str, Domain]
) -> Iterator[dict[str, Values]]:
    if not keys:
        yield {}
        return
    domain = domains[keys[0]]
    values: list[Values] = [()] if domain.absent else []
    if domain.present:
        values += [(value,) for value in domain.values or pool]
    for rest in _requests(keys[1:], pool, domains):
        for one in values:
            yield {keys[0]: one, **rest}
