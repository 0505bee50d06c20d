"""What the user asked for is what the host is asked for."""

import datetime as dt
import threading
from pathlib import Path

import pytest

from auditor import audit
from auditor.collect import request
from auditor.errors import UserError


class Stopped(Exception):
    """The host would be looked at now."""


def test_the_means_of_watching_reaches_the_probe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[request.Options] = []

    def look(target: object, wanted: request.Options, *rest: object, **more: object) -> None:
        asked.append(wanted)
        raise Stopped

    monkeypatch.setattr(audit, "look", look)
    for variable in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    options = audit.Options(tier="D", observe=7, out=tmp_path / "out", history=False)

    with pytest.raises(Stopped):
        audit.run_audit(
            options, on_event=lambda event: None, cancel=threading.Event(), clock=lambda: dt.datetime.now(dt.UTC)
        )

    assert [(wanted.tier, wanted.traffic_seconds) for wanted in asked] == [("D", 7)]


def test_a_target_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UserError, match="telnet"):
        audit.target_of("telnet://host")


def test_a_language_without_a_catalogue_is_refused_before_the_host_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    options = audit.Options(language="xx", out=tmp_path / "out")
    with pytest.raises(UserError, match="xx"):
        audit.run_audit(
            options, on_event=lambda event: None, cancel=threading.Event(), clock=lambda: dt.datetime.now(dt.UTC)
        )
    assert not (tmp_path / "out").exists()
