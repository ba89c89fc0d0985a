"""Questions about the history of verdicts: filters, or a line of SQL."""
