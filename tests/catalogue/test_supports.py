"""A control of one's own that names requirements of frameworks."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.catalogue import Catalogue, Requirement, load_catalogue
from reportgen.errors import ConfigError
from tests.catalogue.test_own import CONTROL, RULE, write


def with_supports(tmp_path: Path, supports: str, **more: str) -> Catalogue:
    text = CONTROL % f"supports: {supports}\n{RULE}"
    return load_catalogue(own=write(tmp_path, controls__ACME_01=text, **more))


def requirement(catalogue: Catalogue, framework: str, own_id: str) -> Requirement:
    rows = catalogue.frameworks[framework].requirements
    return next(r for r in rows if r.id == own_id)


def test_it_counts_where_it_says(tmp_path: Path) -> None:
    found = with_supports(tmp_path, '{cis-aws-v7: ["2.12"], privacy-act: [APP 2]}')
    assert [s.control for s in requirement(found, "cis-aws-v7", "2.12").controls] == [
        "KEY-03", "ACME-01",
    ]  # fmt: skip
    second = requirement(found, "privacy-act", "APP 2")
    assert [s.control for s in second.controls] == ["ACME-01"]
    # Nothing reached it before; a control that somebody adds does not reach the whole of it.
    assert second.reach == "partly"
    assert not requirement(load_catalogue(), "privacy-act", "APP 2").controls


def test_named_from_both_sides_it_counts_once(tmp_path: Path) -> None:
    text = "id: KEY-03\nbased_on: KEY-03\nsupports: {cis-aws-v7: ['2.12']}\n"
    found = load_catalogue(own=write(tmp_path, controls__KEY_03=text))
    assert [s.control for s in requirement(found, "cis-aws-v7", "2.12").controls] == ["KEY-03"]


@pytest.mark.parametrize(
    ("supports", "said"),
    [
        ("{tea: [a]}", "10: supports: unknown framework 'tea'."),
        ('{cis-aws-v7: ["2.12", "9.9"]}', "10: supports: cis-aws-v7 lists no requirement '9.9'."),
        ("{ism: [ISM-2075]}", "10: supports: ism lists no requirement 'ISM-2075'."),
        ("[cis-aws-v7]", "10: supports: "),
    ],
)
def test_what_there_is_not_is_refused(supports: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        with_supports(tmp_path, supports)
    assert f"ACME-01.yaml:{said}" in f"{caught.value.message} {caught.value.hint}"
