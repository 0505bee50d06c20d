"""``auditor policy waive``: a waiver is written, or nothing is."""

import datetime as dt
from pathlib import Path

import pytest

from auditor.cli.registry import Answer
from auditor.errors import UserError
from auditor.evidence.keys import make_key, save_key
from auditor.judge.approval import signature_of
from auditor.policy.loader import examine, load
from auditor.policy.resolve import effective
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


def approver(site: Path, name: str = "J. Nováková") -> Path:
    """A policy that asks for a signature, and the key of the one who gives it."""
    key, path = make_key(name, dt.datetime.now(dt.UTC), p256=True), site.parent / f"{len(name)}.pem"
    save_key(key, path)
    text = site.read_text(encoding="utf-8")
    site.write_text(f"{text}approvers: [{{name: {name}, sha256: {key.fingerprint}}}]\n", encoding="utf-8")
    return path


def test_a_waiver_is_signed_while_it_is_written(site: Path) -> None:
    key = approver(site)

    waive(site, "--write", "--key", str(key))

    policy = effective(load(site), "gpu-01")
    assert signature_of(policy.waivers[0], policy).obstacle == ""


@pytest.mark.parametrize("layout", ["block", "flow"])
def test_an_approver_signs_a_waiver_that_is_there_and_nothing_else_moves(site: Path, layout: str) -> None:
    key = approver(site)
    waive(site, "--write")
    if layout == "flow":
        text = site.read_text(encoding="utf-8")
        entry = load(site).merged.waivers["W-1"].plain()
        site.write_text(text[: text.index("waivers:")] + f"waivers: [{entry!r}] # one\n", encoding="utf-8")
    before = site.read_text(encoding="utf-8")

    printed = run("policy sign", str(site), "W-1", "--key", str(key))
    assert site.read_text(encoding="utf-8") == before
    run("policy sign", str(site), "W-1", "--key", str(key), "--write").show()

    after = site.read_text(encoding="utf-8")
    # ECDSA signs differently each time; what is around the signature is the same.
    assert after.partition("signature:")[0] == printed.data["text"].partition("signature:")[0]
    assert before.startswith(after.partition("signature:")[0].rstrip(" ,"))
    policy = effective(load(site), "gpu-01")
    assert signature_of(policy.waivers[0], policy).obstacle == ""


def test_a_key_that_the_policy_does_not_name_is_refused_with_the_line_that_would_name_it(site: Path) -> None:
    approver(site)
    other = site.parent / "other.pem"
    save_key(make_key("Somebody", dt.datetime.now(dt.UTC), p256=True), other)
    waive(site, "--write")

    with pytest.raises(UserError, match="does not name this certificate") as caught:
        run("policy sign", str(site), "W-1", "--key", str(other), "--write")

    assert "{name: J. Nováková, sha256: " in caught.value.hint


@pytest.mark.parametrize(("name", "words"), [("W-2", "no waiver W-2"), ("W-1", "signed already")])
def test_what_cannot_be_signed_says_why(site: Path, name: str, words: str) -> None:
    key = approver(site)
    waive(site, "--write", "--key", str(key))

    with pytest.raises(UserError, match=words):
        run("policy sign", str(site), name, "--key", str(key))


def test_one_approver_more_than_the_extended_policy_names_needs_a_reason(site: Path) -> None:
    approver(site)
    grand = write(
        site.parent, "grand.yaml", child("grand", "site.yaml", f"approvers: [{{name: A, sha256: {'0' * 64}}}]\n")
    )

    assert [m.rule for m in examine(grand)[1]] == ["weakened-without-reason"]
