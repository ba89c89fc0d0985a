"""Where the tests of a file are: ``tests/room/test_file*.py``, and those that ALSO names.

``make mutants`` runs these against each change of a file; ``test_mirror.py`` holds that every file
has some.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reportgen"

# Tests that hold a file without being named after it; a key that ends with / is a whole room.
ALSO: dict[str, tuple[str, ...]] = {
    "audit/entries.py": ("audit/test_register.py",),
    "assess/checks/": ("assess/checks/test_limits.py",),
    # The lists of an access review are shown on the report's pages of people.
    "assess/population.py": ("summarise/test_people.py", "assess/test_proposals.py"),
    "assess/records.py": ("assess/test_credential_cases.py", "assess/facts/test_records.py"),
    "assess/run.py": ("assess/test_judge.py", "assess/test_parameters.py", "cli/test_assess.py"),
    "assess/events/activities.py": ("assess/events/test_filters.py", "assess/events/test_rules.py"),
    "catalogue/about.py": ("cli/test_catalogue.py",),
    "catalogue/coverage.py": ("cli/test_frameworks.py",),
    "catalogue/model.py": ("catalogue/test_load.py", "catalogue/test_own.py"),
    "catalogue/thresholds.py": ("assess/test_thresholds.py",),
    "cli/catalogue.py": ("cli/test_catalogue.py", "render/test_site.py"),
    "cli/collect.py": ("collect/test_run.py", "collect/test_fleet.py"),
    "cli/init.py": ("test_readme.py",),
    "cli/options.py": ("cli/test_usage.py",),
    "cli/progress.py": ("cli/test_collect.py", "collect/test_fleet.py"),
    "cli/register.py": ("test_forms.py", "register/test_merge.py"),
    "cli/report.py": ("cli/test_usage.py", "test_scheduled.py"),
    "cli/verify.py": ("evidence/test_verify.py", "evidence/test_version1.py"),
    "collect/masking.py": ("sources/test_plain_secrets.py",),
    "collect/run.py": ("collect/test_mfa_devices.py", "collect/test_organisation.py"),
    "errors.py": ("cli/test_usage.py",),
    "evidence/bundle.py": ("evidence/test_verify.py",),
    "examples/complete.py": ("examples/test_run.py",),
    "examples/fields.py": ("examples/test_run.py",),
    "examples/form.py": ("examples/test_run.py", "examples/test_catalogue.py"),
    "history.py": ("summarise/test_held.py", "summarise/test_summary.py"),
    "model.py": ("evidence/test_store.py", "report/test_summary.py"),
    "render/machine/judged.py": ("render/machine/test_asff.py", "render/machine/test_ocsf.py"),
    # The files of a pack are seen in a pack.
    "pack/": ("pack/test_build.py", "pack/test_check.py"),
    "pack/another.py": ("pack/test_replay.py",),
    "pack/unpacked.py": ("pack/test_replay.py",),
    "pack/ed25519.py": ("pack/test_sshsig.py",),
    "pack/sign.py": ("pack/test_sshsig.py",),
    "pipeline.py": ("test_readme.py", "summarise/test_summary.py"),
    "policy/access.py": ("policy/test_effective.py", "policy/test_fences.py"),
    "policy/account.py": ("policy/test_escalation.py", "policy/test_public.py"),
    "policy/actions.py": ("policy/test_lint_names.py", "policy/test_paths.py"),
    "policy/alone.py": ("policy/test_trust.py",),
    "policy/analyse.py": ("policy/test_effective.py", "policy/test_properties.py"),
    "policy/assume.py": ("policy/test_adversarial.py", "policy/test_escalation.py"),
    "policy/broad.py": ("policy/test_effective.py",),
    "policy/cases.py": ("policy/test_simulate.py",),
    "policy/changes.py": ("policy/test_effects.py", "policy/test_adversarial.py"),
    "policy/contexts.py": ("policy/test_conditions.py", "policy/test_assignment.py"),
    "policy/create.py": (
        "policy/test_effects.py",
        "policy/test_escalation.py",
        "policy/test_adversarial.py",
    ),
    "policy/conditions.py": ("policy/test_decision.py",),
    "policy/decision.py": ("policy/test_adversarial.py",),
    "policy/decoding.py": ("policy/test_lint_hostile.py", "policy/test_public.py"),
    "policy/document.py": ("policy/test_lint_hostile.py", "policy/test_properties.py"),
    "policy/effective.py": ("policy/test_adversarial.py", "policy/test_effects.py"),
    "policy/effects.py": ("policy/test_adversarial.py",),
    "policy/escalation.py": ("policy/test_adversarial.py",),
    "policy/glob.py": ("policy/test_shapes.py", "policy/test_properties.py"),
    "policy/ground.py": ("policy/test_assignment.py",),
    "policy/jsontext.py": ("policy/test_properties.py", "policy/test_lint_hostile.py"),
    "policy/known.py": ("policy/test_decision.py",),
    "policy/lending.py": ("policy/test_adversarial.py",),
    "policy/lent.py": ("policy/test_escalation.py",),
    "policy/lint/": (
        "policy/test_lint.py",
        "policy/test_lint_codes.py",
        "policy/test_lint_hostile.py",
        "policy/test_lint_names.py",
        "policy/test_lint_redundancy.py",
    ),
    "policy/memo.py": ("policy/test_public.py",),
    "policy/memory.py": ("policy/test_public.py", "policy/test_simulate.py"),
    "policy/mfa.py": ("policy/test_trust.py", "policy/test_escalation.py"),
    "policy/oneself.py": ("policy/test_escalation.py",),
    "policy/opening.py": ("policy/test_effects.py",),
    "policy/options.py": ("policy/test_assignment.py",),
    "policy/others.py": ("policy/test_escalation.py",),
    "policy/placeholders.py": ("policy/test_decision.py", "policy/test_conditions.py"),
    "policy/principal.py": ("policy/test_decision.py", "policy/test_trust.py"),
    "policy/rules.py": ("policy/test_effective.py",),
    "policy/speaking.py": ("policy/test_public.py", "policy/test_escalation.py"),
    "policy/standing.py": ("policy/test_escalation_laws.py",),
    "policy/targets.py": (
        "policy/test_effects.py",
        "policy/test_escalation.py",
        "policy/test_adversarial.py",
    ),
    "policy/through.py": ("policy/test_escalation.py",),
    "policy/values.py": ("policy/test_assignment.py", "policy/test_conditions.py"),
    "policy/written.py": ("policy/test_adversarial.py", "policy/test_effects.py"),
    "policy/witnesses.py": ("policy/test_shapes.py", "policy/test_assignment.py"),
    "reviewing.py": ("review/test_population.py", "cli/test_sample.py"),
    "render/charts.py": ("render/test_documents.py",),
    "render/examined.py": ("collect/test_doctor.py",),
    "render/outcomes.py": ("collect/test_fleet.py",),
    "render/packed.py": ("pack/test_build.py",),
    "render/page.py": ("render/test_documents.py",),
    "render/pdf.py": ("render/test_documents.py", "render/test_report.py"),
    "render/results.py": ("cli/test_assess.py",),
    "render/tables.py": ("render/test_documents.py",),
    "render/templates.py": ("render/test_documents.py",),
    "render/workbook.py": ("render/test_documents.py",),
    "render/worker.py": ("render/test_documents.py",),
    # The report's data, and where each part of it is made.
    "report/audit.py": ("report/test_summary.py", "summarise/test_people.py"),
    "report/frameworks.py": ("report/test_summary.py", "summarise/test_frameworks.py"),
    "report/findings.py": ("report/test_summary.py", "summarise/test_position.py"),
    "report/packed.py": ("pack/test_build.py",),
    "report/people.py": ("report/test_summary.py", "summarise/test_people.py"),
    "report/position.py": ("report/test_summary.py", "summarise/test_position.py"),
    "report/words.py": ("report/test_summary.py", "render/test_headlines.py"),
    # A source is a declaration: what it declares is asked of every one that is there.
    "sources/": ("sources/test_discovery.py", "collect/test_run.py"),
    "sources/access_analyzer_archive_rules.py": ("sources/test_access_analyzer_findings.py",),
    "sources/delegated_administrators.py": ("sources/test_above.py",),
    "sources/identity_store.py": ("sources/test_above.py",),
    "sources/organizations_features.py": ("sources/test_above.py",),
    "sources/primary_emails.py": ("sources/test_above.py",),
    "sources/signing_certificates.py": ("sources/test_asked_users.py",),
    "sources/ssh_public_keys.py": ("sources/test_asked_users.py",),
    "sources/identity_center.py": ("collect/test_organisation.py",),
    "sources/mfa_devices.py": ("collect/test_mfa_devices.py",),
    "sources/organization.py": ("collect/test_organisation.py",),
    "summarise/annexes.py": ("summarise/test_summary.py",),
    "summarise/applicability.py": ("summarise/test_summary.py",),
    "summarise/findings.py": ("summarise/test_position.py",),
    "summarise/frames.py": ("summarise/test_score.py", "summarise/test_movement.py"),
    "summarise/frameworks.py": ("summarise/test_frameworks.py", "catalogue/test_own.py"),
    "summarise/pages.py": ("summarise/test_summary.py",),
    "summarise/policies.py": ("summarise/test_summary.py",),
    "yamlsource.py": ("test_config.py", "catalogue/test_load.py"),
}

# Tests of no single file, and what they are of.
OF_THE_WHOLE = {
    "assess/checks/test_limits.py": "the numbers of all checks",
    "assess/test_credential_cases.py": "the numbered cases of the credential report",
    "assess/test_evidence_chain.py": "the rows of all controls, and the evidence they name",
    "assess/test_removal.py": "the property of loss over the sample",
    "assess/test_removal_examples.py": "the property of loss over all examples",
    "catalogue/test_mapping.py": "the frameworks and what they are mapped to",
    "cli/test_usage.py": "what every command refuses",
    "collect/test_mfa_devices.py": "one source from AWS to the verdict",
    "collect/test_denied.py": "every operation of every source",
    "collect/test_killed.py": "the run, ended at any moment",
    "collect/test_faults.py": "the run, with faults of every kind at once",
    "collect/test_requests.py": "the requests of an account",
    "collect/test_organisation.py": "two sources from AWS to the store",
    "evidence/test_tampering.py": "stores that somebody changed",
    "examples/test_catalogue.py": "the examples of every control",
    "pack/test_kept.py": "packs of earlier versions",
    "policy/test_adversarial.py": "numbered cases of requests and accounts made to fool it",
    "policy/test_fuzz.py": "the fuzzer in bench/",
    "policy/test_growth.py": "the table of growth in bench/",
    "policy/test_lint_table.py": "docs/policy-checks.md",
    "policy/test_properties.py": "laws of the policy engine",
    "policy/test_public.py": "what the package exports",
    "policy/test_simulate.py": "the command and its stream of cases",
    "render/test_documents.py": "all outputs of all reports",
    "render/test_signatures.py": "the types between rooms",
    "sources/test_discovery.py": "every source",
    "sources/test_plain_secrets.py": "sources with a mask, from AWS to the store",
    "sources/test_own.py": "docs/contributing-sources.md",
    "sources/test_regional.py": "sources of regions in an empty account",
    "test_contributing.py": "CONTRIBUTING.md",
    "test_house.py": "the classes of every file",
    "test_layers.py": "what may import what",
    "test_mirror.py": "this table",
    "test_readme.py": "README.md",
    "test_wire.py": "the test AWS",
}


def held_by(file: str) -> list[str]:
    """The test files that should notice a change of ``reportgen/room/file.py``, from the root."""
    inside = Path(file).relative_to("reportgen")
    named = sorted((ROOT / "tests" / inside.parent).glob(f"test_{inside.stem}*.py"))
    paths = [path.relative_to(ROOT).as_posix() for path in named]
    for prefix, names in ALSO.items():
        whole_room = prefix.endswith("/") and inside.as_posix().startswith(prefix)
        if whole_room or inside.as_posix() == prefix:
            paths += [f"tests/{name}" for name in names]
    return list(dict.fromkeys(path for path in paths if (ROOT / path).exists()))
