"""The interface's language: catalogues in ``resources/translations/app``, from the English text to the other.

They are read as they are, so nothing has to be compiled; a text that is missing is shown in English.
"""

import logging
from pathlib import Path
from typing import Any

import yaml
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from auditor.desktop.theme import LOADER
from auditor.knowledge.resources import resource

log = logging.getLogger(__name__)

LANGUAGES = {
    "en": "English",
    "cs": "Čeština",
    "sk": "Slovenčina",
    "de": "Deutsch",
    "pl": "Polski",
    "hu": "Magyar",
}
"""What the product speaks, by its own name; a catalogue may still be missing."""


class Catalogue(QTranslator):
    """Answers Qt's questions from a dictionary, whatever the class that asks."""

    def __init__(self, texts: dict[str, str], parent: QCoreApplication) -> None:
        super().__init__(parent)
        self._texts = texts

    def isEmpty(self) -> bool:
        """Qt asks no empty translator."""
        return not self._texts

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        """The text; null, which None becomes, where there is none."""
        return self._texts.get(source)  # type: ignore[return-value]


def available() -> tuple[str, ...]:
    """Languages with a catalogue, English first."""
    return tuple(code for code in LANGUAGES if code == "en" or _path(code).is_file())


def texts(code: str) -> dict[str, str]:
    """A catalogue. Raises OSError, yaml.YAMLError, ValueError."""
    document = yaml.load(_path(code).read_text(encoding="utf-8"), LOADER)
    found = document.get("texts") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise ValueError("no texts")
    return {str(source): str(text) for source, text in found.items()}


def speak(app: QCoreApplication, wanted: str = "") -> str:
    """Install the wanted language, else the system's, else English; returns the one in force."""
    system = QLocale.system().name()[:2]
    code = next((c for c in (wanted, system) if c in available()), "en")
    QLocale.setDefault(QLocale("en_GB" if code == "en" else code))
    if code == "en":
        return code
    try:
        app.installTranslator(Catalogue(texts(code), app))
    except (OSError, yaml.YAMLError, ValueError) as error:
        log.warning("the language %s cannot be read: %s", code, error)
        return "en"
    own = QTranslator(app)
    if own.load(str(Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)) / f"qtbase_{code}.qm")):
        app.installTranslator(own)
    return code


def current() -> str:
    """The language in force."""
    code = QLocale().name()[:2]
    return code if code in LANGUAGES else "en"


def local(texts_: Any) -> str:
    """A text of a policy in the interface's language, else in English."""
    if not isinstance(texts_, dict):
        return ""
    return str(texts_.get(current()) or texts_.get("en") or "")


def _path(code: str) -> Path:
    return resource("translations", "app", f"{code}.yaml")
