"""The crosswalk: one piece of evidence under the thresholds of several frameworks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reportgen.assess.parameters import Kind, Number, Stricter, declared
from reportgen.assess.run import find_check
from reportgen.catalogue import Catalogue, Control, Support
from reportgen.catalogue.thresholds import Asking, Threshold, Thresholds

# A check's thresholds, each with the parameters that go with it and those that ask for it.
_Numbers = tuple[tuple[str, int], ...]
_Asked = dict[_Numbers, tuple[Mapping[str, Any], list[Asking]]]


def crosswalk(catalogue: Catalogue) -> list[Threshold]:
    """Controls that are judged under more than one threshold: each of them, strictest first.

    A requirement asks for a threshold where its framework writes the number; a number at the end
    of its range that asks for nothing (no memory of old passwords) is no threshold.
    """
    found: list[Threshold] = []
    for control in catalogue.controls.values():
        kinds = {} if control.rule else declared(find_check(catalogue, control))
        asked = _asked(catalogue, control, kinds)
        if len(asked) > 1:
            found += sorted(_thresholds(control, kinds, asked), key=_strictest(kinds))
    return found


def _asked(catalogue: Catalogue, control: Control, kinds: Mapping[str, Kind]) -> _Asked:
    own = _numbers(control.parameters, kinds)
    asked: _Asked = {own: (control.parameters, [])} if own else {}
    for framework, requirement, support, _ in catalogue.asked.get(control.id, ()):
        if not support.parameters:
            continue
        parameters = catalogue.effective(support)
        numbers = _numbers(parameters, kinds)
        if numbers:
            who = Asking(framework.id, framework.short, requirement.id)
            asked.setdefault(numbers, (parameters, []))[1].append(who)
    return asked


def _numbers(
    parameters: Mapping[str, Any], kinds: Mapping[str, Kind]
) -> tuple[tuple[str, int], ...]:
    """The numbers that ask for something, in the order of the check's own parameters."""
    return tuple(
        (name, parameters[name])
        for name, kind in kinds.items()
        if isinstance(kind, Number) and parameters[name] != _loosest(kind)
    )


def _loosest(kind: Number) -> int:
    return kind.minimum if kind.stricter is Stricter.HIGHER else kind.maximum


def _thresholds(control: Control, kinds: Mapping[str, Kind], asked: _Asked) -> list[Threshold]:
    own = _numbers(control.parameters, kinds)
    return [
        Threshold(
            control_id=control.id,
            title=control.title,
            parameters=parameters,
            numbers=dict(numbers),
            said=", ".join(f"{value:,} {_unit(kinds[name])}" for name, value in numbers),
            own=numbers == own,
            asked_by=tuple(who),
        )
        for numbers, (parameters, who) in asked.items()
    ]


def _unit(kind: Kind) -> str:
    return kind.unit if isinstance(kind, Number) else ""


def _strictest(kinds: Mapping[str, Kind]) -> Callable[[Threshold], list[tuple[int, int]]]:
    def key(threshold: Threshold) -> list[tuple[int, int]]:
        order: list[tuple[int, int]] = []
        for name, kind in kinds.items():
            if isinstance(kind, Number):
                value = threshold.numbers.get(name)
                sign = 1 if kind.stricter is Stricter.LOWER else -1
                order.append((int(value is None), sign * (value or 0)))
        return order

    return key


def thresholds_of(catalogue: Catalogue) -> Thresholds:
    """The crosswalk of a catalogue, and where an organisation's numbers are looser."""
    loosened = {}
    for framework in catalogue.frameworks.values():
        for requirement in framework.requirements:
            for support in requirement.controls:
                said = _loosened(catalogue, support)
                if said:
                    loosened[framework.id, requirement.id, support.control] = said
    return Thresholds(tuple(crosswalk(catalogue)), loosened)


def _loosened(catalogue: Catalogue, support: Support) -> str:
    control = catalogue.controls[support.control]
    if control.id not in catalogue.own or control.rule is not None:
        return ""
    wanted = catalogue.effective(support)
    said = []
    for name, kind in declared(find_check(catalogue, control)).items():
        if isinstance(kind, Number) and _looser(kind, control.parameters[name], wanted[name]):
            said.append(f"{control.parameters[name]:,} {kind.unit} against {wanted[name]:,}")
    return ", ".join(said)


def _looser(kind: Number, own: int, wanted: int) -> bool:
    return own > wanted if kind.stricter is Stricter.LOWER else own < wanted
