"""A digest of an earlier reading counts as far as the policy lets it, and the finding says that it is one."""

import pytest

from auditor.judge import digests
from auditor.judge.finding import Outcome, Verdict
from auditor.policy.arguments import Standing
from auditor.policy.effective import Pin, Reading
from tests.judge.audits import audit_of, context_of, outcomes
from tests.recognise.model_records import model, weight

M = "/srv/models/m"
PIN = Pin(model="m", sha256="a" * 64, source="publisher's page")
CHECKED = digests
"""Imported so that its check registers."""


def judged(read: str | None, reading: Reading | None = None) -> Outcome:
    """The audit began at 10:00 on 22 November 2026."""
    records = model(weight(M, "w.safetensors", read=read), weight(M, "v.safetensors"))
    context = context_of(audit_of(records), (PIN,), reading=reading)
    return outcomes("weights.match", context, Standing(standing="pinned"))["m"]


def test_a_recent_reading_of_an_earlier_audit_is_evidence_that_is_named() -> None:
    found = judged("2026-11-22T08:30:00Z")
    assert found.verdict is Verdict.PASS
    assert str(found.observed) == (
        "Weight files: 2; equal to the policy's pins: 2, equal to what their store states: 0. Not read anew: 1; an "
        "earlier audit read them, the first on 2026-11-22T08:30:00Z, and size, place and times of change have been "
        "the same since."
    )


@pytest.mark.parametrize(
    ("read", "reading"),
    [
        ("2026-11-22T08:30:00Z", Reading(earlier="never")),
        ("2026-11-21T09:59:59Z", Reading(earlier_hours=24)),
        ("2026-11-21T09:59:59Z", Reading(earlier="always", earlier_hours=24)),
    ],
)
def test_a_reading_that_the_policy_does_not_take_is_no_evidence(read: str, reading: Reading) -> None:
    found = judged(read, reading)
    assert found.verdict is Verdict.UNKNOWN
    assert [str(each) for each in found.not_seen] == [
        "The bytes of w.safetensors, which were read by an earlier audit; the policy does not take that for a reading."
    ]
    assert "--reread" in str(found.remedy)


def test_a_digest_that_differs_is_a_contradiction_whenever_it_was_read() -> None:
    records = model(weight(M, "w.safetensors", read="2020-01-01T00:00:00Z", sha256="b" * 64))
    context = context_of(audit_of(records), (PIN,))
    found = outcomes("weights.match", context, Standing())["m"]
    assert found.verdict is Verdict.FAIL
    assert "since an earlier audit read them, the first on 2020-01-01" in str(found.not_seen[0])


def test_without_earlier_readings_nothing_is_said_of_them() -> None:
    assert str(judged(None).observed) == "2 weight files; all equal the policy's pins."
