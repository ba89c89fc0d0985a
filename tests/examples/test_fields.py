"""Evidence that an example gives as AWS answers it has fields that AWS answers with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import Shape

from reportgen.catalogue import load_catalogue
from reportgen.examples.fields import FIELDS
from reportgen.sources import own_sources

CATALOGUE = load_catalogue()
# What collect adds where it puts several answers together, or looks for secrets.
OWN = frozenset(
    re.findall(
        r"\w+",
        "TrailStatuses Trails TrailARN Buckets Name Errors Error Detectors DetectorId DetectorIds "
        "taskDefinitions Instances Secret Kind Fingerprint Line analyzerArn AlternateContacts "
        "DelegatedServices LastAccessed Arn Policy PolicyStatus Versioning ObjectLock "
        "PublicAccessBlock Lifecycle Encryption Targets PermissionSets family",
    )
)
# Mappings with names of the organisation's own.
FREE = {"Variables", "options", "Errors"}


@cache
def names(source: str) -> frozenset[str]:
    """Every field of the answers of a source's operations."""
    found: set[str] = set()
    seen: set[str] = set()

    def walk(shape: Shape | None) -> None:
        if shape is None or shape.name in seen:
            return
        if shape.type_name == "structure":
            seen.add(shape.name)
            found.update(shape.members)
            for member in shape.members.values():
                walk(member)
        elif shape.type_name == "list":
            walk(shape.member)
        elif shape.type_name == "map":
            walk(shape.value)

    for operation in own_sources()[source].operations:
        service, _, name = operation.partition(":")
        model = botocore.session.get_session().get_service_model(service)
        walk(model.operation_model(name).output_shape)
    return frozenset(found)


def given() -> Iterator[Any]:
    for control in CATALOGUE.controls.values():
        for example in control.examples:
            for key, value in example.given.items():
                source = key.partition("@")[0]
                if source in own_sources() and source not in FIELDS and not isinstance(value, str):
                    yield pytest.param(source, value, id=f"{control.id} {example.name} {key}")


def unknown(value: Any, known: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from unknown(item, known)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in known and name not in OWN:
                yield name
            if name not in FREE:
                yield from unknown(inner, known)


@pytest.mark.parametrize(("source", "value"), list(given()))
def test_fields_are_those_of_aws(source: str, value: Any) -> None:
    assert list(unknown(value, names(source))) == []


def test_a_misspelt_field_is_found() -> None:
    wrong = {"trailList": [{"IsMultiRegion": True}]}
    assert list(unknown(wrong, names("cloudtrail-trails"))) == ["IsMultiRegion"]
