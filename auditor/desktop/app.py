"""The desktop app's entry: application, language, fonts, theme, window."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from auditor.desktop import fonts, theme
from auditor.desktop.settings import Settings
from auditor.desktop.window import Window
from auditor.knowledge.resources import resource

LANGUAGES = ("en", "cs", "sk", "de", "pl", "hu")


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


def speak(app: QCoreApplication, wanted: str = "") -> str:
    """Install the translations of a language, else of the system's; returns the language in force."""
    system = QLocale.system().name()[:2]
    language = wanted if wanted in LANGUAGES else system if system in LANGUAGES else "en"
    QLocale.setDefault(QLocale("en_GB" if language == "en" else language))
    for folder, name in (
        (resource("translations"), f"app_{language}"),
        (Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)), f"qtbase_{language}"),
    ):
        translator = QTranslator(app)
        if language != "en" and translator.load(str(folder / f"{name}.qm")):
            app.installTranslator(translator)
    return language
