"""The probe as one program text, to be sent to a Python on the audited host.

The text holds the source of every module of ``auditor/probe`` and a loader that offers them as the package
``probe``. It is the same, byte for byte, for the same probe.
"""

import hashlib
import importlib.resources
from functools import cache

STARTER = 'import sys;b=sys.stdin.buffer;exec(compile(b.read(int(b.readline())),"probe","exec"))'
"""What the host's Python is given on its command line; the bundle follows on its standard input."""

FLAGS = ("-I", "-S", "-B")
"""Isolated from the user's modules and variables; no site packages; no bytecode written to disk."""

_LOADER = """
import os, sys
from importlib.machinery import ModuleSpec

class Loader:
    def find_spec(self, name, path=None, target=None):
        if name in SOURCES:
            return ModuleSpec(name, self, is_package=name == "probe")

    def create_module(self, spec):
        return None

    def get_source(self, name):
        return SOURCES[name]

    def exec_module(self, module):
        exec(compile(SOURCES[module.__name__], module.__name__.replace(".", "/") + ".py", "exec"), module.__dict__)

sys.meta_path.insert(0, Loader())
from probe.main import run
code = run(sys.stdin.buffer, sys.stdout.buffer)
# A thread still waits for commands; ending the usual way would wait for it.
os._exit(code)
"""


@cache
def sources() -> dict[str, str]:
    """Source texts of the probe by module name."""
    found = {}
    for entry in importlib.resources.files("auditor.probe").iterdir():
        if entry.name.endswith(".py"):
            stem = entry.name.removesuffix(".py")
            name = "probe" if stem == "__init__" else f"probe.{stem}"
            found[name] = entry.read_text(encoding="utf-8")
    if "probe.main" not in found:
        raise FileNotFoundError("the source of the probe is not part of this installation")
    return dict(sorted(found.items()))


@cache
def program() -> bytes:
    """The whole program text."""
    lines = [f"    {name!r}: {text!a},\n" for name, text in sources().items()]
    return ("SOURCES = {\n" + "".join(lines) + "}\n" + _LOADER).encode("ascii")


def preamble(request: bytes) -> bytes:
    """All that is written to the probe's input at first: length, program, request (one line of JSON)."""
    text = program()
    return b"%d\n" % len(text) + text + request.rstrip(b"\n") + b"\n"


def digest() -> str:
    """SHA-256 of the program text: which probe ran."""
    return hashlib.sha256(program()).hexdigest()
