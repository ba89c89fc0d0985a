"""Rules by which findings of an analyzer are put out of sight as they arise, by region.

Each has the ``analyzerArn`` of its analyzer, which AWS's own record lacks (API_ListArchiveRules).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import Aws, Scope, Source, text_of


def read(aws: Aws) -> Mapping[str, Any]:
    """Keys: archiveRules."""
    analyzers = aws.earlier("access-analyzers").data.get("analyzers", [])
    asked = [(text_of(a, "arn"), text_of(a, "name")) for a in analyzers]
    return {"archiveRules": [rule for found in aws.every(_rules, asked) for rule in found]}


def _rules(aws: Aws, analyzer: tuple[str, str]) -> list[Any]:
    arn, name = analyzer
    listed = aws.items("accessanalyzer", "list_archive_rules", "archiveRules", analyzerName=name)
    return [{**rule, "analyzerArn": arn} for rule in listed]


SOURCE = Source(
    name="access-analyzer-archive-rules",
    about="rules that archive findings of IAM Access Analyzer",
    operations=("accessanalyzer:ListArchiveRules",),
    actions=("access-analyzer:ListArchiveRules",),
    read=read,
    keys=("archiveRules",),
    scope=Scope.REGION,
    exports=("list-archive-rules.json",),
    after=("access-analyzers",),
    form="the answer of list-archive-rules, each rule with its analyzerArn",
)
