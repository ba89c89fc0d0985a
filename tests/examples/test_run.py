"""The runner of examples: what it finds wrong, and what it refuses as misspelt."""

from __future__ import annotations

from pathlib import Path

import pytest

from reportgen.catalogue import Catalogue, Own, load_catalogue
from reportgen.errors import ConfigError
from reportgen.examples.complete import lacking
from reportgen.examples.run import run_examples

HEAD = "id: KEY-03\nbased_on: KEY-03\nexamples:\n  - name: x\n"
GIVEN = (
    "    given: {account-summary: {Users: 1}, credential-report: "
    '[{user: u, access_key_1_active: "true", '
    'access_key_1_last_rotated: "2026-07-01T00:00:00Z"}]}\n'
)


def catalogue(folder: Path, text: str) -> Catalogue:
    (folder / "KEY-03.yaml").write_text(text)
    return load_catalogue(own=Own(controls=folder))


def wrong(folder: Path, text: str) -> list[str]:
    found = catalogue(folder, text)
    return [f"{f.where} {f.wrong}" for f in run_examples(found, found.controls["KEY-03"])]


EXPECT = [
    ("{u: fail}", ""),
    ("{u: pass}", "u is fail, expected pass"),
    ('{u: {verdict: fail, reason: "91 DAYS"}}', ""),
    ('{u: {verdict: fail, reason: "92 days"}}', "lacks '92 days' in its reason"),
    ("{u: {verdict: fail, evidence: [credential-report]}}", ""),
    ("{u: {verdict: fail, evidence: [roles]}}", "does not rest on roles"),
    ("{v: fail, u: fail}", "v has no result"),
    ("{v: not-evaluated}", "u is not expected"),
]


@pytest.mark.parametrize(("expect", "said"), EXPECT)
def test_what_is_expected(tmp_path: Path, expect: str, said: str) -> None:
    found = wrong(tmp_path, f"{HEAD}{GIVEN}    expect: {expect}\n")
    assert bool(found) == bool(said)
    if said:
        assert any(said in f for f in found)
        assert all("KEY-03.yaml:4 " in f for f in found)


@pytest.mark.parametrize(("days", "verdict"), [(90, "fail"), (91, "pass"), (92, "pass")])
def test_parameters_of_an_example(tmp_path: Path, days: int, verdict: str) -> None:
    text = f"{HEAD}{GIVEN}    parameters: {{maximum_days: {days}}}\n    expect: {{u: {verdict}}}\n"
    assert wrong(tmp_path, text) == []


MISSPELT = [
    (
        "    given: {credential-raport: []}\n    expect: {account: not-evaluated}\n",
        ":5: ",
        "source",
    ),
    ("    given: {credential-report: [{usr: u}]}\n    expect: {u: fail}\n", ":5: ", "field 'usr'"),
    (
        "    given: {authorization-details: {users: [{UserName: u, Tags: [{Kay: a}]}]}}\n"
        "    expect: {u: fail}\n",
        ":5: ",
        "field 'Kay'",
    ),
    ("    denied: [rolls]\n    expect: {account: fail}\n", ":5: ", "source 'rolls'"),
    ("    expect: {u: {verdict: fail, evidence: [rolls]}}\n", ":5: ", "source 'rolls'"),
    ("    parameters: {days: 3}\n    expect: {u: fail}\n", ":5: ", "takes no 'days'"),
    ("    account: {env: production}\n    expect: {u: fail}\n", ":5: ", "key 'env'"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISSPELT)
def test_a_misspelt_example_is_refused(tmp_path: Path, text: str, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        wrong(tmp_path, HEAD + text)
    assert f"KEY-03.yaml{line}" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (
            "[account-summary, authorization-details]",
            "KEY-03 uses credential-report and does not declare it",
        ),
        ("[]", "KEY-03 uses account-summary, "),
    ],
)
def test_a_source_used_and_not_declared_is_refused(
    tmp_path: Path, declared: str, said: str
) -> None:
    text = f"sources: {declared}\n{HEAD}{GIVEN}    expect: {{u: fail}}\n"
    with pytest.raises(ConfigError) as caught:
        wrong(tmp_path, text)
    assert f"KEY-03.yaml:1: sources: {said}" in caught.value.message


def key(days: str) -> str:
    return (
        f'  - name: "{days}"\n    given: {{credential-report: [{{user: u, access_key_1_active: '
        f'"true", access_key_1_last_rotated: "{days}T00:00:00Z"}}]}}\n'
    )


UNDER = key("2026-07-03") + "    expect: {u: pass}\n"
AT = key("2026-07-02") + "    expect: {u: pass}\n"
OVER = key("2026-07-01") + "    expect: {u: fail}\n"
REFUSED = "  - {name: r, denied: [credential-report], expect: {account: not-evaluated}}\n"
LACKING = [
    (UNDER + AT + OVER + REFUSED, []),
    (AT + OVER + REFUSED, ["just under maximum_days"]),
    (UNDER + OVER + REFUSED, ["at maximum_days"]),
    (UNDER + AT + REFUSED, ["of fail", "just over maximum_days"]),
    (UNDER + AT + OVER, ["of not-evaluated"]),
]


@pytest.mark.parametrize(("examples", "said"), LACKING)
def test_what_examples_lack(tmp_path: Path, examples: str, said: list[str]) -> None:
    found = catalogue(tmp_path, "id: KEY-03\nbased_on: KEY-03\nexamples:\n" + examples)
    lacks = list(lacking(found, found.controls["KEY-03"]))
    assert len(lacks) == len(said)
    assert all(word in lack for word, lack in zip(said, lacks, strict=True))
