"""Speed and memory: ``make bench`` prints a table."""
