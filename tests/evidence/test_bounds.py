"""Bounds: what could exhaust memory or time is refused before it is parsed."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence import bounds
from auditor.evidence.bounds import refuse, unpacked


def test_a_dossier_is_not_refused(sealed: bytes, countersigned: bytes) -> None:
    assert refuse(sealed) == ""
    assert refuse(countersigned) == ""


@pytest.mark.parametrize("data", [b"", b"%!PS", b"\x00" * 100, b"PK\x03\x04"])
def test_what_is_no_pdf_is_refused(data: bytes) -> None:
    assert "not a PDF" in refuse(data)


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "UNPACKED", 1 << 20)
    bomb = (
        b"%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + zlib.compress(b"\0" * (2 << 20)) + b"\nendstream"
    )
    assert "unpacks to more" in refuse(bomb)


def test_many_small_streams_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "UNPACKED", 1 << 20)
    stream = b"stream\n" + zlib.compress(b"\0" * (300 << 10)) + b"\nendstream\n"
    assert refuse(b"%PDF-1.7\n" + stream * 3) == ""
    assert "unpacks to more" in refuse(b"%PDF-1.7\n" + stream * 4)


def test_chained_and_foreign_filters_are_refused() -> None:
    for filters in (b"[/FlateDecode /FlateDecode]", b"/LZWDecode", b"/Fl#61teDecode", b"[ /ASCII85Decode ]"):
        assert "packed" in refuse(b"%PDF-1.7\n<< /Filter " + filters + b" >>")


def test_endless_revisions_and_nesting_are_refused() -> None:
    assert "revisions" in refuse(b"%PDF-1.7\n" + b"%%EOF\n" * 100)
    assert "nested" in refuse(b"%PDF-1.7\n" + b"[" * 5000)
    assert "nested" in refuse(b"%PDF-1.7\n" + b"<</A" * 5000)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LARGEST", 100)
    assert "larger" in refuse(b"%PDF-" + b"x" * 100)


@given(data=st.binary(max_size=3000))
def test_the_count_is_what_zlib_gives(data: bytes) -> None:
    assert unpacked(memoryview(zlib.compress(data) + b"behind"), 10_000) == len(data)


@given(data=st.binary(max_size=500))
def test_no_bytes_break_the_count(data: bytes) -> None:
    assert unpacked(memoryview(data), 1000) >= 0
    assert isinstance(refuse(b"%PDF-" + data), str)
