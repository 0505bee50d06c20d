"""Messages of a running audit in, what the page shows out."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.desktop.progress import Progress, Unseen


def fed(*messages: dict[str, Any]) -> Progress:
    progress = Progress()
    for message in messages:
        progress.feed(message)
    return progress


def amount(collector: str, **more: Any) -> dict[str, Any]:
    return {"kind": "progress", "collector": collector, "done": 1, "total": 4, "unit": "bytes", **more}


def test_a_collector_waits_works_and_ends() -> None:
    progress = Progress()
    assert progress.steps["weights"].state == "waiting"
    progress.feed({"kind": "begin", "collector": "weights", "time": "…"})
    progress.feed(amount("weights", rate=2.0, left=1.5, what="model.safetensors"))
    step = progress.steps["weights"]
    assert (step.state, step.share, step.left) == ("busy", 0.25, 1.5)
    progress.feed({"kind": "end", "collector": "weights", "outcome": "complete", "records": 3})
    assert (step.state, step.share, step.records) == ("done", 1.0, 3)


def test_the_collector_with_most_time_left_decides_the_end() -> None:
    progress = fed(amount("weights", left=10), amount("traffic", left=300, unit="seconds"), amount("gpus", left=None))
    assert progress.decisive is not None
    assert progress.decisive.name == "traffic"


def test_no_share_is_invented_where_the_whole_is_not_known() -> None:
    assert fed(amount("models", total=None)).steps["models"].share is None


def test_a_problem_is_told_once() -> None:
    problem = {"kind": "problem", "collector": "weights", "where": "/a", "what": "A digest", "remedy": "Repeat."}
    assert list(fed(problem, problem).unseen) == [Unseen("weights", "/a", "A digest", "Repeat.")]


def test_what_has_not_ended_is_lost_on_stopping() -> None:
    progress = fed({"kind": "end", "collector": "host", "outcome": "complete"})
    assert "host" not in [step.name for step in progress.unfinished()]
    assert "traffic" in [step.name for step in progress.unfinished()]


def test_stages_follow_the_collectors() -> None:
    progress = fed({"kind": "stage", "stage": "collect"}, {"kind": "stage", "stage": "compose"})
    states = {name: progress.steps[name].state for name in ("judge", "compose", "seal")}
    assert states == {"judge": "done", "compose": "busy", "seal": "waiting"}


def test_a_collector_that_never_ran_is_not_shown_as_waiting_once_judging_begins() -> None:
    progress = fed({"kind": "stage", "stage": "collect"}, {"kind": "stage", "stage": "judge"})
    assert progress.steps["gpus"].outcome == "not_run"


def test_an_unknown_collector_stands_before_the_stages() -> None:
    names = list(fed({"kind": "begin", "collector": "telescope"}).steps)
    assert names[-4:] == ["telescope", "judge", "compose", "seal"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(["hello", "begin", "progress", "problem", "end", "bye", "stage", "feed", "step", "x"])
KEYS = st.sampled_from(
    ["collector", "done", "total", "rate", "left", "what", "uid", "capabilities", "outcome", "stage"]
)


@given(KINDS, st.dictionaries(KEYS, JSON))
def test_malformed_messages_change_nothing_and_raise_nothing(kind: str, fields: dict[str, Any]) -> None:
    progress = fed({"kind": kind, **fields})
    assert all(step.share is None or 0 <= step.share <= 1 for step in progress.steps.values())


def test_findings_that_are_certain_are_kept_worst_first() -> None:
    def finding(control: str, severity: str, verdict: str) -> dict[str, Any]:
        subject = {"kind": "model", "id": "m"}
        return {
            "kind": "finding",
            "control": control,
            "title": {"en": control},
            "severity": severity,
            "verdict": verdict,
            "subject": subject,
        }

    progress = fed(
        finding("A", "low", "pass"),
        finding("B", "low", "fail"),
        finding("C", "critical", "fail"),
        finding("D", "critical", "unknown"),
        {"kind": "finding", "control": "E"},
    )
    assert [each.control for each in progress.early] == ["C", "B", "A"]
