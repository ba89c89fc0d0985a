"""Errors that a person is meant to read: what happened, and what to do about it."""

from __future__ import annotations


class ReportgenError(Exception):
    """Base of every error that reportgen raises on purpose.

    ``message`` says what is wrong, ``hint`` what would put it right; ``exit_code`` is what the
    command returns (2 usage or configuration, 3 not everything evaluated, 4 integrity).
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ReportgenError):
    """The command, a flag or an input file is not what was asked for."""


class ConfigError(ReportgenError):
    """A YAML file does not say what it must; the message starts with file and line."""


class CollectError(ReportgenError):
    """Nothing could be read from AWS at all: no credentials, or expired ones."""


class StoreError(ReportgenError):
    """The evidence store is missing, or is not one."""


class IntegrityError(ReportgenError):
    """Stored evidence is not what was written: altered, or a part is gone."""

    exit_code = 4


class RenderError(ReportgenError):
    """The document could not be made."""


class MailError(ReportgenError):
    """A message was surely not sent."""

    exit_code = 5


class DeliveryError(ReportgenError):
    """A finished file did not arrive where it was to go."""

    exit_code = 5


class MailUncertain(MailError):
    """A message may have been sent: the connection broke while it was handed over."""


class LockError(ReportgenError):
    """Another run holds the store."""
