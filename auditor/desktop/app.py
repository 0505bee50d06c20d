"""The desktop app's entry: application, language, fonts, theme, window."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QApplication

from auditor.desktop import fonts, theme
from auditor.desktop.language import speak
from auditor.desktop.settings import Settings
from auditor.desktop.window import Window
from auditor.desktop.work import take_turns
from auditor.knowledge.resources import resource


def run(argv: Sequence[str] = ()) -> int:
    """Show the window until it is closed; returns the exit code."""
    app = QApplication([sys.argv[0], *argv])
    settings = Settings()
    window = build(app, settings)
    window.show()
    return app.exec()


def available() -> bool:
    """Whether there is a display to show a window on."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"))


def build(app: QApplication, settings: Settings, history_path: Path | None = None) -> Window:
    """The window, styled and in the user's language; not shown yet."""
    take_turns()
    app.setApplicationName("sovereignty-auditor")
    app.setApplicationDisplayName("Sovereignty Auditor")
    app.setDesktopFileName("sovereignty-auditor")
    speak(app, settings.text("window/language"))
    fonts.install(app)
    chosen = settings.text("window/theme", "system")
    theme.install(app, cast("theme.Choice", chosen if chosen in ("light", "dark") else "system"))
    icon = resource("icons", "sovereignty-auditor.svg")
    if icon.is_file():
        from PySide6.QtGui import QIcon

        app.setWindowIcon(QIcon(str(icon)))
    return Window(settings, history_path)
