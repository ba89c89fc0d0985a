"""The house's habits that a type checker does not hold: short classes, one name for one thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "reportgen"
MODULES = {
    p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text()) for p in PACKAGE.rglob("*.py")
}
LONGEST_CLASS = 200


def classes() -> dict[str, list[tuple[str, ast.ClassDef]]]:
    found = defaultdict(list)
    for name, module in MODULES.items():
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef):
                found[node.name].append((name, node))
    return found


def test_no_class_is_long() -> None:
    long = {
        f"{file}: {name}": (node.end_lineno or 0) - node.lineno + 1
        for name, places in classes().items()
        for file, node in places
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_CLASS
    }
    assert long == {}


def test_two_classes_never_share_a_name() -> None:
    shared = {name: [file for file, _ in at] for name, at in classes().items() if len(at) > 1}
    assert shared == {}


# What is not seen from outside its function may be called so; what another room reads may not.
VAGUE = {"found", "said", "Found", "Said"}
NAMED_SO = {
    "catalogue/thresholds.py: Threshold.said": "a key of `frameworks compare --format json`",
    "evidence/seal.py: Flaw.found": "beside `expected`, in what verify prints",
    "pack/inspection.py: flaw(found)": "beside `expected`, as Flaw has it",
    "report/audit.py: RegisterNote.said": "a key of summary.json, whose schema is published",
}


def functions() -> Iterator[tuple[str, str, ast.FunctionDef]]:
    """File, class (empty for none) and definition of each public function and method."""
    for file, module in MODULES.items():
        for node in module.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                inside = [(node.name, n) for n in node.body]
            else:
                inside = [("", node)]
            for owner, item in inside:
                if isinstance(item, ast.FunctionDef) and not item.name.startswith("_"):
                    yield file, owner, item


def arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def test_what_others_read_is_named_after_what_it_is() -> None:
    vague = {
        f"{file}: {function.name}({argument.arg})"
        for file, _, function in functions()
        for argument in arguments(function)
        if argument.arg in VAGUE
    }
    for name, places in classes().items():
        for file, node in places:
            vague |= {f"{file}: class {name}"} if name in VAGUE else set()
            vague |= {
                f"{file}: {name}.{field.target.id}"
                for field in node.body
                if isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and field.target.id in VAGUE
            }
    assert vague == set(NAMED_SO)


AWS = "AWS's own records: sources/rows.py holds what a source's rows must have"
LANGUAGE = "policies and request contexts: any key, any value, judged by the engine itself"
JSON = "JSON as it leaves or comes in: read by a validator, or told by a published form"
VALUES = "parameters of checks: kinds and ranges are those of assess/parameters.py"
# A file, or a room (with /), whose public signatures may have a dictionary of anything, and why.
LOOSE = {
    "assess/analyses.py": AWS,
    "assess/checks/permission_sets.py": AWS,
    "assess/events/": AWS,
    "assess/facts/": AWS,
    "assess/organisation.py": AWS,
    "assess/records.py": AWS,
    "collect/masking.py": AWS,
    "evidence/answers.py": AWS,
    "examples/form.py": AWS,
    "sources/": AWS,
    "policy/": LANGUAGE,
    "pack/disguised_policy.py": LANGUAGE,
    "assess/parameters.py": VALUES,
    "assess/run.py": VALUES,
    "catalogue/model.py": VALUES,
    "catalogue/own.py": VALUES,
    "examples/run.py": VALUES,
    "audit/register.py": JSON,
    "catalogue/about.py": JSON,
    "collect/fleet.py": JSON,
    "collect/journal.py": JSON,
    "collect/log.py": JSON,
    "collect/totals.py": JSON,
    "evidence/seal.py": JSON,
    "model.py": JSON,
    "pack/redaction.py": JSON,
    "register/": JSON,
    "report/summary.py": JSON,
    "review/population.py": JSON,
    "review/sample.py": JSON,
    "verdicts/basis.py": JSON,
    "verdicts/form.py": JSON,
}


def test_no_dictionary_of_anything_crosses_a_floor() -> None:
    loose: dict[str, list[str]] = {}
    for file, owner, function in functions():
        notes = [a.annotation for a in arguments(function)] + [function.returns]
        if any("[str, Any]" in ast.unparse(note) for note in notes if note is not None):
            at = next(
                (p for p in LOOSE if file == p or (p.endswith("/") and file.startswith(p))), ""
            )
            loose.setdefault(at, []).append(f"{file}: {owner}.{function.name}".replace(" .", " "))
    assert loose.pop("", []) == []
    assert set(loose) == set(LOOSE), "an exemption that nothing needs"
