"""Reads the XML of ``nvidia-smi -q -x`` into a plain tree, for every document type from v10 to v13.

The text comes from the audited host, so nothing in it is trusted: no entity is expanded, no document type with a
subset of its own is taken, and size, depth and number of elements are bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_CHARACTERS = 32 * 1024 * 1024
MOST_ELEMENTS = 500_000
DEEPEST = 32
MOST_TEXT = 4096
"""Characters kept of one element's own text."""

_MISSING = ("", "N/A", "[N/A]", "None")
_UNSUPPORTED = re.compile(r"(requested functionality has been deprecated|not supported|\[?unknown error\]?)", re.I)
_DENIED = re.compile(r"insufficient permissions?", re.I)


@dataclass
class Element:
    """An element: its name, its ``id`` attribute, its own text, its children."""

    name: str
    id: str = ""
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def each(self, name: str) -> Iterator["Element"]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def find(self, *paths: str) -> str:
        """Text of the first path (``pci/pci_device_id``) that says something, else an excuse such as ``N/A``."""
        excuse = ""
        for path in paths:
            here: Element | None = self
            for step in path.split("/"):
                here = next(here.each(step), None) if here else None
            if here and here.text not in _MISSING:
                return here.text
            excuse = excuse or (here.text if here else "")
        return excuse


def tree(text: str) -> Element:
    """The element ``nvidia_smi_log``, whatever the program printed around it.

    Raises ValueError, saying what is wrong and where.
    """
    start, end = text.find("<nvidia_smi_log"), text.rfind("</nvidia_smi_log>")
    if start < 0:
        raise ValueError(f"holds no nvidia_smi_log: {_short(text)}")
    if end < 0:
        raise ValueError("ends before </nvidia_smi_log>: the output is cut")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"is longer than {MOST_CHARACTERS:,} characters")
    head = text[:start]
    if "<!ENTITY" in head or "[" in head.partition("<!DOCTYPE")[2]:
        raise ValueError("declares entities of its own, which nvidia-smi never does")
    return _parse(text[start : end + len("</nvidia_smi_log>")])


def compute_pids(text: str) -> frozenset[int]:
    """Processes that compute on a GPU; empty where the text cannot be read."""
    try:
        root = tree(text)
    except ValueError:
        return frozenset()
    return frozenset(
        int(process.find("pid"))
        for gpu in root.each("gpu")
        for process in processes_of(gpu)
        if "C" in (process.find("type") or "C") and re.fullmatch(r"\d{1,10}", process.find("pid"), re.ASCII)
    )


def processes_of(gpu: Element) -> Iterator[Element]:
    """The process entries of a GPU; old documents keep them in ``compute_processes``."""
    for group in ("processes", "compute_processes"):
        for holder in gpu.each(group):
            yield from holder.each("process_info")


def supported(value: str) -> bool:
    """Whether a text is a value rather than an excuse."""
    return bool(value) and value not in _MISSING and not _UNSUPPORTED.search(value) and not _DENIED.search(value)


def denied(value: str) -> bool:
    """Whether the driver refused to tell."""
    return bool(_DENIED.search(value))


def size(value: str) -> int | None:
    """Bytes of ``81559 MiB``; None where it is no size."""
    match = re.fullmatch(r"(\d{1,12}) ?(B|KiB|MiB|GiB|KB|MB|GB)", value.strip(), re.ASCII)
    if not match:
        return None
    scale = {"B": 0, "K": 10, "M": 20, "G": 30}[match[2][0]]
    found = int(match[1]) << scale
    return found if found < 2**53 else None


def _parse(text: str) -> Element:
    parser = expat.ParserCreate("UTF-8")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    top = Element("")
    open_ = [top]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS or len(open_) > DEEPEST:
            raise ValueError(f"has more than {MOST_ELEMENTS:,} elements or is nested deeper than {DEEPEST}")
        element = Element(name, attributes.get("id", ""))
        open_[-1].children.append(element)
        open_.append(element)

    def end(name: str) -> None:
        element = open_.pop()
        element.text = element.text.strip()

    def data(part: str) -> None:
        element = open_[-1]
        if len(element.text) < MOST_TEXT:
            element.text += part[:MOST_TEXT]

    def refuse(*_: object) -> int:
        raise ValueError("declares or uses entities, which nvidia-smi never does")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise ValueError(f"is not well-formed XML: {error}") from error
    return top.children[0]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return f"“{words[:200]}”" if words else "it is empty"
