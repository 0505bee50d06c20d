"""The script that an administrator is asked to run: short, plain, and without side effects."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from auditor.collect.script import export_script


def test_every_place_is_filled_in() -> None:
    assert not re.search(r"@[A-Z]+@", export_script())


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_shells_understand_it(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    script = tmp_path / "export.sh"
    script.write_text(export_script(), encoding="utf-8")
    command = [shell, "sh"] if shell == "busybox" else [shell]
    subprocess.run([*command, "-n", str(script)], check=True)


def test_it_is_short_enough_to_be_read() -> None:
    assert len(export_script().splitlines()) < 300


def test_it_calls_nothing_that_sends_or_changes() -> None:
    words = set(re.findall(r"[a-z_-]+", export_script().partition("settings='")[2].partition("\n")[2]))
    assert not words & {"curl", "wget", "nc", "scp", "rm", "mv", "chmod", "chown", "modprobe", "sysctl", "kill"}


def test_it_refuses_a_folder_that_is_there(tmp_path: Path) -> None:
    script = tmp_path / "export.sh"
    script.write_text(export_script(), encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("kept")
    done = subprocess.run(["sh", str(script), str(tmp_path / "full")], check=False, capture_output=True)
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine"]
