"""What only the whole can tell, and that no input makes the checking fail."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import UserError
from auditor.policy.loader import examine
from auditor.policy.resolve import load_effective
from tests.policy.samples import MINIMAL, child, write
from tests.policy.test_broken import GOOD

LINES = GOOD.splitlines()
NOISE = st.sampled_from(
    [
        "",
        "null",
        "[]",
        "{}",
        "- ",
        "5",
        "true",
        "'",
        '"${nets}"',
        "${",
        "&a ",
        "*a",
        ": ",
        "#",
        "\t",
        "ř",
        "[[",
        "- - -",
    ]
)


def test_a_typo_in_a_parent_parameter_is_found_in_the_child(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", GOOD)
    path = write(tmp_path, "site.yaml", child("site2", "base.yaml", "params:\n  net: {default: [10.0.0.0/8]}\n"))

    assert [m.message for m in examine(path)[1]] == ["'type' is missing in parameter 'net'"]


def test_a_parent_parameter_may_be_given_another_default_only(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", GOOD)
    path = write(tmp_path, "site.yaml", child("site2", "base.yaml", "params:\n  secs: {default: 600}\n"))

    assert load_effective(path, "gpu-01").params["secs"] == 600


def test_a_default_outside_the_bounds_of_the_parent_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", GOOD)
    path = write(tmp_path, "site.yaml", child("site2", "base.yaml", "params:\n  secs: {default: 6000}\n"))

    assert [(m.line, m.message) for m in examine(path)[1]] == [
        (8, "parameter 'secs' (int): 6000 has to be at most 900")
    ]


def test_an_inherited_waiver_must_not_outlive_the_child(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", GOOD)
    short = child("site2", "base.yaml").replace("2027-12-31", "2026-12-31")
    path = write(tmp_path, "site.yaml", short)

    assert [Path(m.file).name for m in examine(path)[1]] == ["base.yaml"]


def test_a_text_without_english_is_told_wherever_it_stands(tmp_path: Path) -> None:
    text = MINIMAL.replace("{en: Licences}", "{cs: Licence}").replace("rationale: {en:", "rationale: {cs:")

    told = [(m.line, m.rule) for m in examine(write(tmp_path, "p.yaml", text))[1]]

    assert told == [(7, "missing-english"), (12, "missing-english")]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, 90), NOISE, st.booleans()), min_size=1, max_size=4
    )
)
def test_a_damaged_policy_is_told_and_never_fails_otherwise(
    tmp_path: Path, damage: list[tuple[int, int, str, bool]]
) -> None:
    lines = list(LINES)
    for line, column, noise, cut in damage:
        text = lines[line]
        lines[line] = text[:column] + noise + ("" if cut else text[column:])
    path = tmp_path / "damaged.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    loaded, messages = examine(path)

    assert (loaded is None) == bool(messages)
    assert all(1 <= m.line <= len(lines) + 1 and m.column >= 1 and m.message for m in messages)
    if loaded is not None:
        try:
            load_effective(path, "lab-03")
        except UserError:
            raise AssertionError("a policy without messages could not be applied") from None
