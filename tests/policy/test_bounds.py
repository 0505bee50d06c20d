"""No broken policy costs more than one may: a child with 200 MB of memory and little time reads them all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.policy.hostile import FOLDERS, HOSTILE, write_all
from tests.policy.test_broken import ROWS

MEMORY = 200 << 20
"""Bytes that the child may allocate, its programs included."""
PATIENCE = 240
"""Seconds for all of them on a machine that does other things; a single one takes milliseconds."""
CPU = 120
"""Seconds of one core for all of them."""

CHILD = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, ({memory}, {memory}))
resource.setrlimit(resource.RLIMIT_CPU, ({cpu}, {cpu}))
from auditor.policy.loader import examine
for name, path in json.load(sys.stdin).items():
    loaded, messages = examine(path)
    told = [[m.line, m.column, m.rule, m.message, m.suggestion] for m in messages[:3]]
    print(json.dumps([name, loaded is None, len(messages), told]))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bool, int, list[list[object]]]]:
    paths = write_all(tmp_path_factory.mktemp("broken"))
    run = subprocess.run(
        [sys.executable, "-c", CHILD.format(memory=MEMORY, cpu=CPU)],
        input=json.dumps({name: str(path) for name, path in paths.items()}),
        capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    return {name: (refused, count, first) for name, refused, count, first in rows}


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len(ROWS) + len(HOSTILE) + len(FOLDERS) >= 120


def test_all_are_read_within_the_bounds_and_refused(told: dict[str, tuple[bool, int, list[list[object]]]]) -> None:
    assert len(told) == len(ROWS) + len(HOSTILE) + len(FOLDERS)
    assert [name for name, (refused, count, _) in told.items() if not refused or not count] == []


def test_no_policy_is_told_off_without_end(told: dict[str, tuple[bool, int, list[list[object]]]]) -> None:
    assert {name: count for name, (_, count, _) in told.items() if count > 2_000} == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("an alias bomb", "aliases unfold to more than"),
        ("an alias within itself", "within the value that it repeats"),
        ("lists in lists", "levels deep"),
        ("a file of two megabytes", "a policy has at most"),
        ("no UTF-8", "save the file as UTF-8"),
        ("a zero byte", "U+0000 is not allowed"),
        ("a tag that runs", "policies hold plain values only"),
        ("a cycle of three", "the policies extend each other: a.yaml → b.yaml → c.yaml → a.yaml"),
        ("a chain of sixty", "more than 32 files"),
        ("an expression of brackets", "levels deep"),
        ("an expression too long", "at most 2000 characters"),
    ],
)
def test_what_is_wrong_is_said(told: dict[str, tuple[bool, int, list[list[object]]]], name: str, words: str) -> None:
    assert any(words in str(message) for message in told[name][2]), told[name]
