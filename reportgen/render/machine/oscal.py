"""OSCAL 1.2.2: assessment results, and a plan of action and milestones.

NIST, OSCAL reference, "Assessment Results" and "Plan of Action and Milestones". One observation
stands for a control in an account under one verdict, with the resources as its subjects; one
finding for a control over all accounts. What could not be evaluated is no satisfied objective:
the finding says ``not-satisfied`` with the reason ``other``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from reportgen.audit.register import Response, Waiver
from reportgen.model import ResultRow, rows_json
from reportgen.render.machine.judged import MachineInput, identifier

OSCAL_VERSION = "1.2.2"
_NS = "urn:reportgen:oscal"
Group = Mapping[tuple[str, str, str], Sequence[ResultRow]]


def as_assessment_results(judged: MachineInput) -> bytes:
    """The results as OSCAL assessment results."""
    groups = _groups(judged)
    tested = sorted({control for control, _, _ in groups})
    plan = identifier("plan", judged.results["catalogue"]["sha256"])
    result: dict[str, Any] = {
        "uuid": identifier("result", *_stamp(judged)),
        "title": f"Identity and access of {judged.organisation} on AWS",
        "description": (
            "Every control of the catalogue, judged by machine for every resource of every "
            "account, from the evidence of a sealed store."
        ),
        "start": _start(judged),
        "end": judged.results["as_of"],
        "props": [
            _prop("catalogue-sha256", judged.results["catalogue"]["sha256"]),
            _prop("results", str(len(judged.results["results"]))),
        ],
        "local-definitions": {"inventory-items": _inventory(judged, groups)},
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": c} for c in tested]}]
        },
        "observations": [_observation(judged, key, rows) for key, rows in groups.items()],
        "findings": [_finding(judged, control, groups) for control in tested],
    }
    return rows_json(
        {
            "assessment-results": {
                "uuid": identifier("assessment-results", *_stamp(judged)),
                "metadata": _metadata(judged, "Assessment results"),
                "import-ap": {"href": f"#{plan}"},
                "results": [result],
                "back-matter": {"resources": [_plan(judged, plan)]},
            }
        },
        5,
    )


def as_poam(judged: MachineInput) -> bytes:
    """The open failures as a plan of action and milestones, an item for a control in an account."""
    failed = {key: rows for key, rows in _groups(judged).items() if key[2] == "fail"}
    items = [_item(judged, key, rows) for key, rows in failed.items()]
    if not items:
        # The model asks for one item at least.
        items = [
            {
                "uuid": identifier("item", "none", *_stamp(judged)),
                "title": "Nothing is open",
                "description": "No control failed for any resource.",
            }
        ]
    body: dict[str, Any] = {
        "uuid": identifier("poam", *_stamp(judged)),
        "metadata": _metadata(judged, "Plan of action and milestones"),
        "system-id": {
            "identifier-type": "https://ietf.org/rfc/rfc4122",
            "id": identifier("organisation", judged.organisation),
        },
        "poam-items": items,
    }
    if failed:
        body |= {
            "local-definitions": {"inventory-items": _inventory(judged, failed)},
            "observations": [_observation(judged, key, rows) for key, rows in failed.items()],
            "risks": [_risk(judged, key, rows) for key, rows in failed.items()],
        }
    return rows_json({"plan-of-action-and-milestones": body}, 3)


def _groups(judged: MachineInput) -> Group:
    """Applicable results by control, account and verdict, sorted."""
    found: dict[tuple[str, str, str], list[ResultRow]] = defaultdict(list)
    for row in judged.results["results"]:
        if row["verdict"] != "not-applicable":
            found[row["control_id"], row["account_id"], row["verdict"]].append(row)
    return dict(sorted(found.items()))


def _stamp(judged: MachineInput) -> tuple[str, ...]:
    catalogue = judged.results["catalogue"]["sha256"]
    return judged.organisation, judged.results["as_of"], catalogue


def _metadata(judged: MachineInput, title: str) -> dict[str, Any]:
    tool, party = identifier("tool"), identifier("organisation", judged.organisation)
    return {
        "title": f"{title}: {judged.organisation}",
        "last-modified": judged.results["as_of"],
        "version": judged.results["as_of"],
        "oscal-version": OSCAL_VERSION,
        "roles": [{"id": "assessed", "title": "Organisation assessed"}],
        "parties": [
            {"uuid": party, "type": "organization", "name": judged.organisation},
            {
                "uuid": tool,
                "type": "organization",
                "name": "reportgen",
                "remarks": f"The tool that judged, version {judged.tool_version}.",
            },
        ],
        "responsible-parties": [{"role-id": "assessed", "party-uuids": [party]}],
    }


def _plan(judged: MachineInput, uuid: str) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "title": "The catalogue of controls, which is the plan of the assessment",
        "description": "What each control tests, and how, stands in its file of the catalogue.",
        "props": [_prop("sha256", judged.results["catalogue"]["sha256"])],
    }


def _prop(name: str, value: str) -> dict[str, str]:
    # A value of OSCAL has neither blanks at its ends nor is it empty.
    return {"name": name, "ns": _NS, "value": " ".join(value.split()) or "none"}


def _start(judged: MachineInput) -> str:
    moments = [a["collected_at"] for a in judged.results["accounts"] if a["collected_at"]]
    return min(moments, default=judged.results["as_of"])


def _inventory(judged: MachineInput, groups: Group) -> list[dict[str, Any]]:
    rows = {judged.resource(row): row for listed in groups.values() for row in listed}
    return [
        {
            "uuid": uuid,
            "description": _text(row["resource"]),
            "props": [
                _prop("account-id", row["account_id"]),
                _prop("resource-type", row["resource_type"] or judged.about(row).kind),
            ],
        }
        for uuid, row in sorted(rows.items())
    ]


def _text(text: str) -> str:
    return text if text.strip() else "none"


def _observation(
    judged: MachineInput, key: tuple[str, str, str], rows: Sequence[ResultRow]
) -> dict[str, Any]:
    control_id, account_id, verdict = key
    control = judged.catalogue.controls[control_id]
    account = judged.accounts[account_id]
    stated = control.observability == "attestation"
    held = {e["id"]: e for e in account["evidence"]}
    named = sorted({name for row in rows for name in row["evidence"]})
    evidence = [
        {
            "description": f"{held[n]['source']}, SHA-256 {held[n]['sha256']}" if n in held else n,
            "props": [_prop("evidence-id", n)],
        }
        for n in named
    ]
    found: dict[str, Any] = {
        "uuid": identifier("observation", *key, *_stamp(judged)),
        "title": f"{control_id} in {account['name'] or account_id}: {verdict}",
        "description": _text(control.test),
        "props": [_prop("verdict", verdict), _prop("control-id", control_id)],
        "methods": ["EXAMINE" if stated else "TEST"],
        "origins": [{"actors": [{"type": "tool", "actor-uuid": identifier("tool")}]}],
        "subjects": [
            {
                "subject-uuid": judged.resource(row),
                "type": "inventory-item",
                "remarks": _text(row["reason"]),
            }
            for row in rows
        ],
        "collected": account["collected_at"] or judged.results["as_of"],
    }
    if evidence:
        found["relevant-evidence"] = evidence
    return found


def _finding(judged: MachineInput, control_id: str, groups: Group) -> dict[str, Any]:
    control = judged.catalogue.controls[control_id]
    mine = {key: rows for key, rows in groups.items() if key[0] == control_id}
    counts = {v: sum(len(r) for k, r in mine.items() if k[2] == v) for v in _VERDICTS}
    status = {"state": "satisfied", "reason": "pass"}
    if counts["fail"]:
        status = {"state": "not-satisfied", "reason": "fail"}
    elif counts["not-evaluated"]:
        status = {"state": "not-satisfied", "reason": "other"}
    waived = sum(judged.waiver(row) is not None for rows in mine.values() for row in rows)
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return {
        "uuid": identifier("finding", control_id, *_stamp(judged)),
        "title": control.title,
        "description": f"{said}; {waived} of the failures are accepted by a waiver.",
        "target": {
            "type": "objective-id",
            "target-id": control_id,
            "description": control.statement,
            "status": status,
        },
        "related-observations": [
            {"observation-uuid": identifier("observation", *key, *_stamp(judged))} for key in mine
        ],
    }


_VERDICTS = ("pass", "fail", "not-evaluated")


def _item(
    judged: MachineInput, key: tuple[str, str, str], rows: Sequence[ResultRow]
) -> dict[str, Any]:
    control = judged.catalogue.controls[key[0]]
    about = f"{key[0]} in {judged.accounts[key[1]]['name'] or key[1]}"
    return {
        "uuid": identifier("item", *key, *_stamp(judged)),
        "title": f"{about}: {control.title}",
        "description": "\n".join(judged.headline(row) + "." for row in rows),
        "related-observations": [
            {"observation-uuid": identifier("observation", *key, *_stamp(judged))}
        ],
        "related-risks": [{"risk-uuid": identifier("risk", *key, *_stamp(judged))}],
    }


def _risk(
    judged: MachineInput, key: tuple[str, str, str], rows: Sequence[ResultRow]
) -> dict[str, Any]:
    control = judged.catalogue.controls[key[0]]
    waivers = [waiver for row in rows if (waiver := judged.waiver(row))]
    answers = [answer for row in rows if (answer := judged.response(row))]
    responses = list({_identity(answer): answer for answer in answers}.values())
    risk: dict[str, Any] = {
        "uuid": identifier("risk", *key, *_stamp(judged)),
        "title": control.title,
        "description": _text(control.why),
        "statement": _text(control.consequence),
        "props": [_prop("severity", control.severity.value)],
        # Only when each of the failures is accepted is the risk as a whole.
        "status": "deviation-approved" if len(waivers) == len(rows) else "open",
        "remediations": [_recommended(judged, key, rows[0])]
        + [_planned(judged, key, response) for response in responses],
        "related-observations": [
            {"observation-uuid": identifier("observation", *key, *_stamp(judged))}
        ],
    }
    if responses:
        due = min(response.due for response in responses)
        risk["deadline"] = f"{due}T23:59:59Z"
    if waivers:
        risk["mitigating-factors"] = [
            _mitigating(waiver) for waiver in {w.id: w for w in waivers}.values()
        ]
    return risk


def _identity(response: Response) -> str:
    """The UUID of a response, so that one given for several rows stands once."""
    return identifier("response", response.model_dump_json())


def _mitigating(waiver: Waiver) -> dict[str, Any]:
    return {
        "uuid": identifier("waiver", waiver.id),
        "description": f"{waiver.compensating_control} ({waiver.reason})",
        "props": [
            _prop("waiver", waiver.id),
            _prop("approved-by", waiver.approved_by),
            _prop("expires", waiver.expires.isoformat()),
        ],
    }


def _recommended(judged: MachineInput, key: tuple[str, str, str], row: ResultRow) -> dict[str, Any]:
    return {
        "uuid": identifier("recommendation", *key, *_stamp(judged)),
        "lifecycle": "recommendation",
        "title": f"How to mend {key[0]}",
        "description": _text(judged.fix(row)),
    }


def _planned(judged: MachineInput, key: tuple[str, str, str], response: Response) -> dict[str, Any]:
    identity = _identity(response)
    steps = [
        {
            "uuid": identifier("task", identity, action.what, action.due.isoformat()),
            "type": "milestone",
            "title": action.what,
            "timing": {"on-date": {"date": f"{action.due}T23:59:59Z"}},
            "props": [
                _prop("owner", action.owner or response.owner),
                _prop("done", action.done.isoformat() if action.done else "no"),
            ],
        }
        for action in response.actions
    ]
    planned: dict[str, Any] = {
        "uuid": identifier("planned", identity, *key, *_stamp(judged)),
        "lifecycle": "planned",
        "title": f"Management's response: {response.owner}",
        "description": _text(response.response),
    }
    if steps:
        planned["tasks"] = steps
    return planned
