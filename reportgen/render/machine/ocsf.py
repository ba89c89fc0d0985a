"""OCSF Compliance Finding (class 2003, schema 1.5.0), one a line as JSON.

OCSF, "Compliance Finding": status_id of compliance is 1 pass, 2 warning, 3 fail; severity_id 1
informational to 5 critical; times are milliseconds since 1970.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reportgen.model import ResultRow, Severity
from reportgen.render.machine.judged import MachineInput, identifier, partition, region

_COMPLIANCE = {"pass": (1, "Pass"), "fail": (3, "Fail"), "not-evaluated": (0, "Unknown")}
_SEVERITY = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
}


_encoded = json.JSONEncoder(sort_keys=True, ensure_ascii=True).encode


def as_ocsf(judged: MachineInput) -> Iterator[bytes]:
    """Every applicable result as a finding: JSON lines, one by one."""
    for row in judged.results["results"]:
        if row["verdict"] in _COMPLIANCE:
            yield f"{_encoded(_finding(judged, row))}\n".encode()


def _finding(judged: MachineInput, row: ResultRow) -> dict[str, Any]:
    control = judged.control(row)
    at = int(judged.moment.timestamp() * 1000)
    status_id, status = _COMPLIANCE[row["verdict"]]
    failed = row["verdict"] == "fail"
    severity_id, severity = _SEVERITY[control.severity] if failed else (1, "Informational")
    waived = judged.waiver(row)
    arn = row["resource"]
    pairs = judged.requirements(control.id)
    key = identifier(control.id, row["account_id"], arn)
    about, headline, link = judged.about(row), judged.headline(row), judged.link(row)
    finding: dict[str, Any] = {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": at,
        "severity_id": severity_id,
        "severity": severity,
        # The finding's own state: suppressed is an accepted risk, resolved what no longer fails.
        "status_id": 3 if waived else 1 if failed else 4,
        "status": "Suppressed" if waived else "New" if failed else "Resolved",
        "message": headline,
        "metadata": {
            "version": "1.5.0",
            "product": {
                "name": "reportgen",
                "vendor_name": "reportgen",
                "version": judged.tool_version,
            },
            "event_code": control.id,
            "uid": identifier(key, judged.results["as_of"]),
        },
        "finding_info": {
            "uid": key,
            "title": headline,
            "desc": row["reason"],
            "created_time": at,
            "types": [control.family],
        },
        "compliance": {
            "control": control.id,
            "status_id": status_id,
            "status": status,
            "status_detail": row["reason"],
            "standards": list(dict.fromkeys(short for short, _ in pairs)),
            "requirements": [f"{short} {number}" for short, number in pairs],
        },
        "resources": [
            {
                "uid": arn,
                "name": about.name,
                "type": row["resource_type"] or about.kind,
                "cloud_partition": partition(arn),
                "region": region(arn),
            }
        ],
        "remediation": {
            "desc": judged.fix(row),
            "references": [link] if link else [],
        },
        "cloud": {
            "provider": "AWS",
            "account": {
                "uid": row["account_id"],
                "name": judged.accounts[row["account_id"]]["name"],
                "type_id": 10,
                "type": "AWS Account",
            },
        },
        "unmapped": {"verdict": row["verdict"], "evidence": row["evidence"]},
    }
    if waived:
        finding["comment"] = f"{waived.id}: {waived.reason} Until {waived.expires}."
    return finding
