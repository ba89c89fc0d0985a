"""The one file of a pack: it needs Python 3.9, and nothing of it stands in another's place."""

from __future__ import annotations

import ast
import sys
from collections import Counter

import vermin

from reportgen.evidence.bundle import standalone
from reportgen.pack.bundle import pack_verifier


def test_it_runs_with_python_3_9() -> None:
    """By what it uses: syntax, modules, functions and their parameters."""
    for source in (pack_verifier(), standalone()):
        assert vermin.detect(source)[1] <= (3, 9)
    assert vermin.detect("import hashlib\nhashlib.file_digest(open('a'), 'md5')")[1] == (3, 11)


def test_it_needs_the_standard_library_alone() -> None:
    found = set()
    for node in ast.walk(ast.parse(pack_verifier())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    assert found <= sys.stdlib_module_names


def test_no_name_is_given_twice() -> None:
    """Files that were apart share one space of names here."""
    times: Counter[str] = Counter()
    for node in ast.parse(pack_verifier()).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            times[node.name] += 1
        elif isinstance(node, ast.Assign):
            times.update(t.id for t in node.targets if isinstance(t, ast.Name))
    assert [name for name, count in times.items() if count > 1] == []


def test_it_is_made_anew_each_time_the_same() -> None:
    pack_verifier.cache_clear()
    first = pack_verifier()
    pack_verifier.cache_clear()
    assert pack_verifier() == first
    assert first.count('if __name__ == "__main__":') == 1
