"""Freeze the app into one folder, a portable archive and a Debian package; a maintainer's command.

    python build_installer.py [--out DIR] [--deb]

Needs PyInstaller and an environment made by ``tools/setup desktop``. The frozen app is started before anything is
packed: a folder whose smoke test fails is not handed out.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from auditor import __version__  # noqa: E402
from auditor.desktop.about import COMPONENTS  # noqa: E402

NAME = "sovereignty-auditor"
FOUND_BY_NAME = ("auditor.cli", "auditor.desktop.pages", "auditor.evidence", "auditor.judge")
"""Packages whose modules are imported by name, which PyInstaller cannot see."""
WITH_FILES = ("celpy", "fontpkg", "fontpkg_ibm_plex_mono", "fontpkg_source_sans_3", "pikepdf", "reportlab")
"""Packages of which every module and file is taken."""
WITH_VERSION = ("reportlab", "pikepdf", "fonttools", "fontpkg-ibm-plex-mono", "fontpkg-source-sans-3", "cryptography")
DATA = (("resources", "resources"), ("policies", "policies"), ("auditor/probe", "auditor/probe"), ("NOTICE", "."))
UNUSED = (
    *("tkinter", "PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtQuick", "IPython", "numpy", "setuptools"),
    *("hypothesis", "mypy", "ast_serialize", "pytest", "jsonschema", "rpds"),
)
"""Modules that others import where they are there, as in an environment for development."""
PLATFORMS = ("libqxcb.so", "libqwayland*.so", "libqoffscreen.so")
"""Of Qt's ways to a screen, those of a desktop and of a test."""
UNUSED_FILES = (
    "PySide6/Qt/plugins/egldeviceintegrations",
    "PySide6/Qt/plugins/generic",
    "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
    *(
        f"PySide6/Qt/plugins/imageformats/libq{kind}.so"
        for kind in ("gif", "icns", "jpeg", "tga", "tiff", "wbmp", "webp")
    ),
)
"""Of the frozen folder's libraries. Pictures of the app are SVG and what the app draws."""


def installed(names: Iterable[str]) -> list[str]:
    """Those of these distributions that are there."""
    return [name for name in names if any(metadata.distributions(name=name))]


def freeze(out: Path) -> Path:
    """One folder with the executable in it."""
    with tempfile.TemporaryDirectory() as work:
        command = [
            sys.executable,
            "-m",
            "PyInstaller",
            "--noconfirm",
            "--log-level",
            "ERROR",
            "--onedir",
            "--name",
            NAME,
        ]
        command += ["--contents-directory", "lib", "--distpath", str(out), "--workpath", work, "--specpath", work]
        for source, target in DATA:
            command += ["--add-data", f"{ROOT / source}{os.pathsep}{target}"]
        for package in FOUND_BY_NAME:
            command += ["--collect-submodules", package]
        for package in WITH_FILES:
            command += ["--collect-all", package]
        for distribution in sorted({*WITH_VERSION, *installed(COMPONENTS)}):
            command += ["--copy-metadata", distribution]
        for module in UNUSED:
            command += ["--exclude-module", module]
        subprocess.run([*command, str(ROOT / "auditor" / "__main__.py")], cwd=ROOT, check=True)
    trim(out / NAME / "lib")
    return out / NAME


def trim(lib: Path) -> None:
    """Take away what the app never loads, and the symbols for debuggers of what it does."""
    from auditor.desktop.language import LANGUAGES

    unused = [lib / name for name in UNUSED_FILES]
    spoken = {f"qtbase_{code}.qm" for code in LANGUAGES}
    unused += [path for path in (lib / "PySide6/Qt/translations").glob("*") if path.name not in spoken]
    platforms = (lib / "PySide6/Qt/plugins/platforms").glob("*")
    unused += [path for path in platforms if not any(path.match(pattern) for pattern in PLATFORMS)]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    strip(lib)
    while alone := orphans(lib):
        for path in alone:
            path.unlink()


def strip(lib: Path) -> None:
    """Symbols that only debuggers read; libraries that others have patched (``*.libs``) are left as they are."""
    for path in lib.rglob("*.so*"):
        if path.is_file() and not path.is_symlink() and ".libs" not in str(path):
            subprocess.run(["strip", "--strip-unneeded", str(path)], check=False, capture_output=True)


def orphans(lib: Path) -> list[Path]:
    """Libraries that nothing in the folder asks for any more, and links to files that are gone."""
    files = [path for path in lib.rglob("*.so*") if path.is_file()]
    program = [path for path in lib.parent.iterdir() if path.is_file()]
    said = subprocess.run(
        ["objdump", "-p", *map(str, {path.resolve() for path in [*files, *program]})],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    needed = {line.split()[1] for line in said.splitlines() if line.split()[:1] == ["NEEDED"]}
    loose = [path for folder in (lib, lib / "PySide6/Qt/lib") for path in folder.glob("lib*.so*")]
    dead = [path for path in lib.rglob("*") if path.is_symlink() and not path.exists()]
    # The interpreter is loaded by the program itself.
    return dead + [
        path for path in loose if path.exists() and path.name not in needed and not path.name.startswith("libpython")
    ]


def smoke(folder: Path) -> None:
    """Run the frozen app as a user would: help, an audit, its verification. Raises where anything is wrong."""
    program = folder / NAME
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}

        def call(*arguments: str, codes: tuple[int, ...] = (0,)) -> str:
            done = subprocess.run(
                [str(program), *arguments],
                env=environment,
                cwd=home,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            if done.returncode not in codes or done.stderr:
                raise RuntimeError(
                    f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
                )
            return done.stdout

        call("--version")
        call("sample", "models")
        call("audit", "--only-models", "--models", "models", "--observe", "0", "--out", "out", "--json", codes=(1,))
        answer = json.loads(call("verify", "out/dossier.pdf", "--json"))
        if not (answer["ok"] and answer["rendering"]["equal"]):
            raise RuntimeError(f"the frozen app does not verify its own dossier: {answer}")
        window = subprocess.Popen([str(program)], env=environment, cwd=home, stderr=subprocess.PIPE, text=True)
        try:
            _, said = window.communicate(timeout=15)
            raise RuntimeError(f"the window closed by itself with {window.returncode}\n{said}")
        except subprocess.TimeoutExpired:
            window.terminate()
            _, said = window.communicate(timeout=15)
            if said.strip():
                raise RuntimeError(f"the window said: {said}") from None


def pack(folder: Path, out: Path) -> Path:
    """The portable archive."""
    archive = out / f"{NAME}-{__version__}-linux-{platform.machine()}.tar.xz"
    with tarfile.open(archive, "w:xz", preset=6) as tar:
        tar.add(folder, arcname=f"{NAME}-{__version__}")
    return archive


def debianise(folder: Path, out: Path, fast: bool = False) -> Path:
    """A Debian package: the folder under /opt, a command, a desktop entry and an icon.

    ``fast`` packs loosely, for trying.
    """
    machine = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    package = out / f"{NAME}_{__version__}_{machine}.deb"
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work, "tree")
        shutil.copytree(folder, tree / "opt" / NAME, symlinks=True)
        (tree / "usr/bin").mkdir(parents=True)
        (tree / "usr/bin/auditor").symlink_to(f"/opt/{NAME}/{NAME}")
        icons = tree / "usr/share/icons/hicolor/scalable/apps"
        icons.mkdir(parents=True)
        shutil.copy(ROOT / "resources/icons" / f"{NAME}.svg", icons / f"{NAME}.svg")
        entry = tree / "usr/share/applications" / f"{NAME}.desktop"
        entry.parent.mkdir(parents=True)
        entry.write_text(
            "[Desktop Entry]\nType=Application\nName=Sovereignty Auditor\n"
            "Comment=Evidence of what an on-premises LLM host does\n"
            f"Exec=/opt/{NAME}/{NAME}\nIcon={NAME}\nCategories=System;Security;\nTerminal=false\n"
        )
        control = tree / "DEBIAN/control"
        control.parent.mkdir()
        control.write_text(
            f"Package: {NAME}\nVersion: {__version__}\nArchitecture: {machine}\nSection: admin\nPriority: optional\n"
            "Maintainer: Sovereignty Auditor <maintainers@example.org>\n"
            "Depends: libc6, libegl1, libfontconfig1, libxkbcommon-x11-0, libxcb-cursor0, libxcb-icccm4,"
            " libxcb-keysyms1\n"
            "Description: Evidence of what an on-premises LLM host does\n"
            " Licences, weight digests, outbound traffic and GPUs, as a signed dossier.\n"
        )
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Znone" if fast else "-Zxz", "--build", str(tree), str(package)],
            check=True,
        )
    return package


def main() -> None:
    """Freeze, try, pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--deb", action="store_true", help="make the Debian package too")
    arguments = parser.parse_args()
    folder = freeze(arguments.out)
    smoke(folder)
    made = [pack(folder, arguments.out)]
    if arguments.deb:
        made.append(debianise(folder, arguments.out))
    for path in made:
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
