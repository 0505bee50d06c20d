"""A signed waiver applies if its approver signed it, and the judge says why another does not."""

import base64
import datetime as dt
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from auditor.evidence.keys import Key, make_key
from auditor.evidence.raw import sign
from auditor.judge.approval import signature_of
from auditor.policy.effective import Approval, Approver, Effective, PolicySource, Waiver, WaiverSignature
from auditor.policy.waivers import SIGNED_TYPE, signed_bytes
from auditor.recognise.signing import pae
from tests.recognise.signed import Owner, owner

NOW = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
KEYS = {
    "ec": make_key("J. Nováková", NOW, p256=True),
    "rsa": make_key("J. Nováková", NOW),
    "other": make_key("Somebody", NOW, p256=True),
}


def waiver(**changes: Any) -> Waiver:
    values: dict[str, Any] = {
        "id": "W-1",
        "control": "LIC-002",
        "reason": "Signed agreement no. 118 with the vendor.",
        "approved_by": Approval(name="J. Nováková", role="DPO", on=dt.date(2026, 10, 1)),
        "until": dt.date(2027, 3, 31),
    }
    return Waiver(**(values | changes))


def signed(given: Waiver, key: Key) -> Waiver:
    chain = (key.certificate, *key.chain)
    signature = WaiverSignature(
        certificates=tuple(base64.b64encode(c.public_bytes(Encoding.DER)).decode() for c in chain),
        value=base64.b64encode(sign(pae(signed_bytes(given), SIGNED_TYPE), key)).decode(),
    )
    return given.model_copy(update={"signature": signature})


def key_of(one: Owner) -> Key:
    return Key(one.private, one.certificate, one.chain)


def policy(*approvers: Approver) -> Effective:
    return Effective(
        id="p", version="1.0.0", title={"en": "P"}, valid_from=dt.date(2026, 1, 1), valid_until=dt.date(2027, 12, 31),
        host="h", sources=(PolicySource(id="p", version="1.0.0", sha256="0" * 64),), controls=(), approvers=approvers,
    )  # fmt: skip


def approver(key: Key, name: str = "J. Nováková") -> Approver:
    return Approver(name=name, sha256=key.fingerprint)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_the_approver_s_own_signature_is_accepted_and_named(kind: str) -> None:
    found = signature_of(signed(waiver(), KEYS[kind]), policy(approver(KEYS[kind])))

    assert found.obstacle == ""
    assert "Nováková" in found.name
    assert found.fingerprint == KEYS[kind].fingerprint


def test_an_unsigned_waiver_applies_only_where_no_signature_is_asked_for() -> None:
    assert signature_of(waiver(), policy()).obstacle == ""
    assert signature_of(waiver(), policy(approver(KEYS["ec"]))).obstacle == "unsigned"


def test_a_signature_that_nobody_asked_for_is_still_named() -> None:
    assert signature_of(signed(waiver(), KEYS["other"]), policy()) == (
        "",
        "Somebody (self-issued)",
        KEYS["other"].fingerprint,
    )


def test_the_signature_of_somebody_else_does_not_make_it_apply() -> None:
    found = signature_of(signed(waiver(), KEYS["other"]), policy(approver(KEYS["ec"])))

    assert (found.obstacle, found.name) == ("signer", "Somebody (self-issued)")


def test_an_approver_signs_only_what_bears_the_own_name() -> None:
    by_other = policy(approver(KEYS["other"], "K. Svoboda"))

    assert signature_of(signed(waiver(), KEYS["other"]), by_other).obstacle == "signer"


@pytest.mark.parametrize(
    "change",
    [
        {"until": dt.date(2027, 4, 1)},
        {"hosts": ("gpu-*",)},
        {"control": "LIC-003"},
        {"subject": {"model": "*"}},
        {"reason": "Signed agreement no. 119 with the vendor."},
        {"approved_by": Approval(name="J. Nováková", role="CEO", on=dt.date(2026, 10, 1))},
        {"compensating": ("none",)},
        {"id": "W-2"},
    ],
)
@pytest.mark.parametrize("asked", [True, False])
def test_whatever_is_changed_after_signing_spoils_it(change: dict[str, Any], asked: bool) -> None:
    changed = signed(waiver(), KEYS["ec"]).model_copy(update=change)

    found = signature_of(changed, policy(*[approver(KEYS["ec"])] * asked))

    assert (found.obstacle, found.name) == ("signature", "")


@pytest.mark.parametrize(
    "broken",
    [
        WaiverSignature(certificates=(), value="AAAA"),
        WaiverSignature(certificates=("AAAA",), value="AAAA"),
        WaiverSignature(certificates=("no base64 ☺",), value="AAAA"),
        WaiverSignature(certificates=(base64.b64encode(b"\x30\x82").decode(),) * 8, value=""),
    ],
)
def test_a_broken_signature_spoils_it(broken: WaiverSignature) -> None:
    assert signature_of(waiver(signature=broken), policy()).obstacle == "signature"


def test_a_certificate_of_the_organisation_s_issuer_is_accepted_for_the_person_that_it_names() -> None:
    issuer = owner("Example Ltd CA", ca=True, now=NOW)
    own = key_of(owner("J. Nováková", issuer, now=NOW))
    stranger = key_of(owner("K. Svoboda", issuer, now=NOW))
    accepted = policy(Approver(name="Example Ltd CA", sha256=issuer.fingerprint))

    assert signature_of(signed(waiver(), own), accepted).obstacle == ""
    assert signature_of(signed(waiver(), stranger), accepted).obstacle == "signer"
