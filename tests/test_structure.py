"""The house keeps its shape: rooms, tests beside their modules, sizes, and nothing of a machine in the tree."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "auditor"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
LONGEST = 400
"""Lines; a module beyond it holds more than one job."""


def tracked() -> list[Path]:
    """Files of the project as a clean checkout has them."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_one_job(module: Path) -> None:
    source = (PACKAGE / module).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST
    assert source.startswith('"""'), "says first what it is for"


def test_nothing_names_a_machine_or_a_registry() -> None:
    paths = re.compile(r"(?<![\w.}])/(?:root|work)/|\.\./shared")
    hosts = re.compile(r"\b(?:pypi|registry\.npmjs|files\.pythonhosted)\.org\b")
    found = []
    for path in tracked():
        if path.suffix in {".py", ".md", ".yaml", ".toml", ".txt", ".json", ".in", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            if path != Path(__file__) and (paths.search(text) or hosts.search(text)):
                found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_every_room_is_in_the_import_contract() -> None:
    contract = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for room in PACKAGE.iterdir():
        if room.is_dir() and (room / "__init__.py").exists():
            assert f"auditor.{room.name}" in contract, room.name
