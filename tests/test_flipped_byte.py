"""One flipped byte anywhere in any store is found offline, and named: file, both digests, and who states the one."""

import hashlib
import json
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.audit import look
from auditor.collect.local import Local
from auditor.collect.request import Options
from auditor.facts.audit import Audit
from auditor.judge.finding import Outcome, Verdict
from auditor.knowledge.knowledge import load
from auditor.policy.arguments import Standing
from auditor.policy.effective import Pin
from tests.judge.audits import context_of, outcomes
from tests.probe import making

CONTENT = making.safetensors(data=bytes(range(16)))
STORES: dict[str, Callable[[Path], list[Path]]] = {}
"""By name: lays a store out and gives its weight files, those that hold the bytes."""
UNSTATED = {"gguf", "tensorrt-llm"}
"""Stores that state nothing of their files: only a pin can tell."""


def store(name: str) -> Callable[[Callable[[Path], list[Path]]], Callable[[Path], list[Path]]]:
    def register(lay_out: Callable[[Path], list[Path]]) -> Callable[[Path], list[Path]]:
        STORES[name] = lay_out
        return lay_out

    return register


@store("huggingface cache")
def cache(folder: Path) -> list[Path]:
    return [(making.cache(folder, weight=CONTENT) / "model.safetensors").resolve()]


@store("huggingface local")
def local(folder: Path) -> list[Path]:
    notes = folder / "m" / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    (folder / "m" / "config.json").write_text('{"model_type": "llama"}')
    (folder / "m" / "model.safetensors").write_bytes(CONTENT)
    stated = f"{making.COMMIT}\n{making.digest(CONTENT)}\n1700000000.0\n"
    (notes / "model.safetensors.metadata").write_text(stated)
    return [folder / "m" / "model.safetensors"]


@store("ollama")
def ollama(folder: Path) -> list[Path]:
    content = making.gguf([making.pair("general.architecture", 8, making.text("llama"))])
    making.ollama(folder, weight=content)
    return [folder / "blobs" / f"sha256-{making.digest(content)}"]


@store("gguf")
def gguf(folder: Path) -> list[Path]:
    path = folder / "tiny-q8.gguf"
    path.write_bytes(making.gguf([making.pair("general.architecture", 8, making.text("llama"))]))
    return [path]


@store("sharded safetensors")
def sharded(folder: Path) -> list[Path]:
    shards = [folder / "m" / f"model-{at:05d}-of-00003.safetensors" for at in (1, 2, 3)]
    shards[0].parent.mkdir()
    for at, path in enumerate(shards):
        tensor = {f"layer.{at}": {"dtype": "U8", "shape": [16], "data_offsets": [0, 16]}}
        path.write_bytes(making.safetensors(tensor, bytes([at]) * 16))
    index = {"metadata": {"total_size": 48}, "weight_map": {f"layer.{n}": path.name for n, path in enumerate(shards)}}
    (shards[0].parent / "model.safetensors.index.json").write_text(json.dumps(index))
    sums = "".join(f"{making.digest(path.read_bytes())}  {path.name}\n" for path in shards)
    (shards[0].parent / "SHA256SUMS").write_text(sums)
    return shards


@store("tensorrt-llm")
def engine(folder: Path) -> list[Path]:
    (folder / "e").mkdir()
    built = {"version": "1.0.0", "pretrained_config": {"mapping": {"world_size": 2}}, "build_config": {}}
    (folder / "e" / "config.json").write_text(json.dumps(built))
    ranks = [folder / "e" / f"rank{rank}.engine" for rank in (0, 1)]
    for rank, path in enumerate(ranks):
        path.write_bytes(b"ptrt" + struct.pack("<I", rank) + hashlib.sha512(bytes([rank])).digest())
    return ranks


def audit(folder: Path) -> Audit:
    """What the real probe sees; it opens no connection."""
    wanted = Options(paths=(str(folder),), stores=False, collectors=("models", "weights"), nice=False)
    return look(Local(), wanted, load())


def judged(seen: Audit, pins: tuple[Pin, ...], standing: str) -> Outcome:
    (outcome,) = outcomes("weights.match", context_of(seen, pins), Standing(standing=standing)).values()
    return outcome


@pytest.mark.parametrize("name", sorted(STORES))
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(where=st.data())
def test_a_flipped_byte_is_found_and_named(name: str, where: st.DataObject) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        files = STORES[name](folder)
        pins = tuple(
            Pin(model="*", file="*" if len(files) == 1 else path.name, sha256=making.digest(path.read_bytes()),
                source="the publisher's page, 2026-11-02")
            for path in files
        )  # fmt: skip
        hit = where.draw(st.sampled_from(files), label="file")
        data = bytearray(hit.read_bytes())
        before = making.digest(bytes(data))
        at = where.draw(st.integers(0, len(data) - 1), label="offset")
        data[at] ^= 1 << where.draw(st.integers(0, 7), label="bit")
        hit.write_bytes(data)
        after = making.digest(bytes(data))
        seen = audit(folder)

        by_pin = judged(seen, pins, "pinned")
        by_store = judged(seen, (), "self_consistent")
    finally:
        shutil.rmtree(folder)

    told = str(by_pin.observed)
    assert by_pin.verdict is Verdict.FAIL
    assert before in told
    assert after in told
    assert "the publisher's page, 2026-11-02" in told
    (weight,) = [weight for weight in seen.facts.weights if weight.sha256.value == after]
    assert weight.path.rpartition("/")[2] in told
    if name in UNSTATED:
        assert by_store.verdict is Verdict.UNKNOWN
        if name == "tensorrt-llm":
            assert "it names no checkpoint, and nothing beside it records its making" in str(by_store.not_seen[-1])
        return
    stated = {fact.source for fact in weight.expected if fact.value is not None and fact.value.digest == before}
    assert by_store.verdict is Verdict.FAIL
    assert before in str(by_store.observed)
    assert after in str(by_store.observed)
    assert any(source in str(by_store.observed) for source in stated)


@pytest.mark.parametrize("name", sorted(STORES))
def test_the_same_store_untouched_is_as_pinned(name: str, tmp_path: Path) -> None:
    files = STORES[name](tmp_path)
    pins = tuple(
        Pin(model="*", file="*" if len(files) == 1 else path.name, sha256=making.digest(path.read_bytes()), source="p")
        for path in files
    )

    assert judged(audit(tmp_path), pins, "pinned").verdict is Verdict.PASS
