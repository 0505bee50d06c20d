"""About: what this is, its version, licence and what it is made with."""

import platform

import PySide6
from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from auditor import __version__
from auditor.desktop.parts import add, button, prose, row, text
from auditor.desktop.sidebar import Logo


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
            row(None, close),
        )
