"""AWS Security Finding Format, for ``aws securityhub batch-import-findings``.

Security Hub User Guide, "AWS Security Finding Format (ASFF)" and "Required ASFF attributes": the
lengths, and that an id of a finding never changes. BatchImportFindings takes 100 findings at
once; the file has an array of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from json.encoder import encode_basestring as text_json
from typing import Any

from reportgen.model import ResultRow, Severity, line_json, listed_json
from reportgen.render.machine.form import Form, place
from reportgen.render.machine.judged import MachineInput, partition, region

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
    return listed_json(_findings(judged))


def _findings(judged: MachineInput) -> Iterator[str]:
    forms: dict[tuple[str, str, str, bool], Form] = {}
    for row in judged.results["results"]:
        if row["verdict"] in _STATUS:
            waived = judged.waiver(row) is not None
            kind = (row["control_id"], row["account_id"], row["verdict"], waived)
            if kind not in forms:
                forms[kind] = Form(line_json(_finding(judged, row, waived)))
            yield forms[kind].filled(_of_row(judged, row))


def _of_row(judged: MachineInput, row: ResultRow) -> dict[str, str]:
    """What a finding has of its row alone, as JSON."""
    control, account, arn = judged.control(row), row["account_id"], row["resource"]
    home = partition(arn)
    where = region(arn) or _HOME.get(home, "us-east-1")
    key = judged.key(row)
    return {
        "id": text_json(f"reportgen/{control.id}/{key}"),
        "product": text_json(f"arn:{home}:securityhub:{where}:{account}:product/{account}/default"),
        "title": text_json(_cut(judged.headline(row), 256)),
        "description": text_json(_cut(f"{control.statement} {row['reason']}", 1024)),
        "fix": text_json(_cut(judged.fix(row), 512)),
        "evidence": text_json(_cut(", ".join(row["evidence"]) or "none", 2048)),
        "type": text_json(_TYPES.get(row["resource_type"], "Other")),
        "resource": text_json(_cut(arn, 512)),
        "partition": text_json(home),
        "region": text_json(where),
    }


def _finding(judged: MachineInput, row: ResultRow, waived: bool) -> dict[str, Any]:
    """A finding with places for what is of its row alone."""
    control = judged.control(row)
    failed = row["verdict"] == "fail"
    recommendation = {"Text": place("fix")}
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
        "Id": place("id"),
        "ProductArn": place("product"),
        "GeneratorId": f"reportgen/{control.id}",
        "AwsAccountId": row["account_id"],
        "Types": [_TYPE],
        "CreatedAt": judged.results["as_of"],
        "UpdatedAt": judged.results["as_of"],
        "Severity": {"Label": _LABEL[control.severity] if failed else "INFORMATIONAL"},
        "Title": place("title"),
        "Description": place("description"),
        "Remediation": {"Recommendation": recommendation},
        "ProductFields": {
            "reportgen/Verdict": row["verdict"],
            "reportgen/Evidence": place("evidence"),
            "reportgen/CatalogueSha256": judged.results["catalogue"]["sha256"],
        },
        "Resources": [
            {
                "Type": place("type"),
                "Id": place("resource"),
                "Partition": place("partition"),
                "Region": place("region"),
            }
        ],
        "Compliance": compliance,
        "Workflow": {"Status": "SUPPRESSED" if waived else "NEW" if failed else "RESOLVED"},
        "RecordState": "ACTIVE",
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
