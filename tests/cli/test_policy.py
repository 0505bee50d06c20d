"""``auditor policy``: what it prints, what ``--json`` holds, and how it ends."""

import argparse
import json
from pathlib import Path

import pytest

from auditor.cli import policy  # noqa: F401 registers the commands
from auditor.cli.registry import REGISTRY, Answer, Exit
from auditor.errors import UserError
from auditor.facts.canonical import canonical
from auditor.policy.loader import builtin_names
from tests.facts.samples import audit, model
from tests.policy.samples import MINIMAL, child, write


def run(name: str, *argv: str) -> Answer:
    command = REGISTRY.commands[name]
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    answer = command.run(parser.parse_args(argv))
    json.dumps(answer.data)
    return answer


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path, "good.yaml", MINIMAL)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write(tmp_path, "bad.yaml", MINIMAL.replace("severity: high", "severty: high"))


def test_list_names_the_builtin_policies(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy list")
    answer.show()

    assert {"truly-open", "eu-onprem-baseline"} <= {row["id"] for row in answer.data}
    assert "truly-open" in capsys.readouterr().out


def test_check_is_silent_about_a_good_policy(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy check", str(good), "truly-open")
    answer.show()

    assert answer.data == []
    assert answer.code is Exit.CONFORMS
    assert capsys.readouterr().out == "2 checked, no mistakes\n"


def test_check_prints_each_mistake_as_compilers_do(bad: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy check", str(bad))
    answer.show()

    assert answer.code is Exit.USAGE
    assert answer.data == [
        {
            "file": str(bad),
            "line": 13,
            "column": 5,
            "rule": "unknown-key",
            "message": "unknown key 'severty'",
            "suggestion": "severity",
            "help": "docs/policy-reference.md#fields",
        }
    ]
    told = f"{bad}:13:5: unknown key 'severty' (did you mean 'severity'?)\nSee docs/policy-reference.md#fields\n"
    assert capsys.readouterr().out == told


def test_check_goes_on_after_a_bad_file(good: Path, bad: Path) -> None:
    assert len(run("policy check", str(bad), str(good), str(bad)).data) == 2


def test_show_gives_the_file(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy show", str(good))
    answer.show()

    assert answer.data["policy"]["id"] == "minimal"
    assert "LIC-001" in capsys.readouterr().out


def test_show_effective_names_the_line_of_every_value(tmp_path: Path, good: Path) -> None:
    body = """\
    params:
      secs: {type: int, default: 300}
    groups: [{id: NET, title: {en: Network}}]
    controls:
      - {id: NET-001, group: NET, title: {en: T}, severity: low, check: traffic.only,
         with: {observe_seconds: "${secs}"}}
    tailoring:
      - {hosts: [lab-*], set: {secs: 600}, reason: The lab is bursty.}
    """
    site = write(tmp_path, "site.yaml", child("site", "good.yaml", body))

    answer = run("policy show", str(site), "--effective", "--host", "lab-1")

    assert answer.data["effective"]["params"] == {"secs": 600}
    assert answer.data["origins"]["params/secs"] == "site.yaml:14"
    assert answer.data["origins"]["controls/LIC-001/severity"] == "good.yaml:13"


def test_show_effective_prints_origins_and_what_was_set(capsys: pytest.CaptureFixture[str]) -> None:
    run("policy show", "eu-onprem-baseline", "--effective", "--param", "observe_seconds=600").show()

    out = capsys.readouterr().out
    assert "observe_seconds = 600  set for this audit" in out
    assert "tailored: observe_seconds = 600" in out
    assert "severity critical  eu-onprem-baseline.yaml:" in out


def test_show_refuses_a_parameter_without_value(good: Path) -> None:
    with pytest.raises(UserError, match="NAME=VALUE"):
        run("policy show", str(good), "--param", "secs")


def test_show_of_a_bad_policy_raises_all_its_messages(bad: Path) -> None:
    with pytest.raises(UserError, match="unknown key 'severty'"):
        run("policy show", str(bad))


def test_lint_is_silent_about_the_builtin_policies() -> None:
    answer = run("policy lint", "truly-open", "eu-onprem-baseline", "--at", "2026-11-22")

    assert answer.data == []
    assert answer.code is Exit.CONFORMS


def test_lint_names_its_rules(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy lint", str(good), "--at", "2028-01-01")
    answer.show()

    assert answer.code is Exit.DOES_NOT_CONFORM
    assert "[policy-not-in-force]" in capsys.readouterr().out


def test_lint_of_a_bad_policy_ends_as_a_check_of_it(bad: Path) -> None:
    assert run("policy lint", str(bad)).code is Exit.USAGE


def test_schema_is_the_schema_of_the_format(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy schema")
    answer.show()

    assert json.loads(capsys.readouterr().out) == answer.data
    assert answer.data["properties"]["schema"]["const"] == "sovereign-policy/1"


def test_diff_says_what_is_asked_beyond_the_old_policy(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy diff", "truly-open", "eu-onprem-baseline")
    answer.show()

    assert answer.code is Exit.DOES_NOT_CONFORM
    assert {"subject", "direction", "words"} == set(answer.data[0])
    assert "+ stricter NET-001: newly asked: No connection beyond the permitted networks" in capsys.readouterr().out


def test_a_policy_does_not_differ_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy diff", "truly-open", "truly-open")
    answer.show()

    assert (answer.data, answer.code) == ([], Exit.CONFORMS)
    assert capsys.readouterr().out == "no differences\n"


def with_tests(tmp_path: Path, expected: str) -> Path:
    (tmp_path / "facts.json").write_bytes(canonical(audit(models=(model(),))))
    case = f"tests:\n  - {{name: silent models, facts: facts.json, expect: {{LIC-001: {expected}}}}}\n"
    return write(tmp_path, "site.yaml", MINIMAL + case)


def test_test_judges_recorded_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run("policy test", str(with_tests(tmp_path, "unknown")))
    answer.show()

    assert answer.code is Exit.CONFORMS
    assert capsys.readouterr().out == "ok    minimal: silent models\n"


def test_test_tells_what_was_not_as_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = with_tests(tmp_path, "pass")
    answer = run("policy test", str(path))
    answer.show()

    assert answer.code is Exit.DOES_NOT_CONFORM
    assert answer.data[0]["differences"] == [{"control": "LIC-001", "expected": "pass", "seen": "unknown"}]
    assert f"{path}:16:64: LIC-001 is unknown, expected pass" in capsys.readouterr().out


def test_test_refuses_facts_that_are_not_there(tmp_path: Path) -> None:
    path = with_tests(tmp_path, "pass")
    (tmp_path / "facts.json").unlink()

    with pytest.raises(UserError):
        run("policy test", str(path))


@pytest.mark.parametrize("name", builtin_names())
def test_the_tests_of_a_builtin_policy_hold(name: str) -> None:
    answer = run("policy test", name)

    assert answer.data, "the policy brings no tests"
    assert [line for result in answer.data for line in result["lines"]] == []
