"""B-T, B-LT and B-LTA with real authorities on loopback: made, verified offline, renewed, decided on."""

import datetime as dt
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader

from auditor.cli.main import run
from auditor.errors import UserError
from auditor.evidence.assurance import Assurance, assure
from auditor.evidence.compose import compose
from auditor.evidence.decision import decide
from auditor.evidence.keys import Key, load_key
from auditor.evidence.level import Level
from auditor.evidence.renewal import renew, request, stamp
from auditor.evidence.seal import countersign, seal
from auditor.evidence.trust import read_certificates
from auditor.evidence.verify import verify
from tests.evidence import samples
from tests.evidence.authorities import Authorities, authorities
from tests.evidence.test_conformance import DRIVER, classpath
from tests.products import needs_products

pytestmark = needs_products
LEVELS = ("B-T", "B-LT", "B-LTA")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    """The authorities, which answer while these tests run."""
    with authorities(tmp_path_factory.mktemp("pki")) as found:
        yield found


@pytest.fixture(scope="module")
def anchors(pki: Authorities) -> list[x509.Certificate]:
    """Whom the reader trusts."""
    return [each for path in pki.anchors for each in read_certificates(path)]


def now() -> dt.datetime:
    """The authorities live in the present."""
    return dt.datetime.now(dt.UTC)


def day(year: int) -> dt.datetime:
    """A day in a year to come."""
    return dt.datetime(year, 1, 2, tzinfo=dt.UTC)


def made(case: samples.Case, key: Key, assurance: Assurance) -> bytes:
    """A dossier whose page one says the level, sealed at it."""
    cover = samples.cover(signer=key.name, fingerprint=key.fingerprint, level=assurance.level)
    return seal(compose(*case, cover), key, when=now(), assurance=assurance)


@pytest.fixture(scope="module")
def sealed_at(pki: Authorities, case: samples.Case) -> dict[str, bytes]:
    """One dossier per level."""
    key = load_key(pki.key("auditor"))
    return {level: made(case, key, assure(level, pki.tsa, pki.anchors)) for level in LEVELS}


@pytest.fixture(scope="module")
def decided(pki: Authorities, sealed_at: dict[str, bytes]) -> bytes:
    """The strongest one, accepted with conditions."""
    assurance = assure("B-LTA", pki.tsa, pki.anchors)
    decision = decide("conditions", "Jen do 30. června; příliš žluťoučký kůň.")
    return countersign(sealed_at["B-LTA"], load_key(pki.key("dpo")), when=now(), assurance=assurance, decision=decision)


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_made_and_confirmed_without_a_network(
    level: str, sealed_at: dict[str, bytes], anchors: list[x509.Certificate]
) -> None:
    found = verify(sealed_at[level], anchors)
    assert found.ok, found.problems
    (signature,) = found.signatures
    assert (signature.level, signature.trusted, signature.authority_trusted) == (level, True, True)
    assert signature.authority == "Test tsa, Test s.r.o."
    assert len(found.stamps) == (level == "B-LTA")
    assert (found.rendering.compared, found.rendering.equal) == (True, True)


def test_without_anchors_the_level_is_told_but_nobody_is_trusted(sealed_at: dict[str, bytes]) -> None:
    for level in LEVELS:
        (signature,) = verify(sealed_at[level]).signatures
        assert (signature.level, signature.trusted, signature.authority_trusted) == (level, False, False)


@pytest.mark.parametrize(("level", "year", "still"), [
    ("B-T", 2027, False), ("B-LT", 2035, True), ("B-LT", 2046, False), ("B-LTA", 2035, True), ("B-LTA", 2046, False),
])  # fmt: skip
def test_what_a_later_reader_can_confirm(
    level: str, year: int, still: bool, sealed_at: dict[str, bytes], anchors: list[x509.Certificate]
) -> None:
    (signature,) = verify(sealed_at[level], anchors, at=day(year)).signatures
    assert (signature.lasts == "") is still, signature.lasts


def test_a_signature_without_a_time_stamp_does_not_last(sealed: bytes) -> None:
    (signature,) = verify(sealed, at=day(2027)).signatures
    assert signature.lasts


def test_renewing_adds_to_the_file_and_keeps_every_signature(
    pki: Authorities, decided: bytes, anchors: list[x509.Certificate]
) -> None:
    renewed = renew(decided, assure("B-LTA", pki.tsa, pki.anchors))
    assert renewed.startswith(decided)
    found = verify(renewed, anchors, at=day(2040))
    assert found.ok, found.problems
    assert [each.level for each in found.signatures] == ["B-LTA", "B-LTA"]
    assert [each.lasts for each in found.signatures] == ["", ""]
    assert len(found.stamps) == 3


def test_renewing_raises_a_lower_level(
    pki: Authorities, sealed_at: dict[str, bytes], sealed: bytes, anchors: list[x509.Certificate]
) -> None:
    assurance = assure("B-LTA", pki.tsa, pki.anchors)
    for pdf in (sealed_at["B-T"], sealed):
        found = verify(renew(pdf, assurance))
        assert found.ok, found.problems
        assert [each.level for each in found.signatures] == ["B-LTA"]


def test_a_changed_file_is_not_renewed(pki: Authorities, sealed_at: dict[str, bytes]) -> None:
    changed = bytearray(sealed_at["B-LTA"])
    changed[5000] ^= 1
    with pytest.raises(UserError, match="not as it was signed"):
        renew(bytes(changed), assure("B-LTA", pki.tsa, pki.anchors))


def answer(pki: Authorities, question: bytes) -> bytes:
    """What the authority answers to a question that was carried over."""
    import urllib.request

    asked = urllib.request.Request(pki.tsa, question, {"Content-Type": "application/timestamp-query"})
    with urllib.request.urlopen(asked, timeout=20) as response:
        return bytes(response.read())


def test_a_time_stamp_comes_by_hand(pki: Authorities, sealed: bytes, anchors: list[x509.Certificate]) -> None:
    question = request(sealed)
    assert request(sealed) == question
    stamped = stamp(sealed, answer(pki, question))
    assert stamped.startswith(sealed)
    found = verify(stamped)
    assert found.ok, found.problems
    assert [each.level for each in found.signatures] == ["B-T"]
    assert [each.authority for each in found.stamps] == ["Test tsa, Test s.r.o."]


def test_the_answer_to_another_question_is_refused(
    pki: Authorities, sealed: bytes, sealed_at: dict[str, bytes]
) -> None:
    other = answer(pki, request(sealed_at["B-T"]))
    with pytest.raises(UserError, match="not of this file"):
        stamp(sealed, other)
    with pytest.raises(UserError, match="no answer"):
        stamp(sealed, b"nothing")


def test_openssl_confirms_the_time_stamp_that_came_by_hand(pki: Authorities, sealed: bytes, tmp_path: Path) -> None:
    question, told = tmp_path / "q.tsq", tmp_path / "a.tsr"
    question.write_bytes(request(sealed))
    told.write_bytes(answer(pki, question.read_bytes()))
    command = ["openssl", "ts", "-verify", "-queryfile", question, "-in", told, "-CAfile", pki.certificate("tsa-root")]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr


def test_openssl_confirms_the_signature_itself(pki: Authorities, sealed_at: dict[str, bytes], tmp_path: Path) -> None:
    pdf = sealed_at["B-LTA"]
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    _, first, second, length = (int(each) for each in signature.byte_range)
    (tmp_path / "content").write_bytes(pdf[:first] + pdf[second : second + length])
    (tmp_path / "cms").write_bytes(signature.pkcs7_content)
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-in", tmp_path / "cms", "-content", tmp_path / "content",
               "-binary", "-CAfile", pki.certificate("root"), "-purpose", "any", "-out", tmp_path / "out"]  # fmt: skip
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert "Verification successful" in done.stderr + done.stdout, done.stderr


def test_poppler_agrees(decided: bytes, tmp_path: Path) -> None:
    (tmp_path / "dossier.pdf").write_bytes(decided)
    told = subprocess.run(
        ["pdfsig", "-nocert", tmp_path / "dossier.pdf"], capture_output=True, text=True, check=False
    ).stdout
    assert told.count("Signature is Valid") >= 2
    subprocess.run(["qpdf", "--check", tmp_path / "dossier.pdf"], check=True, capture_output=True)


def test_pyhanko_agrees(decided: bytes, pki: Authorities, anchors: list[x509.Certificate]) -> None:
    import asyncio

    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.ades import simulate_future_ades_lta_validation
    from pyhanko.sign.validation.policy_decl import (
        PdfSignatureValidationSpec,
        RevinfoOnlineFetchingRule,
        RevocationInfoGatheringSpec,
        SignatureValidationSpec,
    )
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.context import CertValidationPolicySpec
    from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
    from pyhanko_certvalidator.registry import SimpleTrustManager

    spec = PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=CertValidationPolicySpec(
                trust_manager=SimpleTrustManager.build(trust_roots=anchors),
                revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
            ),
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
        )
    )
    for signature in PdfFileReader(io.BytesIO(decided)).embedded_regular_signatures:
        status = validate_pdf_signature(signature, ValidationContext(trust_roots=anchors, allow_fetching=False))
        assert status.bottom_line, status.pretty_print_details()
        later = asyncio.run(simulate_future_ades_lta_validation(signature, spec, day(2035)))
        assert later.ades_subindic.status.name == "PASSED"


def test_every_step_conforms(decided: bytes, pki: Authorities, sealed_at: dict[str, bytes], tmp_path: Path) -> None:
    files = {**sealed_at, "decided": decided, "renewed": renew(decided, assure("B-LTA", pki.tsa, pki.anchors))}
    paths = []
    for name, data in files.items():
        paths.append(tmp_path / f"{name}.pdf")
        paths[-1].write_bytes(data)
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", classpath(), str(DRIVER), "3a,ua1", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.stdout.count("compliant=true") == 2 * len(files), done.stdout + done.stderr


def test_the_decision_is_told_with_who_and_when(decided: bytes, anchors: list[x509.Certificate]) -> None:
    found = verify(decided, anchors)
    assert found.ok, found.problems
    assert found.decision is not None
    assert (found.decision.choice, found.decision.signed) == ("conditions", True)
    assert found.decision.remarks == "Jen do 30. června; příliš žluťoučký kůň."
    assert found.decision.signer == "Test dpo, Test s.r.o."


def test_a_revoked_signer_gets_no_lasting_level(pki: Authorities, case: samples.Case) -> None:
    key = load_key(pki.key("revoked"))
    with pytest.raises(UserError, match="revoked") as caught:
        assure("B-LT", pki.tsa, pki.anchors).rehearse(key)
    assert "--level" in caught.value.hint


def test_an_authority_whose_root_is_unknown_gives_no_lasting_level(pki: Authorities) -> None:
    with pytest.raises(UserError, match="not vouched for"):
        assure("B-LTA", pki.tsa, [pki.certificate("root")]).rehearse(load_key(pki.key("auditor")))


def test_an_authority_that_does_not_answer_is_an_error_that_names_the_choices(pki: Authorities, key: Key) -> None:
    for url in (f"{pki.url}/nowhere", "http://127.0.0.1:9/", f"{pki.url}/test/crls/root/latest.crl"):
        with pytest.raises(UserError, match="gave no time stamp") as caught:
            assure("B-T", url, [], 5).rehearse(key)
        assert "Nothing was signed" in caught.value.hint
        assert "--level B-B" in caught.value.hint


@pytest.mark.parametrize(
    ("level", "tsa", "with_anchor", "expected"),
    [("", "", False, "B-B"), ("", "http://tsa.example/", False, "B-T"), ("", "http://tsa.example/", True, "B-LTA"),
     ("B-T", "http://tsa.example/", True, "B-T"), ("B-B", "http://tsa.example/", True, "B-B")],
)  # fmt: skip
def test_the_level_follows_from_what_is_given(
    pki: Authorities, level: str, tsa: str, with_anchor: bool, expected: str
) -> None:
    assert assure(level, tsa, pki.anchors if with_anchor else []).level is Level(expected)


@pytest.mark.parametrize(
    ("level", "tsa", "told"),
    [("B-T", "", "needs a time stamp authority"), ("B-LTA", "http://tsa.example/", "needs the certificates"),
     ("", "ftp://tsa.example/", "no address"), ("", "http://user:word@tsa.example/", "no address"),
     ("unsigned", "", "no level")],
)  # fmt: skip
def test_what_cannot_be_is_said_before_the_work_begins(level: str, tsa: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        assure(level, tsa, [])


def test_the_commands_end_to_end(
    pki: Authorities, sealed_at: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, trust = tmp_path / "dossier.pdf", [f"--anchor={each}" for each in pki.anchors]
    path.write_bytes(sealed_at["B-T"])
    decide_ = ["dossier", "decide", str(path), "--decision", "reject", "--key", str(pki.key("dpo")), "--tsa", pki.tsa]
    assert run([*decide_, *trust]) == 0
    assert run(["seal", "renew", str(path), "--tsa", pki.tsa, *trust]) == 0
    assert run(["seal", "request", str(path), "--out", str(tmp_path / "q.tsq")]) == 0
    (tmp_path / "a.tsr").write_bytes(answer(pki, (tmp_path / "q.tsq").read_bytes()))
    assert run(["seal", "stamp", str(path), "--answer", str(tmp_path / "a.tsr")]) == 0
    capsys.readouterr()
    roots = [f"--trust={each}" for each in pki.anchors]
    assert run(["verify", str(path), "--at", "2035-01-01", *roots]) == 0
    told = capsys.readouterr().out
    assert "Decision of the data protection officer: rejected; signed by Test dpo" in told
    assert "On 2035-01-01 it could still be confirmed from the file alone." in told
    assert "an authority that you trust" in told


def test_a_failing_authority_leaves_no_dossier(pki: Authorities, tmp_path: Path, case: samples.Case) -> None:
    from auditor.documents import Documents

    audit, judgement, policy, knowledge = case
    Documents.of(audit, policy, knowledge, judgement).write(tmp_path / "in")
    line = ["dossier", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--tsa", f"{pki.url}/nowhere"]
    assert run(line) == 3
    assert not (tmp_path / "out").exists()
    assert run([*line[:-1], pki.tsa, "--key", str(pki.key("auditor"))]) in (0, 1, 2)
    assert [each.level for each in verify((tmp_path / "out/dossier.pdf").read_bytes()).signatures] == ["B-T"]
