"""Analyzers of IAM Access Analyzer: for external, internal and unused access, by region."""

from __future__ import annotations

from reportgen.sources.rows import Maybe
from reportgen.sources.source import Scope, Source, paged

SOURCE = Source(
    name="access-analyzers",
    about="analyzers of IAM Access Analyzer",
    operations=("accessanalyzer:ListAnalyzers",),
    actions=("access-analyzer:ListAnalyzers",),
    read=paged("accessanalyzer", "list_analyzers", "analyzers", maxResults=100),
    keys=("analyzers",),
    scope=Scope.REGION,
    exports=("list-analyzers.json",),
    rows={"analyzers": Maybe([{"arn": str}])},
)
