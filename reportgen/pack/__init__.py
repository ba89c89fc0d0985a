"""The auditor's pack: one file that proves itself, and what checks it (docs/pack.md)."""
