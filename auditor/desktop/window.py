"""The window: side bar, header, pages, status bar; and the way from one to the other.

Pages are made when they are first shown, so that the window is painted before the core is loaded.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from auditor.desktop import units
from auditor.desktop.header import Banner, Busy, Header
from auditor.desktop.language import LANGUAGES
from auditor.desktop.leave import Leave, ask_leave
from auditor.desktop.notice import notify
from auditor.desktop.pages.base import Page
from auditor.desktop.parts import Elided, add, rule, text
from auditor.desktop.run import Run, Wanted
from auditor.desktop.settings import Settings
from auditor.desktop.sidebar import SideBar
from auditor.desktop.theme import Choice, space, theme
from auditor.desktop.viewmenu import ViewMenu
from auditor.desktop.warm import opening, warm
from auditor.desktop.work import Work
from auditor.errors import UserError

if TYPE_CHECKING:
    from auditor.archive.history import History
    from auditor.desktop.opening import Opened
    from auditor.desktop.pages.history import HistoryPage
    from auditor.desktop.pages.running import RunningPage
    from auditor.desktop.pages.start import StartPage
    from auditor.desktop.pages.watch import WatchPage
    from auditor.desktop.session import Session

log = logging.getLogger(__name__)

SHORTCUTS = ("overview", "findings", "models", "weights", "traffic", "gpus", "serving", "facts", "history")
"""Ctrl+1 to Ctrl+9."""


class Window(QMainWindow):
    """One window, one audit at a time."""

    def __init__(self, settings: Settings, history_path: Path | None = None) -> None:
        super().__init__()
        self.settings, self._history_path = settings, history_path
        self.session: Session | None = None
        self.run: Run | None = None
        self._pages: dict[str, Page] = {}
        self._leaving = self._closed = False
        self._ask_close: Callable[[], Leave] = lambda: ask_leave(self, audit=self.run is not None)
        self._stale: set[str] = set()
        self._clock = QElapsedTimer()
        self._opening: Work | None = None
        self._works: list[Work] = []
        self.setWindowTitle("Sovereignty Auditor")
        self.setMinimumSize(960, 600)
        self.side, self.header, self.stack = SideBar(), Header(), QStackedWidget()
        self.banner, self.busy = Banner(), Busy()
        self.left, self.right = Elided("", "caption", "muted"), text("", "caption", "muted")
        self.setCentralWidget(self._lay_out())
        self.side.go.connect(self.show_page)
        self.header.compare.connect(lambda: self.show_page("history"))
        self.header.sign.connect(lambda: self.show_page("dossier"))
        for number, key in enumerate(SHORTCUTS, start=1):
            QShortcut(QKeySequence(f"Ctrl+{number}"), self).activated.connect(lambda k=key: self.show_page(k))
        shown = {key: QKeySequence(f"Ctrl+{number}") for number, key in enumerate(SHORTCUTS, start=1)}
        shown["new"] = QKeySequence(QKeySequence.StandardKey.New)
        self.side.show_keys({key: keys.toString(QKeySequence.SequenceFormat.NativeText) for key, keys in shown.items()})
        QShortcut(QKeySequence.StandardKey.New, self).activated.connect(lambda: self.show_page("start"))
        QShortcut(QKeySequence.StandardKey.Quit, self).activated.connect(self.close)
        QShortcut(QKeySequence.StandardKey.HelpContents, self).activated.connect(self.about)
        if not self.restoreGeometry(settings.bytes("window/geometry")):
            self.resize(1440, 900)
        self.show_page("start")
        self.setFocus()
        QTimer.singleShot(0, self, self._after_first_paint)

    def page(self, key: str) -> Page:
        """The page, made on first use."""
        if key not in self._pages:
            page = self._make(key)
            page.go.connect(self.show_page)
            page.failed.connect(self.show_error)
            self._pages[key] = page
            self._stale.add(key)
            self.stack.addWidget(page)
        return self._pages[key]

    def show_page(self, key: str, item: object = None) -> None:
        """Show a page, and the thing on it that was asked for."""
        button = self.side.buttons.get(key)
        if button is not None and not button.isEnabled():
            return
        page = self.page(key)
        if key in self._stale and self.session is not None:
            page.show_session(self.session)
        self._stale.discard(key)
        if key == "history":
            cast("HistoryPage", page).load()
        elif key == "start":
            cast("StartPage", page).fresh_folder()
        if item is not None:
            page.show_item(item)
        self.stack.setCurrentWidget(page)
        self.side.select(key)
        quiet = key in ("start", "running", "dossier") or self.session is None
        self.header.show_actions(compare=not quiet, sign=not quiet)
        self._describe(key)

    def show_error(self, error: UserError) -> None:
        """Above the page, until it is dismissed."""
        log.info("%s", error)
        self.banner.show_error(error)

    def show_session(self, session: "Session") -> None:
        """Show a judged audit."""
        self.session = session
        self._stale = set(self._pages)
        self.side.show_session(session)
        state = self.tr("signed") if session.dossier else self.tr("not signed yet")
        self.right.setText(self.tr("Evidence {id}, {state}").format(id=session.id, state=state))
        self.show_page("overview")

    def open_history(self, number: int) -> None:
        """Show a kept audit, and what changed since the one before it."""
        self._open(lambda: opening().open_entry(self.history, number))

    def open_folder(self, folder: Path) -> None:
        """Keep what an audit wrote, and show it."""
        self._open(lambda: opening().open_folder(self.history, folder))

    def _open(self, function: "Callable[[], Opened]") -> None:
        """Beside the window; one that is asked for later wins."""
        self.busy.begin(self.tr("Opening the audit"))
        self._opening = self._work(function, self._show_opened)
        self._opening.failed.connect(self._not_opened)

    def _show_opened(self, opened: "Opened") -> None:
        if self._outdated():
            return
        self.banner.hide()
        self.show_session(opened.session)
        if opened.error is not None:
            self.show_error(opened.error)

    def _not_opened(self, error: UserError) -> None:
        if not self._outdated():
            self.show_error(error)

    def _outdated(self) -> bool:
        """Whether the answer that came is not the one that was asked for last; else nothing is awaited any more."""
        if self.sender() is not self._opening:
            return True
        self._opening = None
        self.busy.end()
        return False

    @property
    def opening(self) -> bool:
        """Whether an audit is being opened."""
        return self._opening is not None

    def _work(self, function: Callable[[], Any], done: Callable[[Any], None]) -> Work:
        work = Work(function, self)
        work.done.connect(done)
        work.start()
        self._works = [each for each in self._works if each.running] + [work]
        return work

    def history(self) -> "History":
        """Open the history; close it again. Raises UserError."""
        from auditor.archive.history import History

        return History(self._history_path)

    def start(self, wanted: Wanted) -> None:
        """Run an audit."""
        if self.run is not None:
            return
        self.banner.hide()
        self.run = Run(wanted, self)
        self.run.finished.connect(self._finished)
        self.run.failed.connect(self._failed)
        self.side.show_running(True)
        page = cast("RunningPage", self.page("running"))
        page.show_run(self.run)
        self._clock.start()
        self.show_page("running")
        QTimer.singleShot(0, self.run, self.run.start)

    def about(self) -> None:
        """What this is, and whose."""
        from auditor.desktop.about import About

        About(self).exec()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window; a running audit is asked about, what still runs then is ended."""
        watch = cast("WatchPage | None", self._pages.get("watch"))
        watched = watch is not None and watch.running
        if (self.run is not None or watched) and not self._leaving:
            answer = self._ask_close()
            if answer is not Leave.DISCARD:
                event.ignore()
                if answer is Leave.KEEP:
                    self._leaving = True
                    self._leave_with(watch if watched else None)
                return
        self._closed = True
        self.settings.set("window/geometry", self.saveGeometry())
        self.settings.save()
        if self.run is not None:
            self.run.stop()
        for work in self._works:
            work.stop()
        for page in self._pages.values():
            stop = getattr(page, "stop", None)
            if callable(stop):
                stop()
        event.accept()

    def _leave_with(self, watch: "WatchPage | None") -> None:
        """Stop what runs; the window goes when what it saw is kept. An audit takes longer than a watch."""
        if watch is not None:
            watch.cancel()
        if self.run is not None:
            self.run.cancel()
        elif watch is not None:
            watch.over.connect(self.close)

    def _lay_out(self) -> QWidget:
        right = QVBoxLayout()
        right.setSpacing(0)
        add(right, self.header, rule(), self.busy, self.banner)
        right.addWidget(self.stack, 1)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        line = QFrame()
        line.setProperty("rule", True)
        line.setFixedWidth(1)
        add(upper, self.side, line)
        upper.addLayout(right, 1)
        status = QFrame()
        status.setProperty("panel", "surface")
        status.setFixedHeight(space("status"))
        foot = QHBoxLayout(status)
        foot.setContentsMargins(16, 0, 8, 0)
        foot.setSpacing(16)
        menu = ViewMenu(self.right.font())
        menu.colours.connect(self._choose_theme)
        menu.language.connect(self._choose_language)
        menu.about.connect(self.about)
        add(foot, self.left, self.right, menu)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(upper, 1)
        add(layout, rule(), status)
        return whole

    def _choose_theme(self, choice: Choice) -> None:
        theme().choose(choice)
        self.settings.set("window/theme", choice)

    def _choose_language(self, code: str) -> None:
        self.settings.set("window/language", code)
        self.settings.save()
        chosen = self.tr("{language} will be spoken from the next start.").format(language=LANGUAGES[code])
        self.left.show_text(chosen)

    def _make(self, key: str) -> Page:
        from auditor.desktop.pages import registry

        page = registry.make(key, self.settings, self.history)
        connect: dict[str, Callable[[Any], None]] = {
            "wanted": self.start,
            "reopen": self.open_history,
            "folder": lambda path: self.open_folder(Path(path)),
            "again": self._again,
            "cancel": self._cancel,
            "use": self._use_policy,
            "signed": self._signed,
        }
        for name, slot in connect.items():
            signal = getattr(page, name, None)
            if signal is not None and hasattr(signal, "connect"):
                signal.connect(slot)
        return page

    def _describe(self, key: str) -> None:
        if key == "running" and self.run is not None:
            wanted = self.run.wanted
            self.header.show_facts(wanted.target, wanted.policy, self.tr("Started"), units.when(self.run.started))
            self.left.show_text(self.tr("Read-only probe: nothing is written on the audited host"))
        elif self.session is None:
            self.header.show_facts("", "", "", "")
            self.left.show_text(self.tr("Nothing is written on the audited host, nothing is sent anywhere"))
        else:
            audit, reference = self.session.audit, self.session.judgement.policy
            self.header.show_facts(
                audit.target.name,
                f"{reference.title} {reference.version}",
                self.tr("Audited"),
                units.span(audit.started, audit.ended),
            )
            said = self.tr("Read-only probe {version}: nothing was written on {host}")
            self.left.show_text(said.format(version=audit.probe.version, host=audit.target.name))

    def _after_first_paint(self) -> None:
        start = cast("StartPage", self.page("start"))
        start.load_policies()
        self.show_recent()
        self._work(warm, lambda _: self._make_next(["running", "overview"]))

    def _make_next(self, keys: list[str]) -> None:
        """Make the pages that an audit needs before one is started, one in a turn."""
        if keys and not self._closed:
            self.page(keys[0])
            QTimer.singleShot(0, self, lambda: self._make_next(keys[1:]))

    def show_recent(self) -> None:
        """The last audits on the start page, read beside the window."""
        start = cast("StartPage", self.page("start"))
        work = self._work(lambda: opening().entries(self.history), start.show_recent)
        work.failed.connect(self.show_error)

    def _cancel(self, *_: object) -> None:
        if self.run is not None:
            self.run.cancel()

    def _finished(self, result: dict[str, Any]) -> None:
        self._over()
        self.open_folder(Path(str(result.get("folder", ""))))
        if self._leaving:
            # What was seen is kept in the history before the window goes.
            self.close()
            return
        self.show_recent()
        notify(self, self.tr("The audit has ended."), self._clock.elapsed())

    def _failed(self, error: UserError) -> None:
        self._over()
        self.show_page("start")
        self.show_error(error)
        self._leaving = False

    def _over(self) -> None:
        if self.run is not None:
            self.run.deleteLater()
        self.run = None
        self.side.show_running(False)

    def _again(self, number: int) -> None:
        from auditor.desktop.again import Again

        dialog = Again(self, self.history, number)
        dialog.failed.connect(self.show_error)
        dialog.judged.connect(self.open_history)
        dialog.open()

    def _use_policy(self, path: str) -> None:
        cast("StartPage", self.page("start")).set_policy(path)
        self.show_page("start")

    def _signed(self, path: str) -> None:
        if self.session is None:
            return
        self.session = self.session.signed(Path(path))
        self.right.setText(self.tr("Evidence {id}, {state}").format(id=self.session.id, state=self.tr("signed")))
        if self.session.number is not None:
            try:
                with self.history() as history:
                    history.set_dossier(self.session.number, path)
            except UserError as error:
                self.show_error(error)
