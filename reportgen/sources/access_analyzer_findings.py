"""Findings of every analyzer of a region, of whatever kind of access it looks for.

Active and archived ones: an archived finding is one that somebody, or a rule, put out of sight.
Resolved ones are gone, and AWS keeps them for months. Each has the ``analyzerArn`` of its analyzer,
which AWS's own record lacks (API_ListFindingsV2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.rows import Maybe
from reportgen.sources.source import Aws, Scope, Source, text_of

_FILTER = {"status": {"eq": ["ACTIVE", "ARCHIVED"]}}


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: findings."""
    aws.reading.parameters = {"filter": _FILTER}
    analyzers = aws.earlier("access-analyzers").data.get("analyzers", [])
    # An analyzer that is not active yet has nothing to tell, and AWS refuses to list it.
    arns = [text_of(a, "arn") for a in analyzers if a.get("status") == "ACTIVE"]
    return {"findings": [finding for found in aws.every(_findings, arns) for finding in found]}


def _findings(aws: Aws, arn: str) -> list[Any]:
    listed = aws.items(
        "accessanalyzer", "list_findings_v2", "findings", analyzerArn=arn, filter=_FILTER
    )
    return [{**finding, "analyzerArn": arn} for finding in listed]


SOURCE = Source(
    name="access-analyzer-findings",
    about="what IAM Access Analyzer found: external, internal and unused access",
    operations=("accessanalyzer:ListFindingsV2",),
    actions=("access-analyzer:ListFindings",),
    read=read,
    keys=("findings",),
    scope=Scope.REGION,
    exports=("list-findings-v2.json",),
    after=("access-analyzers",),
    form="the answer of list-findings-v2, each finding with its analyzerArn",
    rows={"findings": Maybe([{"status": str, "analyzerArn": str}])},
)
