"""Holds the sample's machine formats against validators of others.

``make formats``: writes OSCAL and OCSF of the sample organisation and validates them, in an
environment of its own (``bench/formats.txt``), with the ``oscal`` package (NIST's metaschema of
1.2.2) and ``py-ocsf-models``. Prints a line a file; ends with 1 where one is not valid.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

FORMATS = ("oscal-ar", "oscal-poam", "ocsf")
ROOT = Path(__file__).parents[1]
VALIDATOR = ROOT / ".venv-formats/bin/python"


def main() -> None:
    """Write the files with this interpreter, validate them with the other."""
    run = [sys.executable, "-m", "reportgen"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([*run, "init", "--sample", str(folder / "s")], check=True, stdout=-3)
        of = ["--store", str(folder / "s/store"), "--config", str(folder / "s/reportgen.yaml")]
        for form in FORMATS:
            file = str(folder / f"{form}.json")
            subprocess.run([*run, "export", *of, "--format", form, "-o", file], check=True)
        # The validator unpacks its data where it runs.
        done = subprocess.run(
            [VALIDATOR, Path(__file__).resolve(), folder], check=False, cwd=folder
        )
    sys.exit(done.returncode)


def validate(folder: Path) -> None:
    """Validate the files in a folder; runs where the validators are installed."""
    from oscal import OSCAL
    from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding

    valid = True
    for form in FORMATS[:2]:
        content = OSCAL.load(str(folder / f"{form}.json"))
        errors = content.validation_errors if content is not None else ["it could not be read"]
        good = content is not None and content.is_valid and not errors
        print(f"{form}: {'valid' if good else errors[:5]}")
        valid &= good
    lines = (folder / "ocsf.json").read_text().splitlines()
    for line in lines:
        ComplianceFinding.model_validate(json.loads(line))
    print(f"ocsf: {len(lines)} findings valid")
    sys.exit(not valid)


if __name__ == "__main__":
    validate(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
