"""The command line: one registry, one way to end."""

import json
import subprocess
import sys

import pytest

from auditor.cli import main
from auditor.cli.registry import REGISTRY, Answer, Command, Exit
from auditor.errors import UserError


def test_every_command_has_help_json_and_a_module_of_its_verb(capsys: pytest.CaptureFixture[str]) -> None:
    main.parser()
    for name in REGISTRY.commands:
        assert name.partition(" ")[0].replace("-", "_") in main.MODULES
        with pytest.raises(SystemExit) as ended:
            main.run([*name.split(), "--help"])
        assert ended.value.code == 0
        assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (UserError("no such thing", hint="Name another.", where="a.yaml:3:1"), Exit.USAGE, "a.yaml:3:1: no such thing"),
        (ZeroDivisionError("x"), Exit.INTERNAL, "internal error"),
    ],
)
def test_errors_go_to_stderr_as_one_block(
    error: Exception, code: Exit, word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main.parser()

    def fail(arguments: object) -> Answer:
        raise error

    schema = REGISTRY.commands["schema"]
    broken = Command(schema.name, schema.help, schema.arguments, fail)
    monkeypatch.setitem(REGISTRY.commands, "schema", broken)
    assert main.run(["schema", "facts"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert word in err


def test_json_is_one_document() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "schema", "facts", "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["title"] == "Audit"


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m auditor schema facts --json | head -c 10'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
