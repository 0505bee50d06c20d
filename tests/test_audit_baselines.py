"""An audit takes the digests of signed baselines as pins, and its dossier proves its verdicts with them."""

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pytest

import auditor.cli.verify  # noqa: F401  (registers the command)
from auditor.audit import Options, Result, run_audit
from auditor.collect.tree import WHOLE, measure
from auditor.errors import UserError
from auditor.evidence.baseline import write_baseline
from auditor.evidence.keys import load_key, make_key, save_key
from auditor.judge.finding import Finding, Verdict
from auditor.recognise.signing import whole_files
from auditor.sample import write_sample
from tests.cli.commands import data

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """An audit of the sample's first model, with a baseline of it."""
    store = tmp_path / "sample"
    write_sample(store)
    model = next((store / "hub").glob("*/snapshots/*"))
    key = make_key("Publisher", NOW)
    save_key(key, tmp_path / "key.pem")
    files = measure(model, lambda name: (WHOLE,)).files
    baseline = whole_files(model.name, {name: file.digests[WHOLE] for name, file in files.items()}, links=True)
    (tmp_path / "baseline.json").write_bytes(write_baseline(baseline, key))
    return Options(
        models=(store / "hub",), stores=False, observe=0, out=tmp_path / "out", key=tmp_path / "key.pem",
        baselines=(tmp_path / "baseline.json",), trust=(key.fingerprint,), history=False,
    )  # fmt: skip


def audited(options: Options) -> Result:
    return run_audit(options, on_event=lambda event: None, cancel=threading.Event(), clock=lambda: NOW)


def digests(result: Result) -> Finding:
    """The finding about the digests of the model's weights."""
    checks = {control.id: control.check for control in result.documents.effective.controls}
    return next(found for found in result.judgement.findings if checks[found.control] == "weights.match")


def test_weights_equal_the_pin_and_the_dossier_proves_it_again(options: Options) -> None:
    result = audited(options)
    assert digests(result).verdict is Verdict.PASS
    assert "pin" in str(digests(result).observed)
    assert all(pin.source.startswith("baseline signed by Publisher") for pin in result.documents.effective.pins)
    assert data("verify", result.paths["dossier.pdf"])["verdicts"]["equal"] is True


def test_weights_that_agree_with_their_store_and_not_with_the_baseline_are_a_contradiction(options: Options) -> None:
    key = load_key(options.key) if options.key else None
    assert key is not None
    model = next(options.models[0].glob("*/snapshots/*"))
    other = whole_files(model.name, {"model.safetensors": "0" * 64})
    options.baselines[0].write_bytes(write_baseline(other, key))
    found = digests(audited(options))
    assert found.verdict is Verdict.FAIL
    assert "0" * 64 in str(found.observed)


def test_without_trust_nothing_is_looked_at(options: Options) -> None:
    with pytest.raises(UserError, match="nobody vouches"):
        audited(replace(options, trust=()))
    assert not options.out.exists()
