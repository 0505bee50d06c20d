"""Tells by their names which files are weights, which are texts worth keeping, and what a weight file really is."""

import os
import re
from typing import Optional

from . import limits

WEIGHTS = {
    ".safetensors": "safetensors", ".gguf": "gguf", ".ggml": "ggml", ".ggjt": "ggml", ".bin": "pickle",
    ".pt": "pickle", ".pth": "pickle", ".ckpt": "pickle", ".pkl": "pickle", ".pickle": "pickle", ".joblib": "pickle",
    ".h5": "hdf5", ".hdf5": "hdf5", ".keras": "keras", ".onnx": "onnx", ".onnx_data": "onnx", ".engine": "tensorrt",
    ".plan": "tensorrt", ".npz": "numpy", ".npy": "numpy", ".msgpack": "msgpack", ".tflite": "tflite",
    ".nemo": "nemo", ".llamafile": "llamafile", ".pdparams": "pickle", ".distcp": "pickle", ".mlmodel": "coreml",
    ".pte": "executorch",
}  # fmt: skip
"""Endings of weight files and the format that each promises."""

_AMBIGUOUS = (
    ".bin",
    ".npy",
    ".npz",
    ".pkl",
    ".pickle",
    ".joblib",
    ".plan",
    ".msgpack",
    ".h5",
    ".hdf5",
    ".pt",
    ".engine",
)
_TELLING = re.compile(
    r"^(?:pytorch_model|model|adapter_model|adapter|consolidated|diffusion_pytorch_model|flax_model|tf_model|rank\d+|ggml[-_]"
    r"|training_args|tokenizer\.model|.*-of-\d{5})",
    re.IGNORECASE,
)
_TEXTS = re.compile(
    r"^(?:config|generation_config|tokenizer_config|quantize_config|quantization_config|hf_quant_config|params|model_index"
    r"|adapter_config|preprocessor_config|processor_config|chat_template|special_tokens_map|modules|custom_generate)\.json$"
    r"|\.index\.json$|\.jinja$|^SHA256SUMS(?:\.txt)?$|^sha256sums?(?:\.txt)?$|^checklist\.chk$"
    r"|^(?:README|MODEL_CARD|MODELCARD|model_card)(?:\.(?:md|txt|rst))?$"
    r"|licen[cs]|copying|copyright|notice|use[-_ ]?policy|acceptable[-_ ]?use|terms|agreement|eula"
    r"|(?:^|[^a-z])(?:aup|tou)(?:$|[^a-z])",
    re.IGNORECASE,
)
_NOT_TEXTS = (".metadata", ".lock", ".py", ".pyc", ".so", ".pdf", ".png", ".jpg", ".zip", ".gz", *WEIGHTS)
MODEL_FILES = ("config.json", "model_index.json", "params.json", "adapter_config.json", "modules.json")
"""Files that make a folder with weights one model."""


def ending(name: str) -> str:
    """The last ending in lower case, with its dot."""
    return os.path.splitext(name)[1].lower()


def is_weight(name: str) -> bool:
    """Whether the name promises weights, in a folder that is known to be a model's."""
    return ending(name) in WEIGHTS


def tells_a_model(name: str) -> bool:
    """Whether a file of this name alone makes its folder a model's; ``firmware.bin`` does not."""
    suffix = ending(name)
    return suffix in WEIGHTS and (suffix not in _AMBIGUOUS or bool(_TELLING.match(name)))


def is_text(name: str) -> bool:
    """Whether the file is kept as text."""
    return bool(_TEXTS.search(name)) and not name.lower().endswith(_NOT_TEXTS)


def format_of(name: str, head: bytes) -> str:
    """The format by the first bytes; where these do not tell, what the ending promises, else ``unknown``."""
    seen = _by_content(head)
    promised = WEIGHTS.get(ending(name))
    if seen == "zip":
        return promised if promised in ("numpy", "keras") else "pickle"
    if seen:
        return seen
    if promised in ("safetensors", "gguf", "pickle", "hdf5", "numpy"):
        return (
            promised
            if not head
            else "unknown"
            if promised != "safetensors" or head[8:9] not in (b"{", b"")
            else promised
        )
    return promised or "unknown"


def _by_content(head: bytes) -> Optional[str]:
    starts = (
        (b"GGUF", "gguf"), (b"lmgg", "ggml"), (b"tjgg", "ggml"), (b"fmgg", "ggml"), (b"PK\x03\x04", "zip"),
        (b"\x89HDF\r\n", "hdf5"), (b"\x93NUMPY", "numpy"), (b"ptrt", "tensorrt"), (b"ftrt", "tensorrt"),
    )  # fmt: skip
    found = next((name for start, name in starts if head.startswith(start)), None)
    if found:
        return found
    # Before pickles: the length of a header can begin as one does, and a pickle has no zeros where that has.
    if len(head) >= 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= limits.SAFETENSORS_HEADER:
        return "safetensors"
    if len(head) >= 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return "pickle"
    return None
