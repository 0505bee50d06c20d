"""A server whose weights were swapped after its start, from the kernel's tables to the signed pages."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.probe.making import digest
from tests.serving_weights import MAP, needs_root, own_namespace, serving, swap
from tests.test_main_job import Auditor

pytestmark = [
    needs_root,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed"),
]


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    (tmp_path / "home").mkdir()
    return Auditor(tmp_path / "home")


def pages(dossier: Path) -> str:
    """The text of a dossier without any blanks, which part digests."""
    done = subprocess.run(["pdftotext", "-layout", dossier, "-"], capture_output=True, text=True, check=True)
    return re.sub(r"\s+", "", done.stdout)


@pytest.mark.parametrize("inside", [False, True], ids=["on the host", "in a mount namespace"])
def test_the_dossier_tells_the_bytes_in_use_from_those_on_disk(auditor: Auditor, tmp_path: Path, inside: bool) -> None:
    assert auditor("sample", tmp_path / "sample").returncode == 0
    shard = next((tmp_path / "sample").rglob("model-00001-of-00002.safetensors"))
    served, prefix = shard, ()
    if inside:
        served = tmp_path / "inside" / shard.name
        served.parent.mkdir()
        prefix = own_namespace(f"mount -t tmpfs tmpfs {served.parent}; cp -r {shard.parent}/. {served.parent}/")
    with serving(MAP, served, prefix=prefix) as pid:
        disk = Path(f"/proc/{pid}/root{served}") if inside else shard
        before = digest(disk.read_bytes())
        swap(disk)
        after = digest(disk.read_bytes())
        code, findings, out = auditor.audit(disk.parent, "--policy", "eu-onprem-baseline")

    assert code == 1
    (finding,) = [f for f in findings["findings"] if f["control"] == "WGT-011" and f["subject"]["id"] == str(pid)]
    assert finding["verdict"] == "fail"
    assert before in finding["observed"]
    assert after in finding["observed"]
    facts = json.loads((out / "facts.json").read_text())["facts"]["custody"]
    assert finding["rests_on"] == [f"/facts/custody/{n}" for n, one in enumerate(facts) if one["server"] == pid]
    told = pages(out / "dossier.pdf")
    assert "Weightsinuse" in told
    assert before in told
    assert after in told
    assert json.loads(auditor("verify", out / "dossier.pdf", "--json").stdout)["verdicts"]["equal"]
