"""Runs an example of a control with the parameters that it sets."""

from __future__ import annotations

from pathlib import Path

from reportgen.assess.run import find_check, run_control
from reportgen.catalogue import Catalogue, Control, Example
from reportgen.evidence.store import Snapshot
from reportgen.examples.run import evidence_of
from reportgen.model import Result


def run_example(
    catalogue: Catalogue, control: Control, example: Example, folder: Path
) -> tuple[list[Result], Snapshot]:
    """The rows of one example, and the snapshot that they rest on."""
    evidence = evidence_of(control, example, folder)
    parameters = {**control.parameters, **example.parameters}
    rows = run_control(control, find_check(catalogue, control), evidence.facts, parameters)
    return rows, evidence.snapshot
