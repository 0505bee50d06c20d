"""How weights are packed: file format, quantisation, and the number of parameters behind the packing."""

import posixpath
from collections import Counter
from dataclasses import dataclass
from typing import Any

from auditor.facts.fact import Fact, Status
from auditor.facts.records import HeaderRecord, Record
from auditor.recognise.models_files import Files, number, text
from auditor.recognise.models_leaf import CONTRADICTION, clean, countable, seen, unseen

FORMATS = ("safetensors", "gguf", "pickle", "tensorrt", "onnx")

_ENDINGS = {
    ".safetensors": "safetensors", ".gguf": "gguf", ".bin": "pickle", ".pt": "pickle", ".pth": "pickle",
    ".ckpt": "pickle", ".pkl": "pickle", ".engine": "tensorrt", ".plan": "tensorrt", ".onnx": "onnx",
}  # fmt: skip

_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
"""``general.file_type`` of GGUF by number."""

INCOMPLETE = "incomplete: "
"""A note that begins so tells that the number of parameters is too low."""

_PLAIN = frozenset({"F64", "F32", "F16", "BF16"})
_WHOLE = frozenset({"I64", "U64", "BOOL", "I16", "U16"})
"""Types of buffers that are no parameters of the network."""


@dataclass(frozen=True)
class Packing:
    """A quantisation that a configuration declares."""

    record: Record
    label: str
    kind: str = ""
    """awq, gptq, fp8, nvfp4, mxfp4, bitsandbytes ..., lower case."""
    bits: int = 0


def format_of(files: Files) -> Fact[str]:
    """The format of the weight files, ``mixed`` where there are several."""
    told = {weight.format for weight in files.weights} | {header.format for header in files.headers}
    found = {clean(kind, 32) for kind in told} - {"", "unknown"}
    source: Record = files.weights[0] if files.weights else files.headers[0] if files.headers else files.model
    status = Status.OBSERVED
    if not files.weights:
        # No digest was asked for, so files without a header that can be read are told by their names alone.
        read = {header.path for header in files.headers}
        left = [e.path.lower() for e in files.model.files if posixpath.join(files.model.path, e.path) not in read]
        promised = {kind for ending, kind in _ENDINGS.items() if any(name.endswith(ending) for name in left)}
        status = Status.DECLARED if promised - found else status
        found |= promised
    if not found:
        what = "no content of a weight file tells its format" if files.weights else "no weight file was found"
        return unseen(source, "format", what)
    note = ", ".join(sorted(found)) if len(found) > 1 else ""
    return seen(source, "mixed" if len(found) > 1 else next(iter(found)), "format", status, note)


def packing_of(files: Files) -> Packing | None:
    """The quantisation that one of the model's configurations declares."""
    for name in ("config.json", "quantize_config.json", "quantization_config.json", "hf_quant_config.json"):
        document = files.document(name)
        if document is None:
            continue
        found = _declared(document.map, name)
        if found is not None:
            kind, bits, detail = found
            return Packing(document.record, clean(_label(kind, bits, detail)), kind, bits)
    return None


def _declared(config: dict[str, Any], name: str) -> tuple[str, int, str] | None:
    inner = config.get("quantization_config", config.get("compression_config"))
    if isinstance(inner, dict):
        return _method(inner)
    engine = config.get("pretrained_config")
    holder = engine if isinstance(engine, dict) else config
    optimised = holder.get("quantization")
    if isinstance(optimised, dict):
        algorithm = text(optimised, "quant_algo")
        return (algorithm.lower(), 0, algorithm) if algorithm else None
    if name in ("quantize_config.json", "quantization_config.json") and config:
        return _method({"quant_method": "gptq", **config})
    return None


def _method(config: dict[str, Any]) -> tuple[str, int, str]:
    method = text(config, "quant_method", "quant_algo").lower() or "unnamed"
    bits = number(config, "bits", "w_bit")
    if method in ("bitsandbytes", "bnb") or config.get("load_in_4bit") is True or config.get("load_in_8bit") is True:
        four = config.get("load_in_4bit") is True
        return "bitsandbytes", 4 if four else 8, text(config, "bnb_4bit_quant_type") if four else ""
    if method in ("compressed-tensors", "modelopt"):
        layout = text(config, "format", "quant_algo")
        return _of_layout(layout, method), _width(config), layout
    return method, bits, ""


def _of_layout(layout: str, method: str) -> str:
    known = {"float-quantized": "fp8", "nvfp4-pack-quantized": "nvfp4", "mxfp4-pack-quantized": "mxfp4"}
    kinds = {"fp8": "fp8", "nvfp4": "nvfp4", "mxfp4": "mxfp4"}
    return known.get(layout) or kinds.get(layout.lower()) or method


def _width(config: dict[str, Any]) -> int:
    groups = config.get("config_groups")
    first = (
        next((group for group in groups.values() if isinstance(group, dict)), {}) if isinstance(groups, dict) else {}
    )
    weights = first.get("weights")
    return number(weights, "num_bits") if isinstance(weights, dict) else 0


def _label(kind: str, bits: int, detail: str) -> str:
    names = {"awq": "AWQ", "gptq": "GPTQ", "fp8": "FP8", "fbgemm_fp8": "FP8", "nvfp4": "NVFP4", "mxfp4": "MXFP4"}
    name = names.get(kind, kind if kind != detail.lower() else detail)
    if name in ("FP8", "NVFP4", "MXFP4") or not bits:
        return name
    return f"{name} {bits}-bit" + (f" ({detail})" if detail and detail != kind else "")


def quantisation_of(files: Files, packing: Packing | None) -> Fact[str]:
    """The declared quantisation, compared with the types that the tensors have; without one, the prevailing type."""
    types = _types(files.main_headers)
    if packing is not None:
        note = _disagreement(packing, types)
        return seen(packing.record, packing.label, "config", Status.DECLARED, note)
    header = files.gguf
    if header is not None:
        declared = _file_type(header)
        prevailing = _prevailing(types)
        if declared:
            ggufs = sum(copy.startswith("gguf ") for copy in files.copies)
            note = f"one of {ggufs} GGUF files of the folder, each a model of its own" if ggufs > 1 else ""
            if not _fits(declared, types):
                note = f"{CONTRADICTION}the header says {declared}, most weights are {prevailing}"
            return seen(header, declared, "header", Status.DECLARED, note)
    if types:
        return seen(files.main_headers[0], _prevailing(types), "tensor types", Status.INFERRED)
    if files.config is not None:
        dtype = text(files.config.map, "torch_dtype", "dtype")
        if dtype:
            return seen(files.config.record, clean(dtype), "config", Status.DECLARED)
    return unseen(files.model, "tensor types", "no header or configuration tells how the weights are packed")


def _types(headers: tuple[HeaderRecord, ...]) -> Counter[str]:
    types: Counter[str] = Counter()
    for header in headers:
        types.update(header.dtypes)
    return types


def _prevailing(types: Counter[str]) -> str:
    return clean(max(types, key=lambda name: (types[name], name)), 32) if types else ""


def _file_type(header: HeaderRecord) -> str:
    value = header.metadata.get("general.file_type", "")
    return _FILE_TYPES.get(int(value), f"file type {int(value)}") if value.isdigit() and len(value) < 6 else ""


def _fits(declared: str, types: Counter[str]) -> bool:
    """Whether most of the weights are of about the declared type; mixtures take neighbours for some tensors."""
    if not types or declared.startswith("file type"):
        return True
    exact = declared in _PLAIN
    have = _prevailing(types)
    if exact:
        return have == declared
    return have not in _PLAIN and sum(types[name] for name in types if name not in _PLAIN) * 2 > sum(types.values())


def _disagreement(packing: Packing, types: Counter[str]) -> str:
    """Declared as quantised, and yet all tensors are plain numbers."""
    if not types or packing.kind == "unnamed":
        return ""
    if set(types) <= _PLAIN | _WHOLE:
        return f"{CONTRADICTION}{packing.label} is declared, all weights are {_prevailing(types)}"
    return ""


def parameters_of(files: Files, packing: Packing | None) -> Fact[int]:
    """Parameters in total, all experts included; counted from headers, estimated where several lie in one number."""
    headers = files.main_headers
    if not headers:
        return _stated(files)
    lacking = _lacking(files)
    types = _types(headers)
    plain = sum(count for name, count in types.items() if name not in _WHOLE)
    packed = {name: types[name] for name in ("I32", "U32", "U8", "I8", "F4") if types[name]}
    kind = packing.kind if packing is not None else ""
    note = f"{INCOMPLETE}no header was read of {lacking} of the weight files" if lacking else ""
    if headers[0].format == "gguf" or not packed or kind in ("", "fp8", "int8"):
        value = countable(plain)
        status = Status.OBSERVED if not lacking else Status.INFERRED
    else:
        value = countable(_unpacked(types, packing))
        status = Status.INFERRED
        note = "; ".join(
            filter(None, (note, "several parameters lie in one number; unpacked by the declared quantisation"))
        )
    if value is None:
        return unseen(headers[0], "header", f"headers claim {plain} parameters", Status.ERROR)
    return seen(headers[0], value, "header", status, note)


def _unpacked(types: Counter[str], packing: Packing | None) -> int:
    kind, bits = (packing.kind, packing.bits) if packing is not None else ("", 0)
    rest = sum(count for name, count in types.items() if name in _PLAIN or name.startswith("F8"))
    words, bytes_ = types["I32"] + types["U32"], types["U8"] + types["I8"]
    if kind == "mxfp4":
        # A scale of one byte goes with every 32 parameters, that is with every 16 bytes.
        return rest + bytes_ * 32 // 17
    if kind == "nvfp4":
        return sum(count for name, count in types.items() if name in _PLAIN) + 2 * bytes_
    if kind == "bitsandbytes":
        return rest + bytes_ * (2 if bits == 4 else 1)
    per_word = 32 // bits if bits in (2, 3, 4, 8) else 8
    return sum(count for name, count in types.items() if name in _PLAIN) + words * per_word + bytes_


def _lacking(files: Files) -> int:
    """Weight files of the main copy's format from which no header came."""
    read = {header.path for header in files.headers}
    return sum(1 for w in files.weights if w.format == files.main_headers[0].format and w.path not in read)


def _stated(files: Files) -> Fact[int]:
    for document in files.documents():
        metadata = document.map.get("metadata")
        if document.record.name.endswith(".index.json") and isinstance(metadata, dict):
            total = countable(metadata.get("total_parameters"))
            if total is not None:
                return seen(document.record, total, "index", Status.DECLARED)
    return unseen(files.model, "header", "no header of a weight file tells the number of parameters")
