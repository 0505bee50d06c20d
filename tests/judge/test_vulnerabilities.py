"""A version passes only against a table that knows its stack and is young enough."""

from typing import Any

import auditor.judge.vulnerabilities  # noqa: F401
from auditor.facts.audit import Audit
from auditor.facts.serving import Served
from auditor.knowledge.knowledge import load
from auditor.recognise.stacks import serving_of
from tests.facts.samples import audit, seen
from tests.judge.contexts import ask, texts, verdicts
from tests.recognise.process_records import process


def running(command: str, version: str = "") -> Audit:
    (served,) = serving_of([process(command)], load())
    changes: dict[str, Any] = {"version": seen(version)} if version else {}
    return audit(serving=(Served.model_copy(served, update=changes),))


def asked(found: Audit, **arguments: Any) -> list[str]:
    return verdicts(ask("serving.no_known_vulnerabilities", found, **arguments))


def test_an_affected_version_fails_with_id_and_mended_version() -> None:
    outcomes = ask("serving.no_known_vulnerabilities", running("ollama serve", "0.16.2"))
    assert verdicts(outcomes) == ["fail"]
    assert "CVE-2026-7482" in texts(outcomes)
    assert "0.17.1" in texts(outcomes)


def test_a_mended_version_passes_and_says_the_day_of_the_table() -> None:
    outcomes = ask("serving.no_known_vulnerabilities", running("ollama serve", "0.33.0"))
    assert verdicts(outcomes) == ["pass"]
    assert load().vulnerabilities.date in texts(outcomes)


def test_what_is_not_known_does_not_pass() -> None:
    assert asked(running("ollama serve")) == ["unknown"]
    assert asked(running("llama-server -m /m.gguf", "0.3.2")) == ["unknown"]
    assert asked(running("xinference-local --port 9997", "1.0.0")) == ["unknown"]


def test_an_accepted_or_lesser_one_contradicts_nothing() -> None:
    found = running("open-webui serve", "0.8.12")
    assert asked(found) == ["fail"]
    assert asked(found, accepted=["CVE-2026-45339"]) == ["pass"]
    assert asked(found, accepted=["GHSA-57q6-fvp4-pqmm"]) == ["pass"]
    assert asked(found, from_severity="high") == ["pass"]


def test_an_old_table_does_not_pass(monkeypatch: Any) -> None:
    old = load().vulnerabilities.model_copy(update={"date": "2026-01-01"})
    knowledge = load().model_copy(update={"vulnerabilities": old})
    monkeypatch.setattr("tests.judge.contexts.load", lambda: knowledge)
    outcomes = ask("serving.no_known_vulnerabilities", running("ollama serve", "0.33.0"), days=90)
    assert verdicts(outcomes) == ["unknown"]
    assert "305 days old" in texts(outcomes)
