"""About: what this is, its version, licence and what it is made with."""

import platform
from importlib.metadata import PackageNotFoundError, metadata

import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from auditor import __version__
from auditor.desktop.fonts import font
from auditor.desktop.parts import add, button, prose, row, text
from auditor.desktop.sidebar import Logo

COMPONENTS = (
    *("PySide6_Essentials", "shiboken6", "blake3", "Brotli", "cryptography", "fonttools", "fontpkg-ibm-plex-mono"),
    *("fontpkg-source-sans-3", "h2", "Jinja2", "lxml", "maxminddb", "pikepdf", "pillow", "platformdirs", "pydantic"),
    *("pyHanko", "pypdfium2", "PyYAML", "reportlab", "rfc8785", "rich", "zstandard"),
)
"""Distributions that the app is made with, by the names that they are installed under."""


def components() -> list[tuple[str, str, str]]:
    """Name, version and licence of each that is there, as it says itself."""
    found = []
    for name in COMPONENTS:
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue
        classifiers = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or () if "License ::" in line]
        said = [*(about.get_all("License-Expression") or ()), ", ".join(classifiers), *(about.get_all("License") or ())]
        licence = next(filter(None, said), "?")
        found.append((about["Name"], about["Version"], licence.splitlines()[0][:80]))
    return sorted(found, key=lambda component: component[0].lower())


class About(QDialog):
    """A small dialogue."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About Sovereignty Auditor"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(8)
        close = button(self.tr("Close"), self.accept)
        close.setDefault(True)
        what = self.tr(
            "Looks at an on-premises LLM host, read-only, and writes down what was seen: licences, weights, outbound "
            "traffic, GPUs. What was not seen is said to be not seen. It is a self-check, not a certification."
        )
        made = self.tr("Apache License 2.0. Made with Qt {qt} and PySide6 {binding} (LGPL), Python {python}.").format(
            qt=qVersion(), binding=PySide6.__version__, python=platform.python_version()
        )
        add(
            layout,
            row(Logo(), text(f"Sovereignty Auditor {__version__}", "h2"), None, gap=12),
            prose(what),
            prose(made, "muted", "caption"),
            8,
            self._components(),
            8,
            row(None, close),
        )

    def _components(self) -> QPlainTextEdit:
        """What it is made with; a text that can be copied."""
        listed = QPlainTextEdit("\n".join(f"{name} {version} · {licence}" for name, version, licence in components()))
        listed.setReadOnly(True)
        listed.setFont(font("caption"))
        listed.setAccessibleName(self.tr("Components, their versions and licences"))
        listed.setTabChangesFocus(True)
        listed.setMinimumSize(480, 200)
        return listed
