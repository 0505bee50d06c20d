"""Files are looked through without being loaded: nothing harmful is called clean, nothing ordinary is accused."""

import os
import tempfile
import zipfile
from pathlib import Path

import modelaudit_picklescan as peer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.contents import Harm
from auditor.facts.records import RECORD
from auditor.knowledge.knowledge import load
from auditor.probe import contents, limits, models
from auditor.probe.found import Found, file_at
from auditor.recognise.contents import contents_of
from auditor.recognise.models import models_of
from tests.probe import hostile, making


def looked(folder, *paths):
    """The contents of what lies in a folder, through probe and recogniser."""
    stream = making.Heard()
    models.collect(stream, {"paths": [str(path) for path in paths or (folder,)]})
    records = [RECORD.validate_python(record) for record in stream.records()]
    return contents_of(records, models_of(records, load()))


def of(tmp_path, name, data):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "w.safetensors").write_bytes(making.safetensors())
    path = tmp_path / name
    path.write_bytes(data)
    return next((content for content in looked(tmp_path) if content.path == str(path)), None)


@pytest.mark.parametrize("name", hostile.HARMFUL)
def test_what_does_harm_is_never_called_clean(tmp_path, name):
    content = of(tmp_path, name, hostile.HARMFUL[name])

    hazards = content.hazards.value or ()
    assert any(hazard.harm is not Harm.LOW for hazard in hazards) or content.hazards.note, content
    if b"system" in hostile.HARMFUL[name] and not content.hazards.note and b"nested" not in name.encode():
        assert any(hazard.harm is Harm.HIGH for hazard in hazards)


@pytest.mark.parametrize("name", hostile.ORDINARY)
def test_what_is_ordinary_is_not_accused(tmp_path, name):
    content = of(tmp_path, name, hostile.ORDINARY[name])

    assert content is None or (content.hazards.value == () and content.hazards.note == "")


@pytest.mark.parametrize("name", [name for name in hostile.HARMFUL if name.endswith(".pkl")])
def test_another_scanner_accuses_no_pickle_that_is_called_clean_here(tmp_path, name):
    report = peer.scan_bytes(hostile.HARMFUL[name])
    content = of(tmp_path, name, hostile.HARMFUL[name])

    assert report.verdict.value == "clean" or content.hazards.value or content.hazards.note


def test_what_is_imported_is_told_with_its_place(tmp_path):
    content = of(tmp_path, "m.pt", hostile.torch_zip(hostile.runs()))

    (hazard,) = content.hazards.value
    assert (hazard.kind, hazard.harm, hazard.name) == ("import", Harm.HIGH, f"{os.system.__module__}.system")
    assert hazard.where == "archive/data.pkl"
    assert content.kind == "zip"


def test_nothing_is_run(tmp_path):
    mark = tmp_path / "mark"
    data = hostile.runs(0).replace(b"true", f"touch {mark}".encode())

    of(tmp_path, "m.pkl", data)

    assert not mark.exists()


def test_safetensors_are_looked_at_and_hold_nothing_that_runs(tmp_path):
    content = of(tmp_path, "model.safetensors", making.safetensors())

    assert content.kind == "safetensors"
    assert content.hazards.value == ()


@pytest.mark.parametrize("length", [0x80, 0x0180, 0x0280, 0x0480, 0x9C78])
def test_the_length_of_a_header_is_not_taken_for_the_beginning_of_something_else(tmp_path, length):
    data = length.to_bytes(8, "little") + b"{}".ljust(length) + bytes(16)

    assert of(tmp_path, "model.safetensors", data).kind == "safetensors"
    assert of(tmp_path, "model.bin", data).hazards.note, "a loader that goes by the name would unpickle it"


def test_a_format_that_is_not_looked_into_says_so(tmp_path):
    content = of(tmp_path, "model.h5", b"\x89HDF\r\n\x1a\n" + bytes(64))

    assert content.hazards.value is None
    assert content.hazards.status == "unsupported"


def test_a_link_out_of_the_folder_is_told(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.safetensors").write_bytes(making.safetensors())
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    (model / "w.safetensors").symlink_to("../elsewhere/x.safetensors")

    (content,) = looked(tmp_path, model)

    (hazard,) = content.hazards.value
    assert (hazard.kind, hazard.harm) == ("link", Harm.LOW)
    assert "elsewhere/x.safetensors" in hazard.detail


def test_links_of_a_cache_into_its_own_store_are_no_news(tmp_path):
    making.cache(tmp_path / "hub")

    assert all(content.hazards.value == () for content in looked(tmp_path))


def test_a_member_beyond_the_bound_is_not_called_clean(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MEMBER", 1000)
    data = hostile.zipped({"m.pkl": b"\x80\x04N0" + b"N0" * 2000 + b"."}, zipfile.ZIP_DEFLATED)

    assert "only 1000 were looked through" in of(tmp_path, "m.zip", data).hazards.note


def test_a_packed_file_of_many_times_its_size_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MEMBER", 1000)
    data = hostile.gzip.compress(b"\x80\x04" + b"N0" * 100_000 + b".")

    assert "unpacks to more than 1000 bytes" in of(tmp_path, "m.joblib", data).hazards.note


def test_archives_in_archives_have_an_end(tmp_path):
    data = hostile.runs()
    for _ in range(6):
        data = hostile.zipped({"m.zip": data})

    assert "packed deeper" in of(tmp_path, "m.zip", data).hazards.note


@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\x93NUMPY", b"\x1f\x8b", b"\x80\x04"]))
def test_no_bytes_take_the_look_away(data, start):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.bin"
        path.write_bytes(start + data)
        model = Found("directory", folder, "m", "walk")
        model.add(file_at("m.bin", str(path)))

        ((_, fields),) = contents.of_model(model, lambda: False)

    assert fields["pickles"] or fields["problems"] or fields["kind"] != "pickle"
