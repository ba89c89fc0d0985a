"""The period's results for other programs: OSCAL, OCSF and ASFF, a folder for each account.

One account at a time, as it was judged: what all accounts together would take of memory is no
limit then, and Security Hub takes findings account by account anyway.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reportgen import __version__
from reportgen.assess.run import to_json
from reportgen.files import write_private
from reportgen.model import AccountAssessment
from reportgen.pipeline import Rules
from reportgen.render.machine import FORMATS
from reportgen.render.machine.judged import MachineInput

MACHINE = "machine/"
# Format -> the file's name, and what it is.
FILES = {
    "oscal-ar": ("oscal-assessment-results.json", "OSCAL assessment results"),
    "oscal-poam": ("oscal-poam.json", "OSCAL plan of action and milestones"),
    "ocsf": ("ocsf-compliance-findings.jsonl", "OCSF compliance findings"),
    "asff": ("asff-findings.json", "findings for AWS Security Hub"),
}


def write_machine(rules: Rules, assessment: AccountAssessment, folder: Path) -> None:
    """Write each format of one account below ``folder``."""
    # Those under thresholds of a framework's own are in no format.
    judged = MachineInput(
        to_json([replace(assessment, variants=())], assessment.as_of, rules.catalogue),
        rules.catalogue,
        rules.register,
        rules.config.settings.organisation,
        assessment.as_of.astimezone(rules.config.zone).date(),
        __version__,
    )
    for name, write in FORMATS.items():
        write_private(folder / assessment.info.account_id / FILES[name][0], write(judged))
