"""One file made of several: every import of others once, none of this project's, in order."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reportgen.evidence.bundle import one_file, standalone

FIRST = '''"""About the first."""

from __future__ import annotations

import re
from dataclasses import dataclass
import json as text

from reportgen.errors import UsageError

A = re.compile("a")


@dataclass
class One:
    """One."""

    a: int = 1
'''
SECOND = '''"""About the second."""

from __future__ import annotations

import re

from . import neighbour
from parts_example.first import A
from reportgen.evidence.seal import sha256

B = A


if __name__ == "__main__":
    print(B.pattern, text.dumps(One(2).a))
'''
MADE = '''"""Both at once."""

from __future__ import annotations

from . import neighbour
from dataclasses import dataclass
from parts_example.first import A
import json as text
import re


A = re.compile("a")


@dataclass
class One:
    """One."""

    a: int = 1


B = A


if __name__ == "__main__":
    print(B.pattern, text.dumps(One(2).a))
'''


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "parts_example"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "first.py").write_text(FIRST)
    (package / "second.py").write_text(SECOND)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "parts_example", raising=False)
    return package


def test_two_modules_become_one(parts: Path) -> None:
    names = ("parts_example:first.py", "parts_example:second.py")
    assert one_file(names, "Both at once.") == MADE


def test_something_may_stand_at_the_end(parts: Path) -> None:
    found = one_file(("parts_example:first.py",), "First.", "print(One())")
    assert found.startswith('"""First."""\n\nfrom __future__')
    assert found.endswith("    a: int = 1\n\n\nprint(One())\n")


def test_a_module_without_imports_is_whole(parts: Path) -> None:
    (parts / "first.py").write_text("C = 1\nD = 2\n")
    found = one_file(("parts_example:first.py",), "First.")
    assert found == '"""First."""\n\nfrom __future__ import annotations\n\n\n\nC = 1\nD = 2\n'


def test_the_verifier_of_stores_is_one_file(tmp_path: Path) -> None:
    text = standalone()
    assert "import reportgen" not in text
    assert "from reportgen" not in text
    assert text.startswith('"""Verify a reportgen evidence store: python verify.py STORE')
    for name in ("class Seal:", "class Tombstone:", "class FolderReader:", "class Chain:"):
        assert text.count(name) == 1
    (tmp_path / "verify.py").write_text(text)
    command = [sys.executable, "-I", "-S", "verify.py", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
