"""IAM Access Analyzer: no analyzer."""

from __future__ import annotations

ANSWERS = {
    "accessanalyzer:ListAnalyzers": {"analyzers": []},
    "accessanalyzer:ListFindingsV2": {"findings": []},
    "accessanalyzer:ListArchiveRules": {"archiveRules": []},
}
