"""Files from disk: names, paths, what is extended, and what is refused."""

import os
from pathlib import Path

import pytest

from auditor.errors import UserError
from auditor.policy.loader import builtin_names, examine, find, load
from auditor.policy.message import PolicyError
from tests.policy.samples import MINIMAL, child, write


def told(path: Path) -> list[str]:
    return [str(m).removeprefix(str(path.parent) + "/") for m in examine(path)[1]]


def test_a_builtin_policy_is_found_by_its_name() -> None:
    assert find("truly-open") == find("builtin:truly-open")
    assert find("truly-open").name == "truly-open.yaml"
    assert {"truly-open", "eu-onprem-baseline"} <= set(builtin_names())


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError) as caught:
        find("truely-open")
    assert "Did you mean 'truly-open'?" in caught.value.hint


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such policy file"):
        load(tmp_path / "none.yaml")


def test_a_folder_is_no_policy(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="regular file"):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")

    with pytest.raises(UserError, match="regular file"):
        load(tmp_path / "pipe.yaml")


def test_all_messages_are_carried_by_the_error(tmp_path: Path) -> None:
    path = write(tmp_path, "p.yaml", MINIMAL.replace("high", "hihg").replace("group: LIC", "group: LIK"))

    with pytest.raises(PolicyError) as caught:
        load(path)
    assert [m.rule for m in caught.value.messages] == ["unknown-group", "wrong-value"]
    assert f"{path}:10:12: unknown group 'LIK' (did you mean 'LIC'?)" in str(caught.value)


def test_a_policy_has_a_digest_of_its_bytes(tmp_path: Path) -> None:
    one = load(write(tmp_path, "one.yaml", MINIMAL))
    other = load(write(tmp_path, "other.yaml", MINIMAL + "# a comment\n"))

    assert one.layers[0].sha256 != other.layers[0].sha256
    assert load(one.path).layers[0].sha256 == one.layers[0].sha256


def test_layers_come_base_first(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    write(tmp_path, "middle.yaml", child("middle", "base.yaml@^1"))
    path = write(tmp_path, "site.yaml", child("site", "middle.yaml"))

    assert [layer.id for layer in load(path).layers] == ["minimal", "middle", "site"]


def test_a_policy_reached_twice_is_one_layer_below_all_that_extend_it(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    write(tmp_path, "a.yaml", child("a", "base.yaml", "controls: [{id: LIC-001, severity: critical}]\n"))
    write(tmp_path, "b.yaml", child("b", "base.yaml"))
    path = write(tmp_path, "site.yaml", child("site", "a.yaml, b.yaml"))

    loaded = load(path)

    assert [layer.id for layer in loaded.layers] == ["minimal", "a", "b", "site"]
    assert loaded.merged.controls["LIC-001"].text("severity") == "critical"


def test_a_circle_is_told_with_its_way(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", child("a", "b.yaml"))
    write(tmp_path, "b.yaml", child("b", "c.yaml"))
    write(tmp_path, "c.yaml", child("c", "a.yaml"))

    assert told(tmp_path / "a.yaml") == [
        "c.yaml:6:11: the policies extend each other: a.yaml → b.yaml → c.yaml → a.yaml"
    ]


def test_mistakes_of_an_extended_file_are_told_in_that_file(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL.replace("severity: high", "severity: hihg"))
    path = write(tmp_path, "site.yaml", child("site", "base.yaml", "colour: red\n"))

    assert [line.partition(": ")[0] for line in told(path)] == ["base.yaml:13:15", "site.yaml:7:1"]


def test_a_text_can_be_examined_before_it_is_saved(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = tmp_path / "new.yaml"

    good, _ = examine(path, child("site", "base.yaml@^1").encode())
    bad, messages = examine(path, child("site", "base.yaml@^1", "colour: red\n").encode())

    assert good is not None
    assert [layer.id for layer in good.layers] == ["minimal", "site"]
    assert bad is None
    assert [str(m) for m in messages] == [f"{path}:7:1: " + messages[0].message]
    assert not path.exists()


def test_a_version_outside_the_range_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = write(tmp_path, "site.yaml", child("site", "base.yaml@^2"))

    assert told(path) == ["site.yaml:6:11: base.yaml is version 1.0.0, which is not in '^2'"]


def test_the_number_of_files_is_bounded(tmp_path: Path) -> None:
    write(tmp_path, "p0.yaml", MINIMAL)
    for number in range(1, 60):
        write(tmp_path, f"p{number}.yaml", child(f"p{number}", f"p{number - 1}.yaml"))

    assert any("more than 32 files" in line for line in told(tmp_path / "p59.yaml"))


def test_a_policy_without_controls_is_refused(tmp_path: Path) -> None:
    empty = MINIMAL.partition("groups:")[0]

    assert "no controls" in told(write(tmp_path, "p.yaml", empty))[0]


def test_a_misspelt_inherited_control_is_recognised(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = write(tmp_path, "site.yaml", child("site", "base.yaml", "controls: [{id: LIC-010, severity: low}]\n"))

    assert told(path) == [
        "site.yaml:7:12: control LIC-010 lacks group, title, check, and no extended policy has it "
        "(did you mean 'LIC-001'?)"
    ]


def test_the_number_of_controls_is_bounded(tmp_path: Path) -> None:
    control = "  - {{id: A{}-{:03d}, group: LIC, title: {{en: x}}, severity: low, check: licence.consistent}}\n"
    many = "".join(control.format(number // 1000, number % 1000) for number in range(1001))

    assert any("at most 1000 controls" in line for line in told(write(tmp_path, "p.yaml", MINIMAL + many)))


def test_the_number_of_messages_is_bounded(tmp_path: Path) -> None:
    path = write(tmp_path, "p.yaml", MINIMAL + "".join(f"key{number}: 1\n" for number in range(5000)))

    assert len(told(path)) == 500
    with pytest.raises(PolicyError, match="and 450 more"):
        load(path)
