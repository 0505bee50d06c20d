"""The maintainer's fuzzer begins with inputs that its decoders read, and says what it needs where that is missing."""

import importlib.util

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import fuzz


@pytest.mark.parametrize("decoder", sorted(fuzz.DECODERS))
def test_a_decoder_survives_its_samples_and_their_beginnings(decoder: str) -> None:
    samples = list(fuzz.samples(decoder))
    assert samples
    for sample in samples:
        for end in range(0, len(sample) + 1, 1 + len(sample) // 200):
            fuzz.DECODERS[decoder](sample[:end])


@given(st.sampled_from(sorted(fuzz.DECODERS)), st.binary(max_size=300))
def test_a_decoder_survives_any_bytes(decoder: str, data: bytes) -> None:
    fuzz.DECODERS[decoder](data)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is not None, reason="atheris is installed")
def test_without_its_package_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["fuzz.py", "dns"])
    assert fuzz.main() == 2
    assert "atheris is not installed" in capsys.readouterr().err
