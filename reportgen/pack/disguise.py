"""AWS's answers under pseudonyms: JSON, policies within it, the credential report, envelopes.

Of each text its place tells what it is. A key that is not known here holds a name: what is new is
replaced, never let through. Numbers, dates, and what AWS itself chose (kinds, states, actions,
regions) stay, in the same order, so that each row is where it was.
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from reportgen.evidence.answers import (
    AnswerError,
    CredentialReport,
    cli_error,
    decode,
    parse_credential_report,
)
from reportgen.pack.disguised_policy import NO_NAMES, PLAIN, PolicyDisguise
from reportgen.pack.pseudonyms import ACCOUNT, Pseudonyms

# Keys whose values AWS chose. Lower case; answers differ in that from API to API.
_FIXED = frozenset((
    "action", "actionname", "algorithm", "alternatecontacttype", "assignmentstatus",
    "awsregion", "code", "comparisonoperator", "countrycode", "defaultversionid", "effect",
    "enabledfeatures", "errorcode", "eventcategory", "eventname", "eventsource", "eventtype",
    "excludemanagementeventsources", "externalaccess", "feature", "featureset",
    "findingpublishingfrequency", "findingtype", "fingerprint", "granularity", "homeregion",
    "httpendpoint", "httptokens", "includeglobalresourcetypes", "iscompliant", "jobtype",
    "keyspec", "keystate", "keystatus", "keyusage", "kind", "lastaccessedregion",
    "lastauthenticatedregion", "metricvalue", "mfaused", "mode", "notaction", "operation",
    "optinstatus", "organizationfeatures", "passwordresetrequired", "permissionsboundarytype",
    "policytype", "principaltype", "protocol", "publishingfrequency", "readwritetype",
    "recordingstrategy", "region", "regionname", "resourcetype", "runtime", "scope",
    "servicelastaccessedtype", "servicename", "servicenamespace", "serviceprincipal",
    "sessionduration", "standardsstatus", "state", "statistic", "status", "targettype",
    "treatmissingdata", "type", "types", "unit", "useragent", "userstatus", "vaulttype",
    "version", "versionid",
))  # fmt: skip
# Keys under which everything is AWS's: what could not be read of a bucket, and why.
_FIXED_BELOW = frozenset({"errors", "environmentvariablenames", "enabledregions"})
_POLICIES = frozenset((
    "assumerolepolicydocument", "content", "document", "inlinepolicy", "keypolicy", "policy",
    "policydocument", "policytext", "resourcepolicy",
))  # fmt: skip
_PATTERNS = frozenset({"filterpattern", "eventpattern"})
_PROSE = frozenset({"detail", "message", "errormessage", "queryexpression"})
_FREE = frozenset((
    "addressline1", "addressline2", "addressline3", "certificatebody", "city", "comment",
    "comments", "companyname", "description", "districtorcounty", "fullname", "phonenumber",
    "postalcode", "publickey", "reason", "samlmetadatadocument", "sshpublickeybody",
    "stateorregion", "statusreason", "title", "websiteurl",
))  # fmt: skip


class Disguise:
    """Puts evidence under the pseudonyms of one key."""

    def __init__(self, names: Pseudonyms) -> None:
        self._names = names
        self._policies = PolicyDisguise(names)
        self.patterns = self._policies.patterns

    def answer(self, source: str, content: bytes) -> bytes:
        """One source's answer. What is neither JSON nor a credential report is withheld."""
        said = cli_error(content)
        if said is not None:
            return self._names.prose(decode(content)).encode()
        if source == "credential-report":
            try:
                return self._report(parse_credential_report(content))
            except AnswerError:
                return self.withheld(content)
        try:
            data = json.loads(decode(content))
        except (AnswerError, ValueError, RecursionError):
            return self.withheld(content)
        return json.dumps(self.value((), data), ensure_ascii=False).encode("utf-8", "surrogatepass")

    def withheld(self, content: bytes) -> bytes:
        """What stands for a content that is not shown; empty stays empty."""
        if not content.strip():
            return content
        return self.free(content.decode("utf-8", "surrogateescape")).encode()

    def free(self, text: str) -> str:
        """What stands for a sentence that may hold names."""
        if not text.strip():
            return text
        return f"withheld {self._names.code('text', text)[:16]}"

    # -- JSON ----------------------------------------------------------------------------------

    def value(self, way: tuple[str, ...], data: Any) -> Any:
        """A part of an answer; ``way`` has the keys that lead to it, in lower case."""
        if isinstance(data, dict):
            return self._object(way, data)
        if isinstance(data, list):
            return [self.value(way, one) for one in data]
        return self._text(way, data) if isinstance(data, str) else data

    def _object(self, way: tuple[str, ...], data: Mapping[str, Any]) -> dict[str, Any]:
        if set(data) <= {"Key", "Value"} and "Key" in data:
            return {"Key": self._policies.tag_key(str(data["Key"])), **self._tag_value(data)}
        if _is_policy(data):
            return self._policies.policy(data)
        # What AWS wrote is called by its own name, in the ARN and beside it.
        own = any(isinstance(v, str) and ":aws:policy/" in v for v in data.values())
        found = {}
        for key, one in data.items():
            lower = key.casefold()
            if own and lower in ("policyname", "name", "path", "description"):
                found[key] = one
            else:
                found[self._key(way, key)] = self.value((*way, lower), one)
        return found

    def _key(self, way: tuple[str, ...], key: str) -> str:
        """A key is a word of the API, but where a map is by ARN, account, address or variable."""
        if way and way[-1] == "tags":
            return self._policies.tag_key(key)
        if way and way[-1] == "variables":
            return self._names.path(key)
        return self._names.forms(key)

    def _tag_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        if "Value" not in data:
            return {}
        value = data["Value"]
        return {"Value": self._policies.tag_value(value) if isinstance(value, str) else value}

    def _text(self, way: tuple[str, ...], text: str) -> str:
        key = way[-1] if way else ""
        if ACCOUNT.fullmatch(text):
            return self._names.account(text)
        if PLAIN.fullmatch(text) or text.casefold() in NO_NAMES:
            return text
        if key in _FIXED or _FIXED_BELOW & set(way):
            return text
        if way[-2:] == ("state", "name"):
            return text
        if key in _PATTERNS:
            return self._names.forms(text)
        if key in _PROSE:
            return self._names.prose(text)
        if key in _POLICIES or text[:1] == "{" or text[:3] in ("%7B", "%7b"):
            return self._policy_text(text)
        if key in _FREE:
            return self.free(text)
        if way and way[-1] == "tags":
            return self._policies.tag_value(text)
        return self._names.value(text)

    # -- policies ------------------------------------------------------------------------------

    def _policy_text(self, text: str) -> str:
        """JSON in a text, as it came: plain, or as in a URL."""
        coded = text[:1] == "%"
        plain = unquote(text) if coded else text
        try:
            data = json.loads(plain)
        except (ValueError, RecursionError):
            return self.free(text)
        if not isinstance(data, dict):
            return self.free(text)
        made = self._policies.policy(data) if "Statement" in data else self.value((), data)
        # A policy's size is judged: blanks stay as they are as far as can be told.
        tight = '": ' not in plain
        apart = (",", ":") if tight else (", ", ": ")
        said = json.dumps(made, separators=apart, ensure_ascii=False)
        return quote(said, safe="") if coded else said

    # -- the credential report -----------------------------------------------------------------

    def _report(self, found: CredentialReport) -> bytes:
        """As CSV, whatever it came as; the time that AWS made it is kept around it."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(found.columns)
        for row in found.rows:
            cells = [self._cell(column, row[column]) for column in found.columns if column in row]
            writer.writerow(cells)
        text = out.getvalue()
        if not found.generated_time:
            return text.encode("utf-8", "surrogatepass")
        packed = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
        whole = {
            "Content": packed,
            "GeneratedTime": found.generated_time,
            "ReportFormat": "text/csv",
        }
        return json.dumps(whole).encode()

    def _cell(self, column: str, text: str) -> str:
        if column == "user":
            return self._names.path(text)
        if column == "arn":
            return self._names.arn(text)
        known = PLAIN.fullmatch(text) or text.casefold() in NO_NAMES
        return (
            text if known or column.endswith(("_region", "_service")) else self._names.value(text)
        )


def _is_policy(data: Mapping[str, Any]) -> bool:
    return "Statement" in data and isinstance(data["Statement"], dict | list)
