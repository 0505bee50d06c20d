"""A report counts only if a card under a trusted root signed exactly these bytes for exactly this nonce."""

import datetime as dt
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from auditor.knowledge.knowledge import load
from auditor.recognise.attestation import NOT_COVERED, STALE, Attestation, Evidence, evidence_of, verify
from tests.recognise.attested import FIELDS, NONCE, UNTIL, Maker, maker, saved

GENUINE = maker()
REPORT = GENUINE.report()
NOW = dt.datetime(2026, 11, 2, tzinfo=dt.UTC)


def verified(
    report: bytes = REPORT, chain: bytes = GENUINE.pem, by: Maker = GENUINE, nonce: bytes | None = NONCE, at: Any = NOW
) -> Attestation:
    return verify(0, Evidence(chain, report), frozenset({by.root}), nonce, at)


def test_a_genuine_report_is_valid_and_tells_of_the_card() -> None:
    found = verified()
    assert found.valid
    assert (found.device, found.driver, found.vbios) == ("72CA", "590.12", "96.00.A5.00.01")
    assert found.board == "G520-0200 885"
    assert found.not_covered == NOT_COVERED


def test_without_a_nonce_of_ones_own_its_age_is_not_covered() -> None:
    found = verified(nonce=None)
    assert found.valid
    assert STALE in found.not_covered


@pytest.mark.parametrize("byte", range(0, len(REPORT), 5))
def test_any_flipped_bit_is_caught(byte: int) -> None:
    changed = bytearray(REPORT)
    changed[byte] ^= 1
    assert not verified(bytes(changed)).valid


def test_the_chain_of_another_card_is_caught() -> None:
    other = maker()
    found = verify(0, Evidence(other.pem, REPORT), frozenset({GENUINE.root, other.root}), NONCE, NOW)
    assert found.reason == "the signature is not that of the card"


def test_a_root_that_nobody_trusts_is_caught() -> None:
    other = maker()
    assert "trusted root" in verified(other.report(), other.pem).reason


def test_a_forged_chain_that_ends_in_the_trusted_root_is_caught() -> None:
    other = maker()
    forged = other.pem.rpartition(b"-----BEGIN")[0] + b"-----BEGIN" + GENUINE.pem.rpartition(b"-----BEGIN")[2]
    assert "not issued by the next" in verified(other.report(), forged).reason


def test_another_nonce_is_caught() -> None:
    assert verified(nonce=bytes(32)).reason == "the report answers another nonce"


@pytest.mark.parametrize("at", [dt.datetime(2025, 12, 31, tzinfo=dt.UTC), UNTIL + dt.timedelta(days=1)])
def test_a_chain_that_is_not_valid_on_the_day_is_caught(at: dt.datetime) -> None:
    assert "is not valid on" in verified(at=at).reason


def test_an_issuer_that_may_not_issue_is_caught() -> None:
    weak = maker(ca=False)
    found = verified(weak.report(), weak.pem, weak).reason
    assert "may not issue" in found or "not issued" in found


def test_a_card_with_another_kind_of_key_is_caught() -> None:
    small = maker(curve=ec.SECP256R1())
    assert "P-384" in verified(REPORT, small.pem, small).reason


@pytest.mark.parametrize(
    "words",
    [
        bytes((0x11, 0xE1)) + REPORT[2:-96],
        REPORT[:37] + bytes((0x11, 0x61)) + REPORT[39:-96],
        REPORT[:42] + b"\xff\xff\xff" + REPORT[45:-96],
        REPORT[:-97],
    ],
)
def test_signed_words_that_are_no_report_are_refused(words: bytes) -> None:
    assert not verified(GENUINE.sign(words)).valid


def test_a_field_that_is_no_text_is_shown_in_hex() -> None:
    assert verified(GENUINE.report(fields=FIELDS | {3: b"\xff\x01"})).driver == "ff01"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "holds 0 reports"),
        (b"[1]", "no object"),
        (b"{}", "no certificate"),
        (b'{"certificate": "!", "evidence": ""}', "not base64"),
        (json.dumps([{}] * 65).encode(), "holds 65 reports"),
    ],
)
def test_a_file_that_holds_no_reports_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        evidence_of(data)


def test_a_file_may_hold_many_cards() -> None:
    found = evidence_of(saved((GENUINE.pem, REPORT), (GENUINE.pem, REPORT[:-1])))
    roots = frozenset({GENUINE.root})
    assert [verify(n, one, roots, NONCE, NOW).valid for n, one in enumerate(found)] == [True, False]


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_no_bytes_are_valid_by_chance(chain: bytes, report: bytes) -> None:
    assert not verified(report, chain).valid
    assert not verified(report).valid
    assert not verified(REPORT, chain).valid


@given(st.binary(min_size=171, max_size=400))
def test_whatever_a_card_signs_is_read_or_refused(words: bytes) -> None:
    found = verified(GENUINE.sign(bytes((0x11, 0xE0)) + words), nonce=None)
    assert found.valid or found.reason


def test_the_root_of_the_maker_is_pinned_by_its_fingerprint() -> None:
    assert [root.id for root in load().device_roots] == ["NVIDIA Device Identity CA"]
    assert len(load().device_roots[0].sha256) == 64
