"""An organisation's own controls, checks and frameworks, each one file; faults in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from reportgen import collecting, pipeline, reporting
from reportgen.catalogue import Catalogue, Own, load_catalogue
from reportgen.clock import parse_moment
from reportgen.errors import ConfigError
from tests.given import ACCOUNT, AS_OF, short_form

CONTROL = """\
id: ACME-01
title: Users carry a cost centre
family: Own
statement: Each user has a cost-centre tag.
why: Nobody else can say whose it is.
consequence: Users of people who left stay.
severity: high
cadence: monthly
observability: api
%s
sources: [authorization-details]
test: Each user carries a cost-centre tag that is not empty.
remediation: {console: Tag the user., cli: aws iam tag-user, terraform: tags of aws_iam_user.}
finding: {one: "{name} has none", many: "{count} have none", cause: New., consequence: It stays.}
references: [{title: Own standard 7}]
examples:
  - name: with and without
    given:
      authorization-details:
        users: [{UserName: a, Tags: [{Key: Cost-Centre, Value: "12"}]}, {UserName: b}]
    expect: {a: pass, b: {verdict: fail, reason: cost centre, evidence: [authorization-details]}}
  - name: refused
    denied: [authorization-details]
    expect: {account: not-evaluated}
"""
RULE = """rule:
  table: users
  require: [{field: tags.cost-centre, present: true}]
  passed: Has a cost centre.
  failed: Has no cost centre."""
CHECK = '''from reportgen.assess.judge import USER, each_entity, failed, passed


def cost_centre(facts):
    """Each user has a cost centre."""

    def judge(user):
        if user.tags.get("cost-centre"):
            return passed("Has a cost centre.")
        return failed("Has no cost centre.")

    return each_entity(facts, facts.users(), USER, judge)
'''
FRAMEWORK = """\
id: acme
title: Acme access standard
short: Acme
version: "1"
publisher: Acme
scope: All of it.
caveat: None.
requirements:
  - {id: A.1, group: Users, text: Old keys are replaced., reach: tested, controls: [KEY-03]}
"""


def write(folder: Path, **files: str) -> Own:
    for name, text in files.items():
        place, _, stem = name.partition("__")
        path = folder / place / f"{stem.replace('_', '-') if place != 'checks' else stem}"
        path = path.with_suffix(".py" if place == "checks" else ".yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    found = {n: folder / n for n in ("controls", "frameworks", "checks") if (folder / n).is_dir()}
    return Own(**found)


def refused(own: Own) -> str:
    with pytest.raises(ConfigError) as caught:
        load_catalogue(own=own)
    return f"{caught.value.message} {caught.value.hint}"


def test_control_check_and_framework_go_all_the_way(tmp_path: Path) -> None:
    write(
        tmp_path,
        controls__ACME_01=CONTROL % RULE,
        controls__ACME_02=(CONTROL % "check: own.cost_centre").replace("ACME-01", "ACME-02"),
        checks__own=CHECK,
        frameworks__acme=FRAMEWORK.replace("KEY-03", "ACME-01, ACME-02"),
    )
    config = tmp_path / "reportgen.yaml"
    config.write_text(
        "frameworks: [acme]\ncatalogue: {controls: controls, frameworks: frameworks, "
        "checks: checks}\n"
    )
    given = {"authorization-details": {"users": [{"UserName": "b"}], "roles": []}}
    files = {}
    for source, text in short_form(given).items():
        files[source] = tmp_path / f"{source}.json"
        files[source].write_text(text)
    store = tmp_path / "store"
    collecting.import_files(store, ACCOUNT, parse_moment("2026-09-30T00:00:00Z"), files)
    judged = pipeline.prepare(config)
    results = pipeline.assess_store(store, judged, None, ["ACME-01", "ACME-02"])
    rows = {(r["control_id"], r["resource"].split("/")[-1]): r for r in results["results"]}
    assert {key: r["verdict"] for key, r in rows.items()} == {
        ("ACME-01", "b"): "fail",
        ("ACME-02", "b"): "fail",
    }
    assert rows["ACME-02", "b"]["reason"] == "Has no cost centre."


def with_key_03(tmp_path: Path, days: int) -> Catalogue:
    text = f"id: KEY-03\nbased_on: KEY-03\nparameters: {{maximum_days: {days}}}\n"
    return load_catalogue(own=write(tmp_path, controls__KEY_03=text, frameworks__acme=FRAMEWORK))


@pytest.mark.parametrize("days", [91, 89])
def test_a_changed_limit_leaves_a_framework_its_own(tmp_path: Path, days: int) -> None:
    found = with_key_03(tmp_path, days)
    control = found.controls["KEY-03"]
    assert control.parameters == {"maximum_days": days}
    assert control.title == load_catalogue().controls["KEY-03"].title
    assert found.variants["KEY-03"] == [{"maximum_days": 90}]
    own = found.frameworks["acme"].requirements[0].controls[0]
    assert found.effective(own) == {"maximum_days": days}
    assert found.own == {"KEY-03", "acme"}


def test_the_limit_as_it_was_needs_no_variant(tmp_path: Path) -> None:
    assert "KEY-03" not in with_key_03(tmp_path, 90).variants


def test_inherited_examples_keep_the_parameters_they_were_written_for(tmp_path: Path) -> None:
    from reportgen.examples.run import run_examples

    found = with_key_03(tmp_path, 365)
    assert list(run_examples(found, found.controls["KEY-03"])) == []


def test_an_id_that_exists_must_say_what_it_is_based_on(tmp_path: Path) -> None:
    text = (CONTROL % RULE).replace("ACME-01", "KEY-03")
    said = refused(write(tmp_path, controls__KEY_03=text))
    assert "KEY-03.yaml:1: KEY-03 is a control of reportgen already" in said
    assert "based_on: KEY-03" in said


def test_a_circle_is_refused(tmp_path: Path) -> None:
    own = write(
        tmp_path,
        controls__ACME_01="id: ACME-01\nbased_on: ACME-02\n",
        controls__ACME_02="id: ACME-02\nbased_on: ACME-01\n",
    )
    said = refused(own)
    assert "yaml:2: based_on: goes in a circle: ACME-01 -> ACME-02 -> ACME-01" in said


FAULTS = {
    "no such base": ("id: ACME-01\nbased_on: KEY-99\n", ":2: based_on: there is no control"),
    "on itself": ("id: ACME-01\nbased_on: ACME-01\n", ":2: based_on: ACME-01 is based on itself"),
    "file name": ("id: ACME-02\n", ":1: id: ACME-02. The file is named ACME-01.yaml"),
    "no mapping": ("- x\n", ":1: the file must hold a mapping"),
    "neither": (CONTROL % "limits: none", "a check or a rule"),
    "both": (CONTROL % (RULE + "\ncheck: root.mfa"), "a check or a rule"),
    "operator": (CONTROL % RULE.replace("present: true", "near: 3"), ":12: "),
    "two comparisons": (CONTROL % RULE.replace("present: true", "at_most: 1, at_least: 1"), "one"),
    "table": (CONTROL % RULE.replace("users", "tea"), ":11: rule.table"),
    "source": ((CONTROL % RULE).replace("sources: [auth", "sources: [auht"), "unknown source"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_control_names_file_and_line(name: str, tmp_path: Path) -> None:
    text, said = FAULTS[name]
    message = refused(write(tmp_path, controls__ACME_01=text))
    assert f"{tmp_path / 'controls' / 'ACME-01.yaml'}:" in message
    assert said in message


def test_folders_and_endings_that_would_not_be_read(tmp_path: Path) -> None:
    assert "is not a folder" in refused(Own(controls=tmp_path / "none"))
    assert "is not a folder" in refused(Own(checks=tmp_path / "none"))
    (tmp_path / "x.yml").write_text("id: x\n")
    assert "Name it x.yaml" in refused(Own(controls=tmp_path))


def test_the_digest_covers_what_is_the_organisations(tmp_path: Path) -> None:
    before = load_catalogue().sha256
    one = load_catalogue(own=write(tmp_path, checks__own=CHECK)).sha256
    two = load_catalogue(own=write(tmp_path, checks__own=CHECK + "\n")).sha256
    assert len({before, one, two}) == 3


@pytest.mark.parametrize(("days", "own", "theirs"), [(90, 0, 0), (91, 0, 1), (181, 1, 1)])
def test_a_looser_limit_fails_the_frameworks_requirement(
    tmp_path: Path, days: int, own: int, theirs: int
) -> None:
    """With a limit of 180 days of its own, a key of 91 fails CIS 2.12 (90 days) in the report."""
    text = "id: KEY-03\nbased_on: KEY-03\nparameters: {maximum_days: 180}\n"
    write(tmp_path, controls__KEY_03=text, frameworks__acme=FRAMEWORK)
    config = tmp_path / "reportgen.yaml"
    config.write_text("catalogue: {controls: controls, frameworks: frameworks}\n")
    made = (AS_OF - timedelta(days=days)).isoformat()
    user = {"user": "u", "access_key_1_active": "true", "access_key_1_last_rotated": made}
    report = tmp_path / "report.csv"
    report.write_text(short_form({"credential-report": [user]})["credential-report"])
    store = tmp_path / "store"
    collecting.import_files(store, ACCOUNT, AS_OF, {"credential-report": report})
    judged = pipeline.prepare(config)
    found = reporting.summary_of(store, judged, "monthly", AS_OF.date(), ["acme", "cis-aws-v7"])
    failed = {r.id: r.fail for f in found.frameworks for r in f.requirements}
    assert (failed["A.1"], failed["2.12"]) == (own, theirs)
    shown = {r.id: r for f in found.frameworks for r in f.requirements}
    # Said with the requirement whatever the evidence shows, so that a pass hides nothing.
    assert shown["2.12"].loosened == ("KEY-03: 180 days against 90",)
    assert shown["A.1"].loosened == ()
    assert not theirs or shown["2.12"].state == "not effective"
