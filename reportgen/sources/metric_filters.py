"""Metric filters on log groups: what is counted in the logs (API_DescribeMetricFilters)."""

from __future__ import annotations

from reportgen.sources.source import Scope, Source, paged

SOURCE = Source(
    name="metric-filters",
    about="metric filters of CloudWatch Logs",
    operations=("logs:DescribeMetricFilters",),
    read=paged("logs", "describe_metric_filters", "metricFilters"),
    keys=("metricFilters",),
    scope=Scope.REGION,
    exports=("describe-metric-filters.json",),
)
