"""``auditor policy waive``: a waiver is written, or nothing is."""

from pathlib import Path

import pytest

from auditor.cli.registry import Answer
from auditor.errors import UserError
from auditor.policy.loader import load
from tests.cli.test_policy import run
from tests.policy.samples import MINIMAL, child, write


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path, "base.yaml", MINIMAL)
    return write(tmp_path, "site.yaml", child("site", "base.yaml@^1", "# ours\n"))


def waive(path: Path, *more: str, control: str = "LIC-001", until: str = "2027-03-31") -> Answer:
    return run(
        "policy waive",
        *(str(path), control, "--id", "W-1", "--reason", "Agreement no. 118 signed.", "--by", "J. Nováková"),
        *("--role", "DPO", "--on", "2026-10-01", "--until", until, *more),
    )


def test_the_result_is_printed_and_the_file_stays(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = site.read_bytes()

    waive(site).show()

    assert "id: W-1" in capsys.readouterr().out
    assert site.read_bytes() == before
    assert sorted(p.name for p in site.parent.iterdir()) == ["base.yaml", "site.yaml"]


def test_the_file_is_changed_when_asked_for(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site.chmod(0o640)

    waive(site, "--write", "--host", "gpu-*", "--model", "acme/*", "--sha256", "0" * 64).show()

    waiver = load(site).merged.waivers["W-1"].plain()
    assert waiver["hosts"] == ["gpu-*"]
    assert waiver["subject"] == {"model": "acme/*", "sha256": "0" * 64}
    assert "# ours" in site.read_text(encoding="utf-8")
    assert site.stat().st_mode & 0o777 == 0o640
    assert capsys.readouterr().out == f"{site}: waiver written\n"
    assert sorted(p.name for p in site.parent.iterdir()) == ["base.yaml", "site.yaml"]


@pytest.mark.parametrize(
    ("more", "control", "until", "word"),
    [
        ((), "LIC-002", "2027-03-31", "Did you mean 'LIC-001'"),
        ((), "LIC-001", "2029-01-01", "outlives the policy"),
        ((), "LIC-001", "2026-09-01", "before it was approved"),
        (("--reason", "ok"), "LIC-001", "2027-03-31", "at least 10 characters"),
        (("--sha256", "9f2c"), "LIC-001", "2027-03-31", "64 digits"),
    ],
)
def test_what_would_be_a_mistake_is_refused_and_not_written(
    site: Path, more: tuple[str, ...], control: str, until: str, word: str
) -> None:
    before = site.read_bytes()

    with pytest.raises(UserError) as caught:
        waive(site, "--write", *more, control=control, until=until)

    assert word in str(caught.value)
    assert f"{site}" in str(caught.value)
    assert site.read_bytes() == before
    assert sorted(p.name for p in site.parent.iterdir()) == ["base.yaml", "site.yaml"]


def test_a_waiver_is_written_once(site: Path) -> None:
    waive(site, "--write")

    with pytest.raises(UserError, match="already"):
        waive(site, "--write")
