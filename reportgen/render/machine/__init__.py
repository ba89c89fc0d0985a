"""Results for other programs: OSCAL, OCSF and Security Hub's ASFF.

Every file follows from the results file, the catalogue and the register, so the same evidence
gives the same bytes. No date is made up: what AWS has no time for takes the moment of the
assessment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from reportgen.render.machine.asff import as_asff
from reportgen.render.machine.judged import MachineInput
from reportgen.render.machine.ocsf import as_ocsf
from reportgen.render.machine.oscal import as_assessment_results, as_poam

# What writes each format, in parts.
FORMATS: Mapping[str, Callable[[MachineInput], Iterable[bytes]]] = {
    "oscal-ar": lambda judged: [as_assessment_results(judged)],
    "oscal-poam": lambda judged: [as_poam(judged)],
    "ocsf": as_ocsf,
    "asff": as_asff,
}
