"""What AWS answers to an organisation's management account or a delegated administrator alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reportgen.model import Status
from reportgen.sources.source import Aws, ReadError

# What a source needs to know whether it is asked in a member account.
AFTER = ("caller-identity", "organization")
# Codes of services that say so themselves.
NOT_HERE = frozenset({"AccountNotManagementOrDelegatedAdministratorException"})


@contextmanager
def managed_elsewhere(aws: Aws) -> Iterator[None]:
    """Turn a refusal into ``not enabled`` where the account is a member, which is how it should be.

    Where it is not known to be one, a refusal stays a refusal.
    """
    try:
        yield
    except ReadError as error:
        refused = error.status is Status.DENIED or error.code in NOT_HERE
        if not (refused and is_member(aws)):
            raise
        said = f"AWS answers this where the organisation is managed, which is not here: {error}"
        raise ReadError(Status.NOT_ENABLED, "ManagedElsewhere", said) from error


def is_member(aws: Aws) -> bool:
    """Whether the account is known to be one of an organisation, and not its management account."""
    try:
        own = str(aws.earlier("caller-identity").data.get("Account", ""))
        about = aws.earlier("organization").data.get("Organization")
    except ReadError:
        return False
    return not manages(own, about)


def manages(own: str, organization: object) -> bool:
    """Whether ``own`` is the management account; also where AWS did not say which one is."""
    about = organization if isinstance(organization, dict) else {}
    # MasterAccountId is the older name (API_Organization).
    head = about.get("ManagementAccountId") or about.get("MasterAccountId")
    return not own or not head or own == head
