"""One key, one sealed dossier and one countersigned for all tests of the evidence: making them takes seconds."""

import pytest

from auditor.evidence.compose import compose
from auditor.evidence.keys import Key, make_key
from auditor.evidence.seal import countersign, seal
from tests.evidence import samples


@pytest.fixture(scope="session")
def key() -> Key:
    """The auditor's self-issued key."""
    return make_key("Lipová pojišťovna, a.s.", samples.WHEN)


@pytest.fixture(scope="session")
def dpo() -> Key:
    """The data protection officer's self-issued key."""
    return make_key("Úřad pověřence", samples.WHEN)


@pytest.fixture(scope="session")
def case() -> samples.Case:
    """Facts that the judge judged."""
    return samples.real()


@pytest.fixture(scope="session")
def unsigned(case: samples.Case, key: Key) -> bytes:
    """The dossier before its signature."""
    return compose(*case, samples.cover(signer=key.name, fingerprint=key.fingerprint))


@pytest.fixture(scope="session")
def sealed(unsigned: bytes, key: Key) -> bytes:
    """The dossier with the auditor's signature."""
    return seal(unsigned, key, when=samples.WHEN)


@pytest.fixture(scope="session")
def countersigned(sealed: bytes, dpo: Key) -> bytes:
    """The dossier with both signatures."""
    return countersign(sealed, dpo, when=samples.WHEN)
