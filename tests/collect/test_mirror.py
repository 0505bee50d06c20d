"""The private copy of exported files: what gets in, what stays out, and that its bounds hold."""

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.collect import mirror
from auditor.collect.mirror import Mirror, links_of, parts_of, sizes_of


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def copy(tmp_path: Path, said: list[str]) -> Mirror:
    (tmp_path / "copy").mkdir()
    return Mirror(tmp_path / "copy", lambda where, what: said.append(f"{where}: {what}"))


def test_a_file_is_where_it_stood_on_the_host(copy: Mirror) -> None:
    copy.add("/srv/models/a/config.json", b"{}", 1_700_000_000.0)
    place = copy.place("/srv/models/a/config.json")
    assert Path(place).read_bytes() == b"{}"
    assert os.stat(place).st_mtime == 1_700_000_000.0


def test_a_header_gets_the_size_of_its_file_as_a_hole(copy: Mirror) -> None:
    copy.add("/m/model.safetensors", b"head")
    copy.stretch("/m/model.safetensors", 50 * 1024**3, 5.0)
    status = os.stat(copy.place("/m/model.safetensors"))
    assert status.st_size == 50 * 1024**3
    assert status.st_blocks * 512 < 1024**2


def test_the_first_of_two_files_of_one_name_stays(copy: Mirror, said: list[str]) -> None:
    copy.add("/a", b"1")
    copy.add("a", b"2")
    assert Path(copy.place("/a")).read_bytes() == b"1"
    assert said == ["/a: could not be copied: File exists"]


def test_a_link_stays_within_the_copy(copy: Mirror, tmp_path: Path) -> None:
    copy.add("/hub/blobs/x", b"x")
    copy.link("/hub/snapshots/1/config.json", "../../blobs/x")
    copy.link("/hub/snapshots/1/evil", "/etc/passwd")
    copy.link("/hub/snapshots/1/up", "../../../../../../../../etc/passwd")
    assert Path(copy.place("/hub/snapshots/1/config.json")).read_bytes() == b"x"
    assert sorted(os.listdir(copy.place("/hub/snapshots/1"))) == ["config.json"]


def test_nothing_is_written_through_a_link(copy: Mirror, tmp_path: Path, said: list[str]) -> None:
    copy.add("/a/file", b"1")
    copy.link("/b", "/a/file")
    copy.add("/b", b"2")
    copy.add("/b/c", b"2")
    assert Path(copy.place("/a/file")).read_bytes() == b"1"
    assert len(said) == 2


def test_bounds_of_number_and_bytes(copy: Mirror, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "BYTES", 10)
    for name in "abcd":
        copy.add(name, b"12345")
    assert [name in copy for name in ("/a", "/b", "/c", "/d")] == [True, True, False, False]
    assert len(said) == 1


def test_a_bomb_is_left_when_it_is_too_large(copy: Mirror, said: list[str]) -> None:
    member = tarfile.TarInfo("zeros")
    member.size = 1 << 40
    data = gzip.compress(member.tobuf() + bytes(4096))
    copy.archive(io.BytesIO(data), "bomb.tar.gz")
    assert "/zeros" not in copy
    assert "the rest was not taken" in said[0]


def test_a_header_that_would_fill_the_memory_is_refused(copy: Mirror, said: list[str]) -> None:
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    copy.archive(io.BytesIO(member.tobuf(tarfile.GNU_FORMAT) + bytes(4096)), "names.tar")
    assert "header of" in said[0]


def test_a_cut_archive_keeps_what_came_before(copy: Mirror, said: list[str]) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name in ("first", "second"):
            member = tarfile.TarInfo(name)
            member.size = 2000
            archive.addfile(member, io.BytesIO(b"x" * 2000))
    copy.archive(io.BytesIO(whole.getvalue()[:3000]), "cut.tar")
    assert "/first" in copy
    assert any("damaged or cut" in one for one in said)


def test_folders_are_taken_without_their_links(copy: Mirror, tmp_path: Path, said: list[str]) -> None:
    source = tmp_path / "files"
    (source / "etc").mkdir(parents=True)
    (source / "etc" / "os-release").write_text("ID=debian")
    (source / "etc" / "shadow").symlink_to("/etc/shadow")
    os.mkfifo(source / "etc" / "pipe")
    copy.folder(source)
    assert os.listdir(copy.place("/etc")) == ["os-release"]
    assert sorted(said) == [
        "/etc/pipe: is no regular file and was not taken",
        "/etc/shadow: is no regular file and was not taken",
    ]


@given(st.text())
def test_names_have_no_way_out(path: str) -> None:
    parts = parts_of(path)
    assert parts is None or (parts and ".." not in parts and all("/" not in part for part in parts))


@given(st.binary(max_size=4096))
def test_no_bytes_are_an_archive_that_breaks_it(data: bytes) -> None:
    said: list[str] = []
    Mirror(Path("/nonexistent"), lambda where, what: said.append(what)).archive(io.BytesIO(data), "x")


def test_lists_of_files_and_links() -> None:
    assert list(sizes_of("12\t1700000000.5\t/a b\nx\n-1\t0\t/c\n")) == [(12, 1_700_000_000.5, "/a b")]
    assert list(links_of("/a\t../b\nnothing\n")) == [("/a", "../b")]
