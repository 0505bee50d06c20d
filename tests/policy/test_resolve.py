"""A policy applied to a host: tailoring, parameters, arguments, sources."""

import datetime as dt
from pathlib import Path

import pytest

from auditor.errors import UserError
from auditor.facts.canonical import canonical
from auditor.policy.effective import Effective, OnUnknown, Tailored
from auditor.policy.loader import load
from auditor.policy.resolve import effective, load_effective, origins
from tests.policy.samples import MINIMAL, child, write

NETWORK = """\
params:
  nets: {type: cidr-list, default: [10.0.0.0/8]}
  secs: {type: int, default: 300, min: 60, max: 900}
  stacks: {type: str-list, default: [vllm, sglang]}
groups:
  - {id: NET, title: {en: Network}}
controls:
  - id: NET-001
    group: NET
    title: {en: Traffic}
    severity: critical
    applies_to: {runtime: ["${stacks}"]}
    check: traffic.only
    with: {destinations: ["${nets}", 192.168.0.0/16], observe_seconds: "${secs}"}
tailoring:
  - {hosts: [lab-*], set: {secs: 600}, reason: The lab is bursty.}
  - {hosts: [lab-03], set: {secs: 700}, disable: [LIC-001], reason: It serves one model.}
waivers:
  - id: W-1
    control: LIC-001
    subject: {model: acme/*}
    reason: Agreement no. 118 signed.
    approved_by: {name: J. Nováková, role: DPO, on: 2026-10-01}
    until: 2027-03-31
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path, "base.yaml", MINIMAL)
    return write(tmp_path, "site.yaml", child("site", "base.yaml@^1", NETWORK, version="2.1.0"))


def test_parameters_are_filled_in_with_their_types(site: Path) -> None:
    policy = load_effective(site, "gpu-01")

    control = next(c for c in policy.controls if c.id == "NET-001")
    assert control.arguments["destinations"] == ["10.0.0.0/8", "192.168.0.0/16"]
    assert control.arguments["observe_seconds"] == 300
    assert control.applies_to == {"runtime": ("vllm", "sglang")}


def test_arguments_hold_the_defaults_too_so_that_a_verdict_can_be_computed_again(site: Path) -> None:
    control = next(c for c in load_effective(site, "gpu-01").controls if c.id == "NET-001")

    assert control.arguments["worst_tier"] == "E"


def test_tailorings_apply_in_their_order_and_are_kept_with_their_reasons(site: Path) -> None:
    policy = load_effective(site, "lab-03")

    assert policy.params["secs"] == 700
    assert [c.id for c in policy.controls] == ["NET-001"]
    assert policy.tailoring == (
        Tailored(hosts=("lab-*",), set={"secs": 600}, reason="The lab is bursty."),
        Tailored(hosts=("lab-03",), set={"secs": 700}, disabled=("LIC-001",), reason="It serves one model."),
    )


def test_a_host_that_no_glob_names_is_not_tailored(site: Path) -> None:
    policy = load_effective(site, "gpu-01")

    assert policy.tailoring == ()
    assert policy.params["secs"] == 300


def test_what_is_set_for_one_audit_wins_and_is_recorded(site: Path) -> None:
    policy = load_effective(site, "lab-03", {"secs": "800", "nets": "10.1.0.0/16,10.2.0.0/16"})

    assert policy.params["secs"] == 800
    assert policy.params["nets"] == ["10.1.0.0/16", "10.2.0.0/16"]
    assert policy.tailoring[-1].set == {"secs": 800, "nets": ["10.1.0.0/16", "10.2.0.0/16"]}


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("sec", "800", "Did you mean 'secs'"),
        ("secs", "8000", "at most 900"),
        ("secs", "many", "no whole number"),
        ("nets", "10.0.0.1/8", "Did you mean '10.0.0.0/8'"),
        ("nets", 5, "list of texts"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(site: Path, name: str, value: object, word: str) -> None:
    with pytest.raises(UserError) as caught:
        load_effective(site, "gpu-01", {name: value})
    assert word in str(caught.value)


def test_what_a_layer_weakens_is_printed_with_its_reason(site: Path, tmp_path: Path) -> None:
    body = "controls:\n  - {id: LIC-001, severity: low, reason: Agreed with the DPO.}\n"
    path = write(tmp_path, "own.yaml", child("own", "site.yaml", body))

    policy = load_effective(path, "gpu-01")

    assert policy.tailoring == (Tailored(hosts=("*",), set={"LIC-001.severity": "low"}, reason="Agreed with the DPO."),)


def test_the_sources_are_the_named_policy_first_with_digests(site: Path) -> None:
    policy = load_effective(site, "gpu-01")

    assert [(s.id, s.version) for s in policy.sources] == [("site", "2.1.0"), ("minimal", "1.0.0")]
    assert policy.sources[0].sha256 == load(site).layers[-1].sha256


def test_unknown_is_manual_where_nothing_is_said(site: Path) -> None:
    assert {c.on_unknown for c in load_effective(site, "gpu-01").controls} == {OnUnknown.MANUAL}


def test_dates_and_waivers_are_typed(site: Path) -> None:
    policy = load_effective(site, "gpu-01")

    assert policy.valid_until == dt.date(2027, 12, 31)
    assert policy.waivers[0].until == dt.date(2027, 3, 31)
    assert policy.waivers[0].subject == {"model": "acme/*"}


def test_the_effective_policy_survives_its_document(site: Path) -> None:
    policy = load_effective(site, "lab-03", {"secs": "800"})

    assert Effective.model_validate_json(canonical(policy)) == policy


def test_the_place_of_a_checkout_does_not_change_the_policy(site: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("base.yaml", "site.yaml"):
        (elsewhere / name).write_bytes((tmp_path / name).read_bytes())

    assert canonical(load_effective(elsewhere / "site.yaml", "x")) == canonical(load_effective(site, "x"))


def test_every_value_has_an_origin(site: Path) -> None:
    places = origins(load(site), "lab-03", {"nets": "10.0.0.0/8"})

    assert places["controls/LIC-001/severity"] == "base.yaml:13"
    assert places["params/secs"] == "site.yaml:23"
    assert places["params/stacks"] == "site.yaml:10"
    assert places["params/nets"] == "set for this audit"


def test_a_control_says_where_it_comes_from(site: Path) -> None:
    origin = {c.id: c.origin for c in effective(load(site), "gpu-01").controls}

    assert origin == {"LIC-001": "base.yaml:9", "NET-001": "site.yaml:14"}
