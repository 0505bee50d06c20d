"""The frozen app: audits, verifies its own dossier and opens its window, with nothing on stderr."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]


@pytest.mark.skipif(importlib.util.find_spec("PyInstaller") is None, reason="PyInstaller is not installed")
@pytest.mark.skipif(sys.platform != "linux", reason="the archive and the package are Linux's")
def test_the_frozen_app_does_the_main_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    import build_installer

    folder = build_installer.freeze(tmp_path)
    build_installer.smoke(folder)
    if shutil.which("dpkg-deb") is None:
        return
    package = build_installer.debianise(folder, tmp_path, fast=True)
    listed = subprocess.run(["dpkg-deb", "--contents", str(package)], capture_output=True, text=True, check=True).stdout
    for path in ("./usr/bin/auditor", "./usr/share/applications/sovereignty-auditor.desktop"):
        assert path in listed
