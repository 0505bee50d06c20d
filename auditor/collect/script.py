"""The shell script by which an administrator exports a host, filled in with what knowledge looks for."""

import re

from auditor.knowledge import stacks
from auditor.knowledge.knowledge import load
from auditor.knowledge.resources import resource
from auditor.probe.names import WEIGHTS
from auditor.probe.settings import PLACES

SETTINGS = tuple(place for name, place in PLACES if name != "accounts")
"""Files that tell how a host is set up, as patterns of the shell; of accounts only some fields are taken."""
_HELD = (
    r"\.(safetensors|gguf|ggml|engine|plan|pth|ckpt|onnx|onnx_data|llamafile)( \(deleted\))?$"
    r"|/(pytorch_model|adapter_model|consolidated|ggml|model)[^/]*\.(bin|pt)( \(deleted\))?$"
    r"|/blobs/(sha256-)?[0-9a-f]{64}( \(deleted\))?$"
)
"""Files that tell of a process that it holds weights; other programs keep files of the other endings too."""


def export_script() -> str:
    """The script; the same for the same knowledge."""
    knowledge = load()
    endings = sorted(ending[1:] for ending in WEIGHTS)
    filled = {
        "PATTERNS": "|".join(_escaped(word) for word in sorted(stacks.patterns(knowledge))),
        "VARIABLES": " ".join(sorted(set(stacks.variables(knowledge)))),
        "PACKAGES": "|".join(re.sub(r"[-_.]+", "[-_.]", name) for name in sorted(set(stacks.packages(knowledge)))),
        "WEIGHTS": rf"\.({'|'.join(endings)})( \(deleted\))?$",
        "HELD": _HELD,
        "FOOTPRINTS": " ".join(sorted({path for _, path in stacks.footprints(knowledge)})),
        "SETTINGS": " ".join(SETTINGS),
    }
    text = resource("export", "export.sh").read_text(encoding="utf-8")
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value.replace("'", "'\\''"))
    return text


def _escaped(word: str) -> str:
    """A word as an extended regular expression, which knows no backslash before letters or spaces."""
    return re.sub(r"([][.*^$+?(){}|\\])", r"\\\1", word)
