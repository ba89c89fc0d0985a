"""Requirements that a control names itself, put into the frameworks that they are of.

A framework names its controls; a control of an organisation's own can name requirements of any
framework, so that it counts there without a copy of the framework.
"""

from __future__ import annotations

from collections.abc import Mapping

from reportgen.catalogue.model import Control, Framework, Requirement, Support
from reportgen.yamlsource import YamlSource


def with_supports(
    frameworks: Mapping[str, Framework],
    controls: Mapping[str, Control],
    sources: Mapping[str, YamlSource],
) -> dict[str, Framework]:
    """The frameworks, each requirement with the controls that name it.

    A requirement that evidence did not reach is then reached in part, or by a statement. Raises
    ConfigError, with file and line, for a framework or a requirement that there is not.
    """
    found = dict(frameworks)
    for control in controls.values():
        for framework_id, ids in control.supports.items():
            place = ("supports", framework_id)
            if framework_id not in found:
                right = f"Known frameworks: {', '.join(sorted(found))}."
                said = f"supports: unknown framework {framework_id!r}."
                raise sources[control.id].error(place, said, right)
            framework = found[framework_id]
            known = {requirement.id for requirement in framework.requirements}
            for index, own_id in enumerate(ids):
                if own_id not in known:
                    said = f"supports: {framework_id} lists no requirement {own_id!r}."
                    raise sources[control.id].error((*place, index), said)
            found[framework_id] = _supported(framework, control, frozenset(ids))
    return found


def _supported(framework: Framework, control: Control, ids: frozenset[str]) -> Framework:
    rows = [_with(r, control) if r.id in ids else r for r in framework.requirements]
    return framework.model_copy(update={"requirements": rows})


def _with(requirement: Requirement, control: Control) -> Requirement:
    if any(support.control == control.id for support in requirement.controls):
        return requirement
    reach: str = requirement.reach
    if reach == "none":
        reach = "partly" if control.scored else "attestation"
    controls = [*requirement.controls, Support(control=control.id)]
    return requirement.model_copy(update={"controls": controls, "reach": reach})
