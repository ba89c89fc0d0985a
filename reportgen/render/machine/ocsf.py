"""OCSF Compliance Finding (class 2003, schema 1.5.0), one a line as JSON.

OCSF, "Compliance Finding": status_id of compliance is 1 pass, 2 warning, 3 fail; severity_id 1
informational to 5 critical; times are milliseconds since 1970.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as text_json
from typing import Any

from reportgen.audit.register import Waiver
from reportgen.model import ResultRow, Severity
from reportgen.render.machine.form import Form, place
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
    forms: dict[tuple[str, str, str, str], Form] = {}
    for row in judged.results["results"]:
        if row["verdict"] in _COMPLIANCE:
            waived = judged.waiver(row)
            kind = (
                row["control_id"],
                row["account_id"],
                row["verdict"],
                waived.id if waived else "",
            )
            if kind not in forms:
                forms[kind] = Form(_encoded(_finding(judged, row, waived)))
            yield f"{forms[kind].filled(_of_row(judged, row))}\n".encode()


def _of_row(judged: MachineInput, row: ResultRow) -> dict[str, str]:
    """What a finding has of its row alone, as JSON."""
    arn = row["resource"]
    about = judged.about(row)
    key = judged.key(row)
    return {
        "headline": text_json(judged.headline(row)),
        "uid": f'"{identifier(key, judged.results["as_of"])}"',
        "key": f'"{key}"',
        "reason": text_json(row["reason"]),
        "arn": text_json(arn),
        "name": text_json(about.name),
        "type": text_json(row["resource_type"] or about.kind),
        "partition": text_json(partition(arn)),
        "region": text_json(region(arn)),
        "fix": text_json(judged.fix(row)),
        "evidence": _encoded(row["evidence"]),
    }


def _finding(judged: MachineInput, row: ResultRow, waived: Waiver | None) -> dict[str, Any]:
    """A finding with places for what is of its row alone."""
    control = judged.control(row)
    at = int(judged.moment.timestamp() * 1000)
    status_id, status = _COMPLIANCE[row["verdict"]]
    failed = row["verdict"] == "fail"
    severity_id, severity = _SEVERITY[control.severity] if failed else (1, "Informational")
    pairs = judged.requirements(control.id)
    link = judged.link(row)
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
        "message": place("headline"),
        "metadata": {
            "version": "1.5.0",
            "product": {
                "name": "reportgen",
                "vendor_name": "reportgen",
                "version": judged.tool_version,
            },
            "event_code": control.id,
            "uid": place("uid"),
        },
        "finding_info": {
            "uid": place("key"),
            "title": place("headline"),
            "desc": place("reason"),
            "created_time": at,
            "types": [control.family],
        },
        "compliance": {
            "control": control.id,
            "status_id": status_id,
            "status": status,
            "status_detail": place("reason"),
            "standards": list(dict.fromkeys(short for short, _ in pairs)),
            "requirements": [f"{short} {number}" for short, number in pairs],
        },
        "resources": [
            {
                "uid": place("arn"),
                "name": place("name"),
                "type": place("type"),
                "cloud_partition": place("partition"),
                "region": place("region"),
            }
        ],
        "remediation": {
            "desc": place("fix"),
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
        "unmapped": {"verdict": row["verdict"], "evidence": place("evidence")},
    }
    if waived:
        finding["comment"] = f"{waived.id}: {waived.reason} Until {waived.expires}."
    return finding
