"""Sentences and commands of a control, filled in with the resource that they are about.

A placeholder is a word in braces: ``{name}``, ``{kind}``, ``{account}``, or a parameter of the
control. Prose takes a name as it is, a command takes it quoted for the shell, Terraform quoted for
HCL: what somebody named a user never becomes a second command.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_PLACE = re.compile(r"\{(\w+)\}")
# What a sentence about one resource can name, and one about many.
OF_ONE = ("name", "kind", "account", "account_id", "arn", "id")
OF_MANY = ("count", "kinds")
_KINDS = {
    "AWS::::Account": "account",
    "AWS::IAM::ManagedPolicy": "policy",
    "AWS::Organizations::Policy": "organisation policy",
}
# Kinds by the first word of an ARN's last part, where that says another thing.
_IN_ARN = {"root": "account"}
_HCL = {'"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class NamedResource:
    """The resource that a sentence is about.

    ``name`` is what people call it, ``kind`` what it is ("role"), ``account`` the name of its
    account; ``id`` is the last part of the ARN.
    """

    name: str
    kind: str
    account: str
    account_id: str
    arn: str

    @property
    def id(self) -> str:
        """The last part of the ARN: a user's name, an account's number, a policy's id."""
        return self.arn.rpartition("/")[2].rpartition(":")[2]


def kind_of(resource_type: str, arn: str) -> str:
    """What a resource is, as people say it, by its type, else by its ARN."""
    if resource_type in _KINDS:
        return _KINDS[resource_type]
    kind = resource_type.rpartition("::")[2]
    if not kind:
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return "resource"
        kind = re.split(r"[/:]", parts[5])[0]
        if kind == "policy" and parts[2] == "organizations":
            return "organisation policy"
        if kind == parts[5] and kind not in _IN_ARN:
            return "resource"
    return _said_of(kind)


@lru_cache(maxsize=1000)
def _said_of(kind: str) -> str:
    kind = _IN_ARN.get(kind, kind)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[-_]", " ", kind).lower()


def plural(noun: str) -> str:
    """The plural of a kind."""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(s|x|z|ch|sh)$", noun) else f"{noun}s"


def placeholders(template: str) -> list[str]:
    """The placeholders of a template, in their order."""
    return _PLACE.findall(template)


def prose(template: str, about: NamedResource, parameters: Mapping[str, object]) -> str:
    """A sentence about one resource, begun with a capital unless a name begins it."""
    said = _filled(template, _values(about, parameters), _said)
    return said if template.startswith("{") else said[:1].upper() + said[1:]


def prose_of_many(
    template: str, about: Sequence[NamedResource], parameters: Mapping[str, object]
) -> str:
    """A sentence about several resources; ``count`` and ``kinds`` follow from them."""
    counted = Counter(subject.kind for subject in about)
    kinds = [plural(kind) for kind, _ in sorted(counted.items(), key=lambda c: (-c[1], c[0]))]
    values = {**parameters, "count": f"{len(about):,}", "kinds": _listed(kinds)}
    said = _filled(template, values, _said)
    return said[:1].upper() + said[1:]


def prose_of_all(template: str, parameters: Mapping[str, object]) -> str:
    """A sentence that names no resource."""
    return _filled(template, parameters, _said)


def sentence(
    one: str, many: str, about: Sequence[NamedResource], parameters: Mapping[str, object]
) -> str:
    """The sentence for one resource, or for all of them together."""
    if len(about) == 1:
        return prose(one, about[0], parameters)
    return prose_of_many(many, about, parameters)


def command(template: str, about: NamedResource, parameters: Mapping[str, object]) -> str:
    """Commands for a POSIX shell, one a line; each name is one word of it, whatever is in it."""
    values = _values(about, parameters)

    def joined(match: re.Match[str]) -> str:
        # A value that begins with a dash would be read as an option of its own.
        text = str(values.get(match[2], ""))
        return f"{match[1]}={{{match[2]}}}" if text.startswith("-") else match[0]

    if any(str(values.get(name, "")).startswith("-") for name in _given(template)):
        template = _GIVEN.sub(joined, template)
    return _filled(template, values, _word)


# An option with the placeholder of its value.
_GIVEN = re.compile(r"(--[\w{}-]+) \{(\w+)\}")


@lru_cache(maxsize=4096)
def _given(template: str) -> tuple[str, ...]:
    """The placeholders of a command that stand for values of options."""
    return tuple(match[2] for match in _GIVEN.finditer(template))


def terraform(template: str, about: NamedResource, parameters: Mapping[str, object]) -> str:
    """Terraform, with names as HCL strings; a kind is a part of a type's name and stays bare."""
    values = _values(about, parameters)
    del values["kind"]
    return _filled(_bare(template, about.kind), values, _hcl)


@lru_cache(maxsize=4096)
def _bare(template: str, kind: str) -> str:
    return _filled(template, {"kind": re.sub(r"\W", "_", kind)}, str)


def general(template: str) -> str:
    """The template with a word in capitals for each placeholder, as documentation shows it."""
    return _PLACE.sub(lambda match: match[1].upper(), template)


def _values(about: NamedResource, parameters: Mapping[str, object]) -> dict[str, object]:
    # As ``OF_ONE`` names them.
    return {
        **parameters,
        "name": about.name,
        "kind": about.kind,
        "account": about.account,
        "account_id": about.account_id,
        "arn": about.arn,
        "id": about.id,
    }


@lru_cache(maxsize=8192)
def _parts(template: str) -> tuple[str, ...]:
    """A template cut at its placeholders, whose names stand between the pieces."""
    return tuple(_PLACE.split(template))


def _filled(template: str, values: Mapping[str, object], quoted: Callable[[object], str]) -> str:
    parts = _parts(template)
    if len(parts) == 1:
        return template
    said = list(parts)
    for number in range(1, len(said), 2):
        name = said[number]
        said[number] = quoted(values[name]) if name in values else f"{{{name}}}"
    return "".join(said)


def _listed(words: Sequence[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _said(value: object) -> str:
    if value.__class__ is str:
        return value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _word(value: object) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    # zsh would look up what follows a leading "=" as a command; shlex leaves it bare.
    return "'" + text.replace("'", "'\"'\"'") + "'" if text[:1] == "=" else shlex.quote(text)


def _hcl(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_hcl(item) for item in value)
    if isinstance(value, int):
        return str(value).lower()
    text = str(value)
    if not text.isprintable() or '"' in text or "\\" in text:
        text = "".join(_HCL.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text)
    return '"' + text.replace("${", "$${").replace("%{", "%%{") + '"'
