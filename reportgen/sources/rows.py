"""The form of an answer's rows: the fields that a judgement may rest on, and what each holds.

A form is a type (``str``, ``bool``, ``int``), an object's fields, a list's one form, or one of the
classes below. Fields that it does not name may hold anything. AWS leaves out what is not there, and
gives no null: an answer that does not fit was damaged on its way, and nothing is judged by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Form: TypeAlias = "type | dict[str, Form] | list[Form] | Maybe | Null | Each"


@dataclass(frozen=True)
class Maybe:
    """A field that may be left out."""

    form: Form


@dataclass(frozen=True)
class Null:
    """A value in whose place a source of ours writes null for "there is none"."""

    form: Form


@dataclass(frozen=True)
class Each:
    """An object with any fields, all of one form."""

    form: Form


# What ``secret.py`` says of a place that was looked at.
LOOKED_AT = Null({"Fingerprint": str, "Kind": str})

_NAMES = {str: "a text", bool: "true or false", int: "a whole number", dict: "an object"}


def misshapen(value: Any, form: Form) -> str:
    """What first does not fit, such as ``Roles.0.Arn is not a text``; empty where all fits."""
    place, said = next(_faults(value, form, ""), ("", ""))
    return f"{place} {said}".strip()


def _faults(value: Any, form: Form, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(form, Maybe):
        yield from _faults(value, form.form, place)
    elif isinstance(form, Null):
        if value is not None:
            yield from _faults(value, form.form, place)
    elif isinstance(form, type):
        # True is an int to Python, and to nobody else.
        if not isinstance(value, form) or (form is int and isinstance(value, bool)):
            yield place, f"is not {_NAMES[form]}"
    elif isinstance(form, list):
        if not isinstance(value, list):
            yield place, "is not a list"
            return
        for number, item in enumerate(value):
            yield from _faults(item, form[0], _at(place, number))
    elif not isinstance(value, Mapping):
        yield place, "is not an object"
    elif isinstance(form, Each):
        for key, inner in value.items():
            yield from _faults(inner, form.form, _at(place, key))
    else:
        yield from _fields(value, form, place)


def _fields(
    value: Mapping[str, Any], form: Mapping[str, Form], place: str
) -> Iterator[tuple[str, str]]:
    for key, inner in form.items():
        if key in value:
            yield from _faults(value[key], inner, _at(place, key))
        elif not isinstance(inner, Maybe):
            yield _at(place, key), "is missing"


def _at(place: str, key: object) -> str:
    return f"{place}.{key}" if place else str(key)
