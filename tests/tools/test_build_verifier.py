"""The verifier in one file: it runs where nothing is installed, and finds what ``auditor verify`` finds."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from auditor.evidence.compose import compose
from auditor.evidence.keys import make_key
from auditor.evidence.seal import seal
from tests.evidence import samples

TOOL = Path(__file__).parents[2] / "tools" / "build_verifier.py"


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as a maintainer builds it."""
    out = tmp_path_factory.mktemp("verifier") / "auditor-verify.pyz"
    subprocess.run([sys.executable, TOOL, "--out", out], check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def dossier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = make_key("Example Ltd", samples.WHEN)
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint)
    path = tmp_path_factory.mktemp("dossier") / "dossier.pdf"
    path.write_bytes(seal(compose(*samples.real(), cover), key, when=samples.WHEN))
    return path


def run(verifier: Path, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """With the interpreter below the environment, no site-packages, no variables, in an empty folder."""
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    return subprocess.run(
        [python, "-I", "-S", verifier, *arguments],
        cwd=folder, env={"TMPDIR": str(temporary)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_good_dossier_is_confirmed_with_its_pages(verifier: Path, dossier: Path, tmp_path: Path) -> None:
    ran = run(verifier, dossier, "--json", folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["ok"]
    assert found["rendering"] == {"compared": True, "equal": True, "why_not": ""}
    assert found["verdicts"]["equal"]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_changed_dossier_is_not(verifier: Path, dossier: Path, tmp_path: Path) -> None:
    changed = bytearray(dossier.read_bytes())
    changed[5000] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(changed)
    ran = run(verifier, path, folder=tmp_path)
    assert ran.returncode == 1
    assert "could not be confirmed" in ran.stdout


def test_another_python_is_told_which_one_is_needed(verifier: Path, dossier: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pyz"
    with zipfile.ZipFile(verifier) as archive, zipfile.ZipFile(other, "w") as made:
        start = archive.read("__main__.py").decode()
        made.writestr("__main__.py", start.replace("MADE_FOR = '", "MADE_FOR = 'another"))
    ran = run(other, dossier, folder=tmp_path)
    assert ran.returncode == 3
    assert "made for Python modules named *another" in ran.stderr


def test_it_brings_no_desktop_and_the_licences_of_what_it_brings(verifier: Path) -> None:
    with zipfile.ZipFile(verifier) as archive:
        names = archive.namelist()
    assert not [name for name in names if name.startswith(("auditor/desktop", "PySide6"))]
    assert "auditor/_shared/NOTICE" in names
    specification = importlib.util.spec_from_file_location("build_verifier", TOOL)
    assert specification is not None
    assert specification.loader is not None
    tool = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(tool)
    for name, found in tool.closure(tool.NEEDED).items():
        folder = next(path.parts[0] for path in found.files if path.parts[0].endswith(".dist-info"))
        assert f"{folder}/METADATA" in names, name
