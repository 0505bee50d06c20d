"""``auditor phonehome`` tells of each switch what is set, the rule, and what it really does."""

import argparse
from typing import Any

import pytest

from auditor.cli import phonehome, serving
from auditor.cli.registry import Exit
from auditor.errors import UserError
from auditor.facts.audit import Audit, Outcome
from auditor.knowledge.knowledge import load
from auditor.recognise.footprints import footprints_of
from auditor.recognise.sockets import traffic_of
from auditor.recognise.stacks import serving_of
from auditor.recognise.switches import switches_of
from tests.facts.samples import audit
from tests.recognise.process_records import capture, file, listener, process

HOME = {"HOME": "/home/user"}
PACKAGES = {"vllm": "0.33.0"}


def host(environment: dict[str, str], **changes: Any) -> Audit:
    trace = file("vllm-usage", "/home/user/.config/vllm/usage_stats.json", "{}")
    records = [
        process("vllm serve /m", environment=HOME | environment, packages=PACKAGES),
        trace,
        listener(),
        capture(),
    ]
    found = serving_of(records, load())
    return audit(
        serving=found,
        switches=switches_of(records, found, load()),
        footprints=footprints_of(records, load()),
        traffic=traffic_of(records),
        **changes,
    )


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Any:
    def given(found: Audit) -> None:
        for module in (phonehome, serving):
            monkeypatch.setattr(module, "look", lambda *arguments, **more: found)

    return given


def run(pid: int | None = None) -> phonehome.Answer:
    return phonehome.run(argparse.Namespace(pid=pid))


def test_a_switch_in_vain_ends_with_one(seen: Any, capsys: pytest.CaptureFixture[str]) -> None:
    seen(host({"DO_NOT_TRACK": "true"}))
    answer = run()
    (switch,) = [s for s in answer.data["switches"] if s["switch"] == "vllm-usage"]
    assert (switch["state"], switch["found"], switch["version"]) == (
        "set_but_ineffective",
        ["DO_NOT_TRACK=true"],
        "0.33.0",
    )
    assert answer.data["footprints"][0]["path"].endswith("usage_stats.json")
    assert answer.code is Exit.DOES_NOT_CONFORM
    answer.show()
    assert "usage_stats.json" in capsys.readouterr().out


def test_all_off_ends_with_nought_but_only_if_all_was_seen(seen: Any) -> None:
    seen(host({"DO_NOT_TRACK": "1"}))
    assert run().code is Exit.CONFORMS
    seen(host({"DO_NOT_TRACK": "1"}, collectors={"footprints": Outcome.PARTIAL}))
    assert run().code is Exit.INCONCLUSIVE


def test_of_a_program_that_nobody_knows_a_switch_in_vain_decides_nothing(seen: Any) -> None:
    records = [
        process("python3 app.py", environment=HOME | {"DO_NOT_TRACK": "1"}, packages={"haystack-ai": "3.4.0"},
                files=("/m.safetensors",)),
    ]  # fmt: skip
    found = serving_of(records, load())
    seen(audit(serving=found, switches=switches_of(records, found, load())))
    answer = run()
    assert [(one["switch"], one["state"]) for one in answer.data["switches"]] == [("haystack", "set_but_ineffective")]
    assert answer.code is Exit.INCONCLUSIVE


def test_one_process_can_be_asked_for(seen: Any) -> None:
    seen(host({}))
    assert {switch["pid"] for switch in run(100).data["switches"]} == {100}
    with pytest.raises(UserError, match="not among the serving processes"):
        run(7)


def test_serving_lists_process_socket_and_model(seen: Any, capsys: pytest.CaptureFixture[str]) -> None:
    seen(host({}))
    answer = serving.run(argparse.Namespace(endpoints=False))
    (one,) = answer.data
    assert (one["stack"], one["version"], one["listens"]) == ("vllm", "0.33.0", ["127.0.0.1:8000/tcp"])
    assert one["models"] == ["/m"]
    answer.show()
    assert "vllm" in capsys.readouterr().out


def test_a_host_that_was_not_wholly_seen_is_inconclusive(seen: Any, capsys: pytest.CaptureFixture[str]) -> None:
    seen(audit(collectors={"processes": Outcome.PARTIAL}))
    answer = serving.run(argparse.Namespace(endpoints=False))
    assert (answer.data, answer.code) == ([], Exit.INCONCLUSIVE)
    answer.show()
    assert "run it as root" in capsys.readouterr().out
