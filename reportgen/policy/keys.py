"""Condition keys: which actions carry them, and who holds what they say.

A key that an action does not carry is absent from its requests (IAM User Guide, "AWS global
condition context keys"; Service Authorization Reference, the tables of each service).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from reportgen.policy.actions import database

MFA_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")
ISSUED = "aws:tokenissuetime"
# In every request (IAM User Guide, "AWS global condition context keys").
ALWAYS = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:userid",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:requestedregion",
    "aws:sourceip",
    "aws:useragent",
    "aws:viaawsservice",
    "aws:principalisawsservice",
}
# What the caller sets as it likes.
_CHOSEN = {
    "aws:requestedregion",
    "aws:useragent",
    "aws:referer",
    "aws:securetransport",
    "aws:tagkeys",
}
_REQUEST_TAG = "aws:requesttag/"
# Of the keys of all services, those of several values; keys of one service are taken as such too
# (IAM User Guide, "AWS global condition context keys", value type "Multivalued").
_MANY = {
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:sourcevpcorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
}
# Keys of services that bind what a call can lead to, not merely how it is made.
_BINDING = {
    "iam:permissionsboundary",
    "iam:policyarn",
    "iam:passedtoservice",
    "iam:associatedresourcearn",
    "sts:externalid",
}
# Keys that come with the credentials of a session, and so with whatever it calls
# (IAM User Guide, "Available keys for AWS web identity federation", "... for SAML"; EC2, Lambda
# and Systems Manager guides for the keys of the roles that they hand out).
_OF_SESSIONS = {
    "ec2:sourceinstancearn",
    "ec2:roledelivery",
    "lambda:sourcefunctionarn",
    "ssm:sourceinstancearn",
    "identitystore:userid",
    "glue:roleassumedby",
    "glue:credentialissuingservice",
}


def of_session(key: str) -> bool:
    """Whether a key comes with the credentials of a role's session: users do not carry it."""
    prefix = key.partition(":")[0]
    return key in _OF_SESSIONS or prefix in ("saml", "ldap") or "." in prefix


def multivalued(key: str) -> bool:
    """Whether one request may carry several values of a key."""
    return key in _MANY or not key.startswith("aws:")


def chosen(key: str) -> bool:
    """Whether the caller sets a key as it likes, on the actions that carry it."""
    if key in _CHOSEN or key.startswith(_REQUEST_TAG):
        return True
    if key.startswith("aws:") or key in _BINDING or of_session(key) or "resourcetag/" in key:
        return False
    return carriers(key) is not None


def bound_to_actions(key: str) -> bool:
    """Whether the action decides if a key can be in a request at all.

    Keys of the caller, of its network and of the time are in any; what tags a resource has is
    asked elsewhere.
    """
    if key.startswith("aws:"):
        return key == "aws:tagkeys" or key.startswith(_REQUEST_TAG)
    return not of_session(key) and "resourcetag/" not in key


def carries(action: str, key: str) -> bool:
    """Whether a request for an action can carry a key; yes where the database cannot say."""
    if not bound_to_actions(key):
        return True
    bit = database().bit(action)
    found = carriers(key) if bit else None
    return found is None or bool(found & bit)


@lru_cache(maxsize=4096)
def carriers(key: str) -> int | None:
    """The actions that can carry a key; None where no page of AWS's lists it."""
    bits = 0
    for service in database().services:
        for prefix, is_open, carrying in _listed(service):
            if key == prefix or (is_open and key.startswith(prefix)):
                bits |= carrying
    return bits or None


@lru_cache(maxsize=1024)
def _listed(service: str) -> tuple[tuple[str, bool, int], ...]:
    """The keys of a service's actions: what they begin with, if more follows, and the actions."""
    db = database()
    found: dict[tuple[str, bool], int] = {}
    for name in db.list(db.service_bits(service)):
        entry = db.details(name)
        bit = db.bit(name)
        for key in _keys_of(entry, service) if entry else ():
            lowered = key.casefold()
            cut = min((lowered.find(c) for c in ("${", "<") if c in lowered), default=-1)
            prefix = (lowered, False) if cut < 0 else (lowered[:cut], True)
            found[prefix] = found.get(prefix, 0) | bit
    return tuple((prefix, is_open, bits) for (prefix, is_open), bits in found.items())


def _keys_of(entry: dict[str, Any], service: str) -> Iterator[str]:
    yield from entry.get("conditionKeys") or ()
    types = database().resource_types(service)
    for one in entry.get("resourceTypes") or ():
        yield from one.get("conditionKeys") or ()
        yield from types.get(str(one.get("name", "")).lower(), {}).get("conditionKeys") or ()
