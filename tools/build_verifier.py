"""Write ``auditor verify`` as one file that an authority can run: ``dist/auditor-verify.pyz``.

    python tools/build_verifier.py [--out FILE]

    python3.11 -I auditor-verify.pyz dossier.pdf [--trust root.pem] [--json]

The file holds this package without the desktop, and the libraries that verification needs as they are installed here.
Some of these are machine code, so it runs with the version of Python and on the kind of system that it was built for,
says so elsewhere, and checks everything that ``auditor verify`` checks: nothing is left out. It installs nothing: it
unpacks itself into a private temporary folder, uses nothing outside that and the standard library, and removes it at
the end. The same environment gives the same bytes.
"""

import argparse
import re
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
NEEDED = (
    "cryptography", "fontpkg-ibm-plex-mono", "fontpkg-source-sans-3", "fonttools", "pikepdf", "platformdirs",
    "pydantic", "pyhanko", "pyyaml", "reportlab", "rfc8785", "rich",
)  # fmt: skip
"""What verification imports; what these need comes with them."""
RESOURCES = ("knowledge", "look", "translations/dossier")
_LEFT_OUT = re.compile(r"(^|/)(__pycache__|tests?|include|share)/|\.(pyc|pyi|pxd|pyx|c|cpp|h)$")

START = '''\
"""Unpacks the verifier into a private folder, runs it, and removes it."""
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

MADE_FOR = {made_for!r}


def main():
    here = sysconfig.get_config_var("EXT_SUFFIX")
    if here != MADE_FOR:
        sys.stderr.write("This verifier was made for Python modules named *%s; this Python has *%s.\\n"
                         "Run it with that version of Python, or ask for a verifier for this one.\\n"
                         % (MADE_FOR, here))
        return 3
    with tempfile.TemporaryDirectory(prefix="auditor-verify-", ignore_cleanup_errors=True) as folder:
        with zipfile.ZipFile(Path(__file__).parent) as archive:
            archive.extractall(folder)
        # Nothing that happens to be installed on this machine takes part.
        strange = ("site-packages", "dist-packages")
        sys.path[:] = [folder] + [p for p in sys.path if not any(s in p for s in strange)]
        sys.dont_write_bytecode = True
        from auditor.cli.main import run
        return run(["verify"] + (sys.argv[1:] or ["--help"]))


if __name__ == "__main__":
    sys.exit(main())
'''


def main() -> int:
    """Build and say what was built."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "auditor-verify.pyz", metavar="FILE")
    out = parser.parse_args().out
    build(out)
    print(f"{out}: {out.stat().st_size / 1e6:.1f} MB, for {sysconfig.get_config_var('EXT_SUFFIX')}")
    return 0


def build(out: Path) -> None:
    """Write the file."""
    files = dict(sorted([*_own(), *_libraries()]))
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        file.write(f"#!/usr/bin/env python{sys.version_info[0]}.{sys.version_info[1]}\n".encode())
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            _put(
                archive,
                "__main__.py",
                START.replace("{made_for!r}", repr(sysconfig.get_config_var("EXT_SUFFIX"))).encode(),
            )
            for name, path in files.items():
                _put(archive, name, path.read_bytes())
    out.chmod(0o755)


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, data)


def _own() -> Iterator[tuple[str, Path]]:
    for path in (ROOT / "auditor").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("auditor/desktop/"):
            yield name, path
    for folder in RESOURCES:
        for path in (ROOT / "resources" / folder).rglob("*"):
            if path.is_file():
                yield f"auditor/_shared/{path.relative_to(ROOT).as_posix()}", path
    yield "auditor/_shared/NOTICE", ROOT / "NOTICE"


def _libraries() -> Iterator[tuple[str, Path]]:
    for found in closure(NEEDED).values():
        for path in found.files or []:
            name = path.as_posix()
            if ".." not in path.parts and not _LEFT_OUT.search(name):
                yield name, Path(str(path.locate()))


def closure(names: tuple[str, ...]) -> dict[str, Distribution]:
    """Distributions by name, with all that they need here."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in found:
            found[name] = distribution(name)
            needs = map(Requirement, found[name].requires or [])
            waiting += [each.name for each in needs if each.marker is None or each.marker.evaluate({"extra": ""})]
    return found


if __name__ == "__main__":
    sys.exit(main())
