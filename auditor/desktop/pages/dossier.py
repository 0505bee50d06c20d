"""Dossier: preview, sign and save, verify a file that is dropped here."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from auditor.desktop import units
from auditor.desktop.child import Task
from auditor.desktop.fonts import font
from auditor.desktop.language import LANGUAGES, current
from auditor.desktop.pages.base import Page
from auditor.desktop.parts import Panel, add, button, clear, heading, marked, row, rule, text
from auditor.desktop.preview import Preview
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.desktop.words import words
from auditor.errors import UserError

LABEL = 112
"""Width of the labels of the form, px."""


class DossierPage(Page):
    """At the left the pages, at the right what can be done with them."""

    key = "dossier"
    signed = Signal(str)
    """Path of the new file."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._tasks: list[Task] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._choose_key: Callable[[], str] = lambda: QFileDialog.getOpenFileName(
            self, self.tr("Key to sign with"), "", self.tr("Keys (*.p12 *.pfx *.pem)")
        )[0]
        self._choose_file: Callable[[], str] = lambda: QFileDialog.getOpenFileName(
            self, self.tr("Dossier to verify"), "", self.tr("Dossiers (*.pdf)")
        )[0]
        self.setAcceptDrops(True)
        self.preview = Preview()
        self.preview.failed.connect(self.failed)
        self.fields: dict[str, QLineEdit] = {}
        self.language = QComboBox()
        self.sign = button(self.tr("Sign and save"), self._sign, "primary")
        self.state = text("", tone="muted", wrap=True)
        self.result = QVBoxLayout()
        right = QVBoxLayout()
        right.setSpacing(16)
        add(right, self._form(), self._verify_card(), None)
        pages = Panel()
        pages.add(self.preview)
        both = row(pages, right, gap=16)
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        self.side_by_side = [both]
        add(self.content, text(self.title(), "h1"), both, None)

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def stop(self) -> None:
        """End what still runs and let go of the file."""
        for task in self._tasks:
            task.stop()
        self.preview.close_file()
        if self._folder is not None:
            self._folder.cleanup()

    def show_session(self, session: Session) -> None:
        """Show the dossier of another audit, where it has one."""
        self.session = session
        proposed = Path(platformdirs.user_documents_dir()) / "Sovereignty audits" / session.id
        self.fields["out"].setText(str(proposed))
        if session.dossier is not None and session.dossier.is_file():
            self.preview.open(session.dossier)
            self.state.setText(self.tr("Signed: {path}").format(path=session.dossier))
        else:
            self.preview.close_file()
            self.state.setText(self.tr("Not signed yet."))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local PDF."""
        if self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Verify it."""
        path = self._dropped(event)
        if path:
            event.acceptProposedAction()
            self.verify(path)

    def verify(self, path: str) -> None:
        """Check a dossier in a child process, offline."""
        clear(self.result)
        self.result.addWidget(text(self.tr("Verifying {path}").format(path=path), tone="muted", wrap=True))
        task = Task(["verify", path], self)
        task.done.connect(lambda data, _: self.show_verification(path, data))
        task.failed.connect(self._not_verified)
        self._tasks.append(task)
        task.start()

    def show_verification(self, path: str, data: Any) -> None:
        """The answer of ``auditor verify --json``, point by point."""
        clear(self.result)
        if not isinstance(data, dict):
            return
        good = bool(data.get("ok"))
        self.result.addLayout(
            marked("pass" if good else "fail", self.tr("Verified") if good else self.tr("Not verified"), "h3")
        )
        self.result.addWidget(text(units.clean(path, 300), "mono", "muted", wrap=True))
        for kind, line in self._points(data):
            self.result.addWidget(rule())
            mark, label = marked(kind, "", "body"), text(units.clean(line, 600), wrap=True)
            mark.addWidget(label, 1)
            self.result.addLayout(mark)

    def _points(self, data: dict[str, Any]) -> list[tuple[str, str]]:
        points = []
        for signature in data.get("signatures") or []:
            intact, trusted = bool(signature.get("intact")), bool(signature.get("trusted"))
            said = self.tr("intact") if intact else self.tr("broken")
            known = self.tr("trusted signer") if trusted else self.tr("signer not vouched for by anybody you trust")
            kind = "fail" if not intact else "pass" if trusted else "unknown"
            points.append(
                (
                    kind,
                    self.tr("Signature of {name}: {said}, {known}").format(
                        name=signature.get("signer", "?"), said=said, known=known
                    ),
                )
            )
        for change in data.get("changes") or []:
            # What a signature permits, such as a time stamp or the officer's decision, is no fault.
            what = (
                self.tr("Added after signing: {what}") if data.get("ok") else self.tr("Changed after signing: {what}")
            )
            points.append(("pass" if data.get("ok") else "fail", what.format(what=_words(change))))
        attachments = data.get("attachments") or []
        if attachments:
            broken = [str(a.get("name")) for a in attachments if not a.get("ok")]
            total = self.tr("Embedded documents: {number}").format(number=len(attachments))
            line = (
                total
                if not broken
                else self.tr("{total}, not as named: {names}").format(total=total, names=", ".join(broken))
            )
            points.append(("fail" if broken else "pass", line))
        verdicts = data.get("verdicts") or {}
        if verdicts:
            if not verdicts.get("recomputed"):
                points.append(("unknown", self.tr("The verdicts could not be computed again.")))
            elif verdicts.get("equal"):
                points.append(("pass", self.tr("The verdicts were computed again and are the same.")))
            else:
                differences = ", ".join(_words(d) for d in verdicts.get("differences") or [])
                points.append(("fail", self.tr("Computed again, the verdicts differ: {what}").format(what=differences)))
        rendering = data.get("rendering") or {}
        if rendering:
            if not rendering.get("compared"):
                why = rendering.get("why_not") or ""
                points.append(("unknown", self.tr("The pages were not compared. {why}").format(why=why)))
            elif rendering.get("equal"):
                points.append(("pass", self.tr("The pages are what the embedded documents print.")))
            else:
                points.append(("fail", self.tr("The pages are not what the embedded documents print.")))
        return points

    def _form(self) -> Panel:
        panel = Panel()
        panel.add(heading(self.tr("Sign")), self.state)
        for key, title, value in (
            ("organisation", self.tr("Organisation"), self.settings.text("start/organisation")),
            ("classification", self.tr("Classification"), self.tr("Internal")),
            ("key", self.tr("Key"), ""),
            ("passphrase", self.tr("Passphrase"), ""),
            ("out", self.tr("Save into"), ""),
        ):
            field = QLineEdit(value)
            field.setFont(font())
            field.setAccessibleName(title)
            if key == "passphrase":
                field.setEchoMode(QLineEdit.EchoMode.Password)
            self.fields[key] = field
            panel.add(row(self._title(title, field), field))
            if key == "key":
                empty = text(self.tr("empty: a key of your own, made on first use"), "caption", "muted", wrap=True)
                choose = button(self.tr("Choose…"), self._take_key, "small", name=self.tr("Choose a key"))
                line = row(LABEL + 8, choose, empty)
                line.setStretch(2, 1)
                panel.add(line)
        self.language.setFont(font())
        self.language.setAccessibleName(self.tr("Language of the dossier"))
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(list(LANGUAGES).index(current()))
        panel.add(row(self._title(self.tr("Language"), self.language), self.language, None))
        note = self.tr(
            "A self-issued key proves that nothing was changed since; who signed, only a key that others vouch for."
        )
        return panel.add(text(note, "caption", "muted", wrap=True), row(self.sign, None))

    def _title(self, title: str, field: QWidget) -> QWidget:
        label = text(title, tone="muted")
        label.setFixedWidth(LABEL)
        label.setBuddy(field)
        return label

    def _verify_card(self) -> Panel:
        panel = Panel()
        panel.add(heading(self.tr("Verify")))
        panel.add(
            text(self.tr("Drop a dossier here, or choose one. Nothing is sent anywhere."), tone="muted", wrap=True)
        )
        panel.add(row(button(self.tr("Choose a dossier…"), self._choose_and_verify), None))
        panel.body.addLayout(self.result)
        return panel

    def _take_key(self) -> None:
        path = self._choose_key()
        if path:
            self.fields["key"].setText(path)

    def _choose_and_verify(self) -> None:
        path = self._choose_file()
        if path:
            self.verify(path)

    def _not_verified(self, error: UserError) -> None:
        clear(self.result)
        self.result.addLayout(marked("unknown", self.tr("It could not be verified"), "h3"))
        self.failed.emit(error)

    def _sign(self) -> None:
        if self.session is None:
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="auditor-dossier-")
        documents = Path(self._folder.name) / f"{len(self._tasks)}"
        try:
            self.session.documents.write(documents)
        except UserError as error:
            self.failed.emit(error)
            return
        value = {key: field.text().strip() for key, field in self.fields.items()}
        line = ["dossier", str(documents), "--out", str(Path(value["out"]).expanduser())]
        line += ["--language", str(self.language.currentData()), "--classification", value["classification"] or "–"]
        if value["organisation"]:
            line += ["--organisation", value["organisation"]]
        if value["key"]:
            line += ["--key", value["key"]]
        environment = {"AUDITOR_KEY_PASSPHRASE": self.fields["passphrase"].text()} if value["passphrase"] else {}
        task = Task(line, self, **environment)
        task.done.connect(self._done)
        task.failed.connect(self._not_signed)
        self._tasks.append(task)
        self.sign.setEnabled(False)
        self.state.setText(self.tr("Composing and signing"))
        task.start()

    def _done(self, data: Any, code: int) -> None:
        self.sign.setEnabled(True)
        self.fields["passphrase"].clear()
        path = str(data.get("dossier", "")) if isinstance(data, dict) else ""
        if path:
            self.preview.open(Path(path))
            self.state.setText(self.tr("Signed: {path}").format(path=path))
            self.signed.emit(path)

    def _not_signed(self, error: UserError) -> None:
        self.sign.setEnabled(True)
        self.state.setText(self.tr("Not signed."))
        self.failed.emit(error)

    def _dropped(self, event: QDropEvent) -> str:
        urls = event.mimeData().urls()
        path = urls[0].toLocalFile() if len(urls) == 1 else ""
        return path if path.lower().endswith(".pdf") else ""


def _words(value: Any) -> str:
    return " ".join(str(v) for v in value.values()) if isinstance(value, dict) else str(value)
