"""Small model files and stores for tests, made from nothing."""

import hashlib
import io
import json
import struct
from pathlib import Path
from typing import Any

from auditor.probe.stream import Stream

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def safetensors(tensors: dict[str, Any] | None = None, data: bytes = b"\0" * 16) -> bytes:
    """A file with one BF16 tensor of 2 x 4, unless told otherwise."""
    described = (
        tensors if tensors is not None else {"a.b.c": {"dtype": "BF16", "shape": [2, 4], "data_offsets": [0, 16]}}
    )
    header = json.dumps(described).encode()
    return struct.pack("<Q", len(header)) + header + data


def text(value: str) -> bytes:
    """A GGUF string."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(pairs: list[bytes] = (), tensors: list[bytes] = (), version: int = 3, data: bytes = b"\0" * 64) -> bytes:  # type: ignore[assignment]
    """A file of these keys and tensor descriptions."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs)) + b"".join(pairs) + b"".join(tensors)
    return head + b"\0" * (-len(head) % 32) + data


def pair(key: str, kind: int, value: bytes) -> bytes:
    """A key with its value."""
    return text(key) + struct.pack("<I", kind) + value


def described(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    """A tensor of a GGUF."""
    extents = b"".join(struct.pack("<Q", extent) for extent in shape)
    return text(name) + struct.pack("<I", len(shape)) + extents + struct.pack("<IQ", kind, offset)


def digest(data: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(data).hexdigest()


def cache(hub: Path, name: str = "org/tiny", weight: bytes | None = None) -> Path:
    """A Hugging Face cache with one model of one snapshot; gives the snapshot."""
    weight = weight if weight is not None else safetensors()
    model = hub / f"models--{name.replace('/', '--')}"
    snapshot = model / "snapshots" / COMMIT
    for folder in ("blobs", "refs", "trees"):
        (model / folder).mkdir(parents=True)
    snapshot.mkdir(parents=True)
    (model / "refs" / "main").write_text(COMMIT)
    for file, blob, data in (
        ("model.safetensors", digest(weight), weight),
        ("config.json", "b" * 40, b'{"model_type": "llama"}'),
        ("LICENSE", "c" * 40, b"Permission is hereby granted"),
    ):
        (model / "blobs" / blob).write_bytes(data)
        (snapshot / file).symlink_to(f"../../blobs/{blob}")
    tree = {"model.safetensors": {"size": len(weight), "lfs_sha256": digest(weight)}, "config.json": {"size": 2}}
    (model / "trees" / f"{COMMIT}.json").write_text(json.dumps({"format_version": 1, "files": tree}))
    return snapshot


def ollama(store: Path, name: str = "tiny", tag: str = "latest", weight: bytes | None = None) -> Path:
    """An Ollama store with one tag; gives its manifest."""
    layers = []
    (store / "blobs").mkdir(parents=True)
    for kind, data in (
        ("model", weight if weight is not None else gguf()),
        ("license", b"Apache License"),
        ("template", b"{{ .Prompt }}"),
    ):
        (store / "blobs" / f"sha256-{digest(data)}").write_bytes(data)
        media = f"application/vnd.ollama.image.{kind}"
        layers.append({"mediaType": media, "digest": f"sha256:{digest(data)}", "size": len(data)})
    config = b'{"model_format": "gguf"}'
    (store / "blobs" / f"sha256-{digest(config)}").write_bytes(config)
    manifest = store / "manifests" / "registry.ollama.ai" / "library" / name / tag
    manifest.parent.mkdir(parents=True)
    manifest.write_text(
        json.dumps({"config": {"digest": f"sha256:{digest(config)}", "size": len(config)}, "layers": layers})
    )
    return manifest


class Heard(Stream):
    """A stream that is read back."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        super().__init__(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Everything that was said."""
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def records(self, type_: str = "") -> list[dict[str, Any]]:
        """The records, of one type."""
        return [
            line["record"] for line in self.lines if line["kind"] == "record" and type_ in ("", line["record"]["type"])
        ]

    def problems(self) -> list[tuple[str, str, str]]:
        """Where, what and status of the problems."""
        return [(line["where"], line["what"], line["status"]) for line in self.lines if line["kind"] == "problem"]
