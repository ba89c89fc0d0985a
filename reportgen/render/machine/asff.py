"""AWS Security Finding Format, for ``aws securityhub batch-import-findings``.

Security Hub User Guide, "AWS Security Finding Format (ASFF)" and "Required ASFF attributes": the
lengths, and that an id of a finding never changes. BatchImportFindings takes 100 findings at
once; the file has an array of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reportgen.model import ResultRow, Severity, list_json
from reportgen.render.machine.judged import MachineInput, identifier, partition, region

_STATUS = {"pass": "PASSED", "fail": "FAILED", "not-evaluated": "NOT_AVAILABLE"}
_LABEL = {
    Severity.CRITICAL: "CRITICAL",
    Severity.HIGH: "HIGH",
    Severity.MEDIUM: "MEDIUM",
    Severity.LOW: "LOW",
}
_TYPE = "Software and Configuration Checks/AWS Security Best Practices"
_TYPES = {
    "AWS::::Account": "AwsAccount",
    "AWS::IAM::User": "AwsIamUser",
    "AWS::IAM::Role": "AwsIamRole",
    "AWS::IAM::Group": "AwsIamGroup",
    "AWS::IAM::ManagedPolicy": "AwsIamPolicy",
}
# IAM has no region: its findings are imported in that of the partition which AWS itself uses for it
# (IAM User Guide, "AWS IAM endpoints").
_HOME = {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def as_asff(judged: MachineInput) -> Iterator[bytes]:
    """Every applicable result as a finding: a JSON array, one by one."""
    rows = (row for row in judged.results["results"] if row["verdict"] in _STATUS)
    return list_json((_finding(judged, row) for row in rows), 1)


def _finding(judged: MachineInput, row: ResultRow) -> dict[str, Any]:
    control = judged.control(row)
    arn = row["resource"]
    where = region(arn) or _HOME.get(partition(arn), "us-east-1")
    account = row["account_id"]
    hub = f"arn:{partition(arn)}:securityhub:{where}:{account}"
    failed = row["verdict"] == "fail"
    waived = judged.waiver(row) is not None
    recommendation = {"Text": _cut(judged.fix(row), 512)}
    if link := judged.link(row):
        recommendation["Url"] = link
    related = [f"{short} {number}" for short, number in judged.requirements(control.id)]
    compliance: dict[str, Any] = {
        "Status": _STATUS[row["verdict"]],
        "SecurityControlId": control.id,
    }
    if related:
        # At most 32 entries, of 64 characters.
        compliance["RelatedRequirements"] = [_cut(name, 64) for name in related[:32]]
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"reportgen/{control.id}/{identifier(control.id, row['account_id'], arn)}",
        "ProductArn": f"{hub}:product/{account}/default",
        "GeneratorId": f"reportgen/{control.id}",
        "AwsAccountId": row["account_id"],
        "Types": [_TYPE],
        "CreatedAt": judged.results["as_of"],
        "UpdatedAt": judged.results["as_of"],
        "Severity": {"Label": _LABEL[control.severity] if failed else "INFORMATIONAL"},
        "Title": _cut(judged.headline(row), 256),
        "Description": _cut(f"{control.statement} {row['reason']}", 1024),
        "Remediation": {"Recommendation": recommendation},
        "ProductFields": {
            "reportgen/Verdict": row["verdict"],
            "reportgen/Evidence": _cut(", ".join(row["evidence"]) or "none", 2048),
            "reportgen/CatalogueSha256": judged.results["catalogue"]["sha256"],
        },
        "Resources": [
            {
                "Type": _TYPES.get(row["resource_type"], "Other"),
                "Id": _cut(arn, 512),
                "Partition": partition(arn),
                "Region": where,
            }
        ],
        "Compliance": compliance,
        "Workflow": {"Status": "SUPPRESSED" if waived else "NEW" if failed else "RESOLVED"},
        "RecordState": "ACTIVE",
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
