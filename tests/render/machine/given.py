"""The sample organisation, judged once for all tests of the machine formats."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reportgen import __version__, pipeline
from reportgen.clock import parse_moment
from reportgen.render.machine.judged import MachineInput


@cache
def judged(sample: Path) -> MachineInput:
    """Judge the sample as ``reportgen export`` does."""
    rules = pipeline.prepare(sample / "reportgen.yaml")
    results = pipeline.assess_store(sample / "store", rules, None)
    day = parse_moment(results["as_of"]).astimezone(rules.config.zone).date()
    organisation = rules.config.settings.organisation
    return MachineInput(results, rules.catalogue, rules.register, organisation, day, __version__)
