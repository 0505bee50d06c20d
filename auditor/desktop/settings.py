"""What the app remembers between runs: the window, columns, theme, the last folders. One INI file."""

from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray, QSettings


def default_path() -> Path:
    """Where the user's settings lie."""
    return Path(platformdirs.user_config_dir("sovereignty-auditor")) / "desktop.ini"


class Settings:
    """Typed access; a value that is not of the expected kind counts as not set."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = QSettings(str(path or default_path()), QSettings.Format.IniFormat)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self._file.value(key, default)
        return value if isinstance(value, str) else default

    def texts(self, key: str) -> list[str]:
        """A list of texts; INI files keep a list of one as a text."""
        value = self._file.value(key, [])
        found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [item for item in found if isinstance(item, str) and item]

    def number(self, key: str, default: int) -> int:
        """A whole number."""
        try:
            return int(str(self._file.value(key, default)))
        except ValueError:
            return default

    def bytes(self, key: str) -> QByteArray:
        """The state of a window or a header."""
        value = self._file.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set(self, key: str, value: str | int | list[str] | QByteArray) -> None:
        """Remember."""
        self._file.setValue(key, value)

    def save(self) -> None:
        """Write the file now."""
        self._file.sync()
