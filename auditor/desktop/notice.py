"""Tells on the desktop that a long audit has ended, where somebody works with another window meanwhile."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QSystemTrayIcon

LONG_MS = 30_000
"""An audit that took longer is told of."""
NOTICE_MS = 8_000


def notify(window: QMainWindow, sentence: str, elapsed_ms: int) -> None:
    """A mark at the window's entry, and a notice where it took long."""
    QApplication.alert(window)
    if not window.isActiveWindow() and elapsed_ms > LONG_MS and QSystemTrayIcon.supportsMessages():
        tray = QSystemTrayIcon(window.windowIcon(), window)
        tray.messageClicked.connect(window.activateWindow)
        tray.show()
        tray.showMessage("Sovereignty Auditor", sentence, window.windowIcon(), NOTICE_MS)
        QTimer.singleShot(2 * NOTICE_MS, tray, tray.deleteLater)
