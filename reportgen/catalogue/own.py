"""What an organisation adds to the catalogue or changes in it, laid over what reportgen carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.catalogue.model import Control, Framework
from reportgen.yamlsource import YamlSource

BASED_ON = "based_on"


@dataclass(frozen=True)
class Layer:
    """Files by id: those that reportgen carries, and the organisation's own over them."""

    kind: str
    shipped: Mapping[str, YamlSource]
    own: Mapping[str, YamlSource]


def merged(layer: Layer) -> dict[str, YamlSource]:
    """Every file by id, each with what it takes from the one that it is based on.

    Raises ConfigError, with file and line, for an id that exists already, a base that does not
    exist, and files that are based on one another.
    """
    found = dict(layer.shipped)
    for key, source in layer.own.items():
        base = source.data.get(BASED_ON)
        if key in layer.shipped and base is None:
            raise source.error(
                ("id",),
                f"{key} is a {layer.kind} of reportgen already.",
                f"Write `{BASED_ON}: {key}` to change it, or choose another id.",
            )
        found[key] = _whole(layer, key, ())
    return found


def _whole(layer: Layer, key: str, on_the_way: tuple[str, ...]) -> YamlSource:
    source = layer.own[key]
    base = source.data.get(BASED_ON)
    if base is None:
        return source
    if not isinstance(base, str) or base not in {**layer.shipped, **layer.own}:
        said = f"{BASED_ON}: there is no {layer.kind} {base!r}."
        raise source.error((BASED_ON,), said)
    if base == key or base not in layer.own:
        if base not in layer.shipped:
            raise source.error((BASED_ON,), f"{BASED_ON}: {key} is based on itself.")
        below = layer.shipped[base].data
    elif base in on_the_way:
        circle = " -> ".join((*on_the_way, key, base))
        raise source.error((BASED_ON,), f"{BASED_ON}: goes in a circle: {circle}.")
    else:
        below = _whole(layer, base, (*on_the_way, key)).data
    return YamlSource(source.path, _over(below, source.data), source.lines)


def _over(below: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """``own`` over ``below``: key by key, parameters one by one.

    Examples that come from below were written for the parameters there, and keep them. They say
    nothing of another check, and nor do the sentences of its findings.
    """
    data = {**below, **{k: v for k, v in own.items() if k != BASED_ON}}
    before = dict(below.get("parameters") or {})
    if {"check", "rule"} & set(own):
        for key in {"check", "rule", "parameters", "examples", "finding"} - set(own):
            data.pop(key, None)
        return data
    if isinstance(own.get("parameters"), dict):
        data["parameters"] = {**before, **own["parameters"]}
        if "examples" not in own:
            data["examples"] = [
                {**e, "parameters": {**before, **(e.get("parameters") or {})}}
                for e in below.get("examples") or []
            ]
    return data


def held_to_shipped(
    framework: Framework,
    shipped: Mapping[str, Mapping[str, Any]],
    controls: Mapping[str, Control],
) -> Framework:
    """A framework of ours, whose thresholds no change to a control loosens or tightens.

    ``shipped`` has the parameters that the organisation's controls had before. A number that the
    framework does not state itself stays what its mapping was made with; lists of names are the
    organisation's to give.
    """
    requirements = []
    for requirement in framework.requirements:
        supports = []
        for support in requirement.controls:
            kept = {
                name: value
                for name, value in shipped.get(support.control, {}).items()
                if isinstance(value, int)
                and not isinstance(value, bool)
                and name in controls[support.control].parameters
            }
            supports.append(
                support.model_copy(update={"parameters": {**kept, **support.parameters}})
                if kept
                else support
            )
        requirements.append(requirement.model_copy(update={"controls": supports}))
    return framework.model_copy(update={"requirements": requirements})
