"""Dated IAM compliance reports for AWS: evidence in, judgement, audit PDF out."""

__version__ = "0.1.0"
