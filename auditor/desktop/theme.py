"""Light and dark: colours from ``resources/look/tokens.yaml``, set by hand into Fusion's palette and a style sheet.

The style sheet names no font: fonts are set on widgets (see :mod:`auditor.desktop.fonts`), so that tabular figures
survive.
"""

from functools import cache
from typing import Any, Literal

import yaml
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from auditor.knowledge.resources import resource

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Name = Literal["light", "dark"]
Choice = Literal["system", "light", "dark"]


@cache
def tokens() -> dict[str, Any]:
    """The file, read once. Plain data and not the dossier's model: the window must be painted before that is loaded."""
    loaded: dict[str, Any] = yaml.load(resource("look", "tokens.yaml").read_text(encoding="utf-8"), LOADER)
    return loaded


def space(name: str) -> int:
    """A length in px, e.g. ``s3`` or ``sidebar``."""
    return int(tokens()["space"][name])


class Theme(QObject):
    """The colours in force. Painted widgets ask :meth:`colour`; ``changed`` tells them to paint again."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice: Choice = "system"
        self.name: Name = "light"

    def colour(self, token: str) -> QColor:
        """A colour of the theme in force, e.g. ``fail``."""
        return QColor(tokens()[self.name][token])

    def choose(self, choice: Choice) -> None:
        """Follow the system, or stay light or dark."""
        self.choice = choice
        self.apply()

    def apply(self) -> None:
        """Set palette and style sheet of the application; cheap where nothing changed."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            return
        dark = app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        self.name = ("dark" if dark else "light") if self.choice == "system" else self.choice
        sheet = _sheet(tokens()[self.name], self.name)
        if sheet == app.styleSheet():
            return
        app.setPalette(_palette(self))
        app.setStyleSheet(sheet)
        self.changed.emit()


@cache
def theme() -> Theme:
    """The one theme of the process."""
    return Theme()


def install(app: QApplication, choice: Choice) -> None:
    """Style the application, and follow the system where it says which scheme it wants."""
    app.setStyle("Fusion")
    theme().choose(choice)
    app.styleHints().colorSchemeChanged.connect(lambda _: theme().apply())


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for key, token in (
        (role.Window, "paper"),
        (role.WindowText, "ink"),
        (role.Base, "paper"),
        (role.AlternateBase, "surface"),
        (role.Text, "ink"),
        (role.PlaceholderText, "muted"),
        (role.Button, "paper"),
        (role.ButtonText, "ink"),
        (role.BrightText, "fail"),
        (role.ToolTipBase, "surface"),
        (role.ToolTipText, "ink"),
        (role.Highlight, "accent-tint"),
        (role.HighlightedText, "ink"),
        (role.Link, "accent"),
        (role.LinkVisited, "accent"),
        (role.Accent, "accent"),
        (role.Light, "surface"),
        (role.Midlight, "line"),
        (role.Mid, "line-strong"),
        (role.Dark, "line-strong"),
        (role.Shadow, "line"),
    ):
        palette.setColor(key, theme.colour(token))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, key, theme.colour("muted"))
    return palette


def _sheet(c: dict[str, str], name: Name) -> str:
    check = resource("icons", f"check-{name}.svg").as_posix()
    arrow = resource("icons", f"chevron-{name}.svg").as_posix()
    verdicts = "".join(
        f'QFrame[panel="{name}"] {{ background: {c["paper"]}; border: 1px solid {c["line"]}; '
        f"border-left: 3px solid {c[name]}; border-radius: 4px; }}\n"
        f'QFrame[panel="{name}-tint"] {{ background: {c[name + "-tint"]}; border: 1px solid {c["line"]}; '
        f"border-left: 3px solid {c[name]}; border-radius: 4px; }}\n"
        f'QLabel[tone="{name}"] {{ color: {c[name]}; }}\n'
        for name in ("pass", "fail", "unknown", "waived", "na", "accent")
    )
    return f"""
QLabel {{ background: transparent; color: {c["ink"]}; }}
QLabel[tone="muted"] {{ color: {c["muted"]}; }}
QLabel:disabled {{ color: {c["muted"]}; }}
QToolTip {{ background: {c["surface"]}; color: {c["ink"]}; border: 1px solid {c["line-strong"]}; padding: 4px; }}
QFrame[panel="plain"] {{ background: {c["paper"]}; border: 1px solid {c["line"]}; border-radius: 4px; }}
QFrame[panel="code"] {{ background: {c["sunken"]}; border: 0; border-radius: 4px; }}
QFrame[panel="surface"] {{ background: {c["surface"]}; border: 0; }}
QFrame[rule="true"] {{ background: {c["line"]}; border: 0; }}
{verdicts}
QPushButton, QToolButton[kind="menu"] {{ background: {c["paper"]}; color: {c["ink"]}; padding: 0 14px; min-height: 28px;
  border: 1px solid {c["line-strong"]}; border-radius: 4px; }}
QPushButton:hover {{ background: {c["sunken"]}; }}
QPushButton:pressed, QPushButton:checked {{ background: {c["accent-tint"]}; border-color: {c["accent"]}; }}
QPushButton:focus {{ border: 2px solid {c["accent"]}; padding: 0 13px; }}
QPushButton:disabled {{ color: {c["muted"]}; border-color: {c["line"]}; background: {c["surface"]}; }}
QPushButton[kind="small"] {{ min-height: 24px; padding: 0 10px; }}
QPushButton[kind="small"]:focus {{ padding: 0 9px; }}
QPushButton[kind="primary"] {{ background: {c["accent"]}; color: {c["on-accent"]}; border-color: {c["accent"]}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c["ink"]}; }}
QPushButton[kind="primary"]:disabled {{ color: {c["muted"]}; border-color: {c["line"]}; background: {c["surface"]}; }}
QPushButton[kind="danger"] {{ color: {c["fail"]}; border-color: {c["fail"]}; }}
QPushButton[kind="danger"]:disabled {{ color: {c["muted"]}; border-color: {c["line"]}; }}
QPushButton[kind="link"] {{ border: 1px solid transparent; background: transparent; color: {c["accent"]};
  padding: 0 4px; min-height: 24px; }}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border: 1px solid {c["accent"]}; }}
QPushButton[kind="link"]:disabled {{ color: {c["muted"]}; }}
QPushButton[kind="nav"] {{ border: 0; border-left: 3px solid transparent; border-radius: 0; background: transparent;
  padding: 0; min-height: 32px; }}
QPushButton[kind="nav"]:hover {{ background: {c["sunken"]}; }}
QPushButton[kind="nav"]:checked {{ background: {c["accent-tint"]}; border-left: 3px solid {c["accent"]}; }}
QPushButton[kind="nav"]:focus {{ border: 1px solid {c["accent"]}; border-left: 3px solid {c["accent"]}; }}
QLineEdit, QSpinBox, QDateEdit, QComboBox, QPlainTextEdit, QListWidget {{ background: {c["paper"]}; color: {c["ink"]};
  border: 1px solid {c["line-strong"]}; border-radius: 4px; selection-background-color: {c["accent"]};
  selection-color: {c["on-accent"]}; }}
QLineEdit, QSpinBox, QDateEdit, QComboBox {{ min-height: 26px; padding: 0 8px; }}
QSpinBox QLineEdit, QDateEdit QLineEdit, QComboBox QLineEdit {{ border: 0; padding: 0 6px; min-height: 0; }}
QLineEdit:focus, QSpinBox:focus, QDateEdit:focus, QComboBox:focus, QPlainTextEdit:focus, QListWidget:focus {{
  border: 1px solid {c["accent"]}; }}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {{ color: {c["muted"]}; border-color: {c["line"]};
  background: {c["surface"]}; }}
QComboBox QAbstractItemView {{ background: {c["paper"]}; border: 1px solid {c["line-strong"]};
  selection-background-color: {c["accent-tint"]}; selection-color: {c["ink"]}; }}
QComboBox::drop-down, QDateEdit::drop-down {{ border: 0; width: 24px; }}
QComboBox::down-arrow, QDateEdit::down-arrow {{ image: url({arrow}); width: 12px; height: 12px; }}
QSpinBox::up-button, QSpinBox::down-button {{ border: 0; width: 0; }}
QListWidget::item {{ min-height: 24px; padding: 2px 6px; }}
QListWidget::item:selected {{ background: {c["accent-tint"]}; color: {c["ink"]}; }}
QRadioButton, QCheckBox {{ color: {c["ink"]}; spacing: 8px; background: transparent; }}
QRadioButton:disabled, QCheckBox:disabled {{ color: {c["muted"]}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {c["line-strong"]}; border-radius: 3px;
  background: {c["paper"]}; }}
QCheckBox::indicator:checked {{ background: {c["accent"]}; border-color: {c["accent"]}; image: url({check}); }}
QRadioButton::indicator {{ width: 14px; height: 14px; border: 1px solid {c["line-strong"]}; border-radius: 8px;
  background: {c["paper"]}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {c["accent"]}; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {c["accent"]}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {c["accent"]}; }}
QRadioButton::indicator:disabled, QCheckBox::indicator:disabled {{ border-color: {c["line"]};
  background: {c["surface"]}; }}
QTableView, QTreeView {{ background: {c["paper"]}; border: 0; outline: 0; color: {c["ink"]};
  selection-background-color: {c["accent-tint"]}; selection-color: {c["ink"]}; gridline-color: {c["line"]}; }}
QHeaderView {{ background: {c["surface"]}; border: 0; }}
QHeaderView::section {{ font-size: 12px; font-weight: 600; background: {c["surface"]}; color: {c["muted"]};
  border: 0; padding: 0 8px;
  border-top: 1px solid {c["line"]}; border-bottom: 1px solid {c["line"]}; min-height: 30px; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {c["line-strong"]}; border: 3px solid {c["paper"]}; border-radius: 6px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {c["paper"]}; color: {c["ink"]}; border: 1px solid {c["line-strong"]}; padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 3px; }}
QMenu::item:selected {{ background: {c["accent-tint"]}; }}
QMenu::item:disabled {{ color: {c["muted"]}; }}
QProgressBar {{ background: {c["sunken"]}; border: 0; border-radius: 2px; }}
QProgressBar::chunk {{ background: {c["accent"]}; border-radius: 2px; }}
QToolButton[kind="menu"] {{ border-color: transparent; background: transparent; color: {c["muted"]};
  padding: 0 18px 0 6px; min-height: 20px; }}
QToolButton[kind="menu"]:focus, QToolButton[kind="menu"]:hover {{ border-color: {c["accent"]}; }}
QToolButton::menu-indicator {{ image: url({arrow}); subcontrol-origin: padding; subcontrol-position: right center;
  width: 10px; height: 10px; right: 4px; }}
QSplitter::handle {{ background: {c["line"]}; }}
"""
