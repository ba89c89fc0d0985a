"""What the commands tell of controls: which are chosen, and one whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.catalogue.model import Catalogue, Control
from reportgen.catalogue.wording import general
from reportgen.errors import UsageError
from reportgen.model import Severity


def chosen(
    catalogue: Catalogue, framework: str | None, severity: str | None, family: str | None
) -> list[Control]:
    """Controls that support a framework, are of a severity or worse, and of a family.

    A family is named in full or by the letters of its ids. Raises UsageError for what is unknown.
    """
    found = list(catalogue.controls.values())
    if framework is not None:
        if framework not in catalogue.frameworks:
            known = ", ".join(sorted(catalogue.frameworks))
            raise UsageError(f"Unknown framework {framework!r}.", f"Known frameworks: {known}.")
        found = [c for c in found if framework in _requirements(catalogue, c)]
    if severity is not None:
        if severity not in set(Severity):
            known = ", ".join(Severity)
            raise UsageError(f"{severity!r} is not a severity.", f"Choose one of {known}.")
        found = [c for c in found if c.severity.rank <= Severity(severity).rank]
    if family is not None:
        wanted = family.casefold()
        families = {c.family.casefold() for c in catalogue.controls.values()}
        families |= {_letters(c) for c in catalogue.controls.values()}
        if wanted not in families:
            known = ", ".join(catalogue.families)
            raise UsageError(f"Unknown family {family!r}.", f"Known families: {known}.")
        found = [c for c in found if wanted in (c.family.casefold(), _letters(c))]
    return found


def _letters(control: Control) -> str:
    return control.id.rsplit("-", 1)[0].casefold()


def about(catalogue: Catalogue, control: Control) -> dict[str, Any]:
    """A control as JSON data, without its examples, with the requirements that it supports.

    ``remediation`` shows its placeholders in capitals, as a person would fill them in.
    ``frameworks`` maps a framework to ids of requirements; ``file`` is where the control stands.
    """
    told = control.model_dump(mode="json", exclude={"examples"}, exclude_none=True)
    told["remediation"] = {
        way: {kind: general(each) for kind, each in text.items()}
        if isinstance(text, dict)
        else general(text)
        for way, text in told["remediation"].items()
    }
    told["examples"] = len(control.examples)
    told["own"] = control.id in catalogue.own
    told["frameworks"] = _requirements(catalogue, control)
    return told


def _requirements(catalogue: Catalogue, control: Control) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for framework in catalogue.frameworks.values():
        for requirement in framework.requirements:
            if any(s.control == control.id for s in requirement.controls):
                found.setdefault(framework.id, []).append(requirement.id)
    return found


def as_text(told: Mapping[str, Any]) -> str:
    """A control for people: a line for each thing that it says."""
    lines = [f"{told['id']}  {told['title']}", ""]
    for name in ("severity", "cadence", "observability", "family"):
        lines.append(f"{name.capitalize():14} {told[name]}")
    for name in ("statement", "why", "consequence", "test", "limits"):
        if told.get(name):
            lines += ["", f"{name.capitalize()}: {told[name].strip()}"]
    lines += ["", f"A finding says: {general(told['finding']['one'])}."]
    for name, kind in told.get("parameters_declared", {}).items():
        lines += ["", f"Parameter {name}: {told['parameters'][name]} ({kind['said']})"]
    for framework, ids in told["frameworks"].items():
        lines += ["", f"Supports {framework}: {', '.join(ids)}"]
    return "\n".join(lines) + "\n"
