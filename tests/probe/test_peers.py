"""The header readers agree with the formats' own libraries, where these are installed."""

import io

import pytest

from auditor.probe import gguf, safetensors

pytestmark = pytest.mark.peer


def test_every_type_of_gguf_has_its_size():
    theirs = pytest.importorskip("gguf")

    ours = {number: (name, block, size) for number, (name, block, size) in gguf._TYPES.items()}
    known = {int(kind): (kind.name, *theirs.GGML_QUANT_SIZES[kind]) for kind in theirs.GGMLQuantizationType}
    assert {number: known[number] for number in ours} == ours


def test_a_gguf_of_the_library_is_read_alike(tmp_path):
    theirs = pytest.importorskip("gguf")
    numpy = pytest.importorskip("numpy")
    path = str(tmp_path / "m.gguf")
    writer = theirs.GGUFWriter(path, "llama")
    writer.add_license("apache-2.0")
    writer.add_context_length(4096)
    writer.add_token_list([f"token {n}" for n in range(5_000)])
    writer.add_token_scores([0.5] * 5_000)
    writer.add_tensor("blk.0.attn.weight", numpy.ones((64, 32), dtype=numpy.float32))
    writer.add_tensor("output.weight", numpy.ones((32, 32), dtype=numpy.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    data = (tmp_path / "m.gguf").read_bytes()

    header = gguf.read(io.BytesIO(data), len(data))

    assert header.problems == []
    assert (header.tensors, header.parameters) == (2, 64 * 32 + 32 * 32)
    assert header.dtypes == {"F32": 2048, "F16": 1024}
    assert header.metadata["general.license"] == "apache-2.0"
    assert header.metadata["llama.context_length"] == "4096"
    assert header.bytes == len(data)


def test_a_safetensors_file_of_the_library_is_read_alike(tmp_path):
    theirs = pytest.importorskip("safetensors.numpy")
    numpy = pytest.importorskip("numpy")
    arrays = {"a.b.c": numpy.ones((3, 5), dtype=numpy.float32), "a.b.d": numpy.ones(7, dtype=numpy.int8)}
    data = theirs.save(arrays, {"format": "np"})

    header = safetensors.read(io.BytesIO(data), len(data))

    assert header.problems == []
    assert (header.dtypes, header.metadata) == ({"F32": 15, "I8": 7}, {"format": "np"})
    assert header.bytes == len(data)
