"""Start: where to look, under which policy, for how long, and what will be read with which rights."""

import datetime as dt
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
)

from auditor.desktop import units
from auditor.desktop.child import Task
from auditor.desktop.fonts import font
from auditor.desktop.language import current, local
from auditor.desktop.pages.base import Page
from auditor.desktop.parts import Panel, add, button, clear, column, heading, row, rule, text
from auditor.desktop.run import Wanted
from auditor.desktop.settings import Settings
from auditor.desktop.words import words

RECENT = 6
POLICIES = (".yaml", ".yml")


class StartPage(Page):
    """Everything that an audit needs to be told."""

    key = "start"
    wanted = Signal(object)
    """A :class:`Wanted` to run."""
    reopen = Signal(int)
    """Number of an audit in the history."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._tasks: list[Task] = []
        self._choose_folder: Callable[[], str] = lambda: QFileDialog.getExistingDirectory(
            self, self.tr("Folder with models")
        )
        self._choose_export: Callable[[], str] = lambda: QFileDialog.getExistingDirectory(
            self, self.tr("Folder with exported files")
        )
        self._choose_file: Callable[[], str] = lambda: QFileDialog.getOpenFileName(
            self, self.tr("Policy file"), "", self.tr("Policies (*.yaml *.yml)")
        )[0]
        self.local, self.remote = QRadioButton(self.tr("This machine")), QRadioButton(self.tr("Remote host, by SSH"))
        self.files = QRadioButton(self.tr("Files that somebody exported"))
        self.host, self.export = QLineEdit(), QLineEdit()
        self.sudo = QCheckBox(self.tr("With sudo, to see every process and file there"))
        self.folders = QListWidget()
        self.stores = QCheckBox(self.tr("Also look where Hugging Face and Ollama keep models"))
        self.low = QCheckBox(self.tr("Read at low priority, so that the host's own work goes first"))
        self.policy = QComboBox()
        self.purpose = text("", tone="muted", wrap=True)
        self.seconds = QSpinBox()
        self.organisation, self.out = QLineEdit(), QLineEdit()
        self.summary = QVBoxLayout()
        self.recent = QVBoxLayout()
        self.start = button(self.tr("Start audit"), self._start, "primary")
        self._prepare()
        left = column(self._where(), self._what(), self._policy(), self._how_long(), self._papers(), gap=16)
        holder = Panel("plain", gap=8)
        holder.add(heading(self.tr("What will happen")), rule(), 4, self.summary, 8, self.start)
        recent = Panel("plain", gap=4)
        recent.add(heading(self.tr("Recent audits")), rule(), 4, self.recent)
        right = column(holder, recent, None, gap=16)
        both = row(left, right, gap=16)
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        self.side_by_side = [both]
        add(self.content, text(self.title(), "h1"), both, None)
        self.show_recent([])
        self._summarise()

    def title(self) -> str:
        """As in the side bar."""
        return words().page(self.key)

    def load_policies(self) -> None:
        """Ask the command line which policies are built in; the window is painted meanwhile."""
        task = Task(["policy", "list"], self)
        task.done.connect(lambda data, _: self.show_policies(data))
        task.failed.connect(self.failed)
        self._tasks = [task]
        task.start()

    def stop(self) -> None:
        """End what still runs."""
        for task in self._tasks:
            task.stop()

    def show_policies(self, rows: Any) -> None:
        """Fill the chooser with the answer of ``policy list``."""
        chosen = self.policy.currentData() or self.settings.text("start/policy")
        self.policy.clear()
        for policy in rows if isinstance(rows, list) else []:
            title, what = local(policy.get("title")), local(policy.get("description"))
            self.policy.addItem(f"{title or policy['id']} {policy['version']}", (policy["id"], what))
        self.policy.addItem(self.tr("A file…"), ("", self.tr("Choose a policy of your own.")))
        ids = [self.policy.itemData(i)[0] for i in range(self.policy.count())]
        wanted = chosen[0] if isinstance(chosen, tuple) else chosen
        if wanted in ids:
            self.policy.setCurrentIndex(ids.index(wanted))

    def show_recent(self, entries: list[Any]) -> None:
        """The last audits of the history."""
        clear(self.recent)
        if not entries:
            self.recent.addWidget(text(self.tr("No audit is kept yet."), tone="muted"))
        for entry in entries[:RECENT]:
            counts = entry.counts
            line = self.tr("{day} · Contradicted {fail} · Not seen {unknown}").format(
                day=units.when(entry.started), fail=counts.get("fail", 0), unknown=counts.get("unknown", 0)
            )
            name = self.tr("Open the audit of {host}, {day}").format(
                host=units.clean(entry.target, 80), day=units.when(entry.started)
            )
            link = button(self.tr("Open"), partial(self.reopen.emit, entry.number), "small", name=name)
            words_ = column(
                text(units.clean(f"{entry.target} · {entry.policy_title}", 80), strong=True),
                text(line, "caption", "muted"),
                gap=2,
            )
            self.recent.addLayout(row(words_, None, link))
            self.recent.addWidget(rule())

    def options(self) -> Wanted:
        """What the page says now."""
        return Wanted(
            target=self._target(),
            sudo=self.remote.isChecked() and self.sudo.isChecked(),
            policy=self._policy_name(),
            out=Path(self.out.text()).expanduser(),
            models=tuple(Path(self.folders.item(i).text()) for i in range(self.folders.count())),
            stores=self.stores.isChecked(),
            sealed=self._sealed(),
            observe=0 if self.files.isChecked() else self.seconds.value(),
            organisation=self.organisation.text().strip(),
            language=current(),
            low=self.low.isChecked(),
        )

    def _sealed(self) -> tuple[Path, ...]:
        """The result of the last sealed run on this machine, for an audit of this machine."""
        path = self.settings.text("sealed/result")
        return (Path(path),) if path and self._target() == "local" and Path(path).is_file() else ()

    def add_folder(self, path: str) -> None:
        """A folder or file to look into; one that is listed is not listed twice."""
        known = {self.folders.item(i).text() for i in range(self.folders.count())}
        if path and path not in known:
            self.folders.addItem(path)
            self._summarise()

    def set_policy(self, name: str) -> None:
        """Choose a policy by name, or a file by its path."""
        for number in range(self.policy.count()):
            if self.policy.itemData(number)[0] == name:
                self.policy.setCurrentIndex(number)
                return
        self.policy.insertItem(0, Path(name).name, (name, self.tr("A policy of your own: {path}").format(path=name)))
        self.policy.setCurrentIndex(0)

    def fresh_folder(self) -> None:
        """Propose a folder that does not exist yet."""
        stamp = dt.datetime.now().strftime("%Y-%m-%d-%H%M%S")
        self.out.setText(str(Path(platformdirs.user_documents_dir()) / "Sovereignty audits" / stamp))

    def _prepare(self) -> None:
        boxes = (self.local, self.remote, self.files, self.sudo, self.stores, self.low)
        fields = (*boxes, self.host, self.export, self.policy, self.seconds, self.organisation, self.out)
        for widget in fields:
            widget.setFont(font())
        self.folders.setFont(font("mono"))
        self.local.setChecked(True)
        self.host.setAccessibleName(self.tr("Host, reached by SSH"))
        self.host.setPlaceholderText("user@host:22")
        self.host.setText(self.settings.text("start/host"))
        self.export.setAccessibleName(self.tr("Folder with exported files"))
        self.export.setPlaceholderText(self.tr("drop the folder here, or choose it"))
        for field, way in ((self.host, self.remote), (self.sudo, self.remote), (self.export, self.files)):
            field.setEnabled(False)
            way.toggled.connect(field.setEnabled)
        for other in (self.stores, self.low, self.seconds):
            self.files.toggled.connect(other.setDisabled)
        signals = (self.remote.toggled, self.files.toggled, self.sudo.toggled)
        for signal in (*signals, self.host.textChanged, self.export.textChanged):
            signal.connect(lambda _: self._summarise())
        self.stores.setChecked(True)
        self.low.setChecked(self.settings.text("start/priority", "low") == "low")
        self.setAcceptDrops(True)
        self.folders.setAccessibleName(self.tr("Folders with models"))
        self.folders.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.folders.setFixedHeight(88)
        self.policy.setAccessibleName(self.tr("Policy"))
        self.policy.addItem("truly-open", ("truly-open", ""))
        self.policy.setMinimumWidth(280)
        self.seconds.setAccessibleName(self.tr("Seconds to watch the network"))
        self.seconds.setRange(0, 604_800)
        self.seconds.setSuffix(" s")
        self.seconds.setGroupSeparatorShown(True)
        self.seconds.lineEdit().setTextMargins(6, 0, 0, 0)
        self.seconds.setValue(self.settings.number("start/seconds", 300))
        self.organisation.setAccessibleName(self.tr("Organisation"))
        self.organisation.setText(self.settings.text("start/organisation"))
        self.out.setAccessibleName(self.tr("Save into"))
        for path in self.settings.texts("start/folders"):
            self.folders.addItem(path)
        self.fresh_folder()
        self.policy.activated.connect(self._chosen)
        self.policy.currentIndexChanged.connect(lambda _: self._summarise())
        self.seconds.valueChanged.connect(lambda _: self._summarise())
        self.stores.toggled.connect(lambda _: self._summarise())

    def _where(self) -> Panel:
        panel = Panel()
        group = QButtonGroup(self)
        group.addButton(self.local)
        group.addButton(self.remote)
        group.addButton(self.files)
        choose = button(
            self.tr("Choose…"), self._take_export, "small", name=self.tr("Choose the folder with exported files")
        )
        why = self.tr(
            "By your own ssh, its keys and its known hosts. The host needs Python 3.8 or later, nothing else."
        )
        note = text(why, "caption", "muted", wrap=True)
        self.host.setFixedWidth(200)
        return panel.add(
            heading(self.tr("Where")),
            self.local,
            self.remote,
            row(24, self.host, self.sudo, None),
            row(24, note),
            self.files,
            row(24, self.export, choose),
        )

    def _target(self) -> str:
        """As the command line names it."""
        name = self.host.text().strip().removeprefix("ssh://")
        if self.files.isChecked():
            return f"files:{Path(self.export.text().strip()).expanduser().absolute()}"
        return f"ssh://{name}" if self.remote.isChecked() else "local"

    def _take_export(self) -> None:
        path = self._choose_export()
        if path:
            self.take_export(path)

    def take_export(self, path: str) -> None:
        """Audit the files of this folder."""
        self.files.setChecked(True)
        self.export.setText(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders, and one policy."""
        if any(os.path.isdir(path) or path.endswith(POLICIES) for path in _paths(event)):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A folder is what was exported where that was chosen, else one with models; a YAML file is a policy."""
        event.acceptProposedAction()
        for path in _paths(event):
            if path.endswith(POLICIES):
                self.set_policy(path)
            elif os.path.isdir(path) and self.files.isChecked():
                self.take_export(path)
            elif os.path.isdir(path):
                self.add_folder(path)

    def _what(self) -> Panel:
        panel = Panel()
        plus = button(self.tr("Add folder…"), lambda: self.add_folder(self._choose_folder()), "small")
        minus = button(self.tr("Remove"), self._remove, "small", name=self.tr("Remove the selected folders"))
        return panel.add(heading(self.tr("Models")), self.stores, self.folders, row(plus, minus, None), self.low)

    def _policy(self) -> Panel:
        return Panel().add(heading(self.tr("Policy")), row(self.policy, None), self.purpose)

    def _how_long(self) -> Panel:
        choices = row(self.seconds, gap=8)
        for seconds in (10, 300, 3600):
            choices.addWidget(button(units.duration(seconds), partial(self.seconds.setValue, seconds), "small"))
        choices.addStretch(1)
        why = self.tr("Silence proves more the longer it was watched, and the more the models had to do meanwhile.")
        return Panel().add(heading(self.tr("Watch the network for")), choices, text(why, tone="muted", wrap=True))

    def _papers(self) -> Panel:
        panel = Panel()
        for title, field in ((self.tr("Organisation"), self.organisation), (self.tr("Save into"), self.out)):
            label = text(title, tone="muted")
            label.setFixedWidth(120)
            label.setBuddy(field)
            panel.add(row(label, field))
        panel.body.insertWidget(0, heading(self.tr("Dossier")))
        return panel

    def _remove(self) -> None:
        for item in self.folders.selectedItems():
            self.folders.takeItem(self.folders.row(item))
        self._summarise()

    def _chosen(self, number: int) -> None:
        if self.policy.itemData(number)[0] == "":
            path = self._choose_file()
            if path:
                self.set_policy(path)
            else:
                self.policy.setCurrentIndex(0)

    def _policy_name(self) -> str:
        data = self.policy.currentData()
        return data[0] if isinstance(data, tuple) else "truly-open"

    def _summarise(self) -> None:
        data = self.policy.currentData()
        self.purpose.setText(units.clean(data[1] if isinstance(data, tuple) else "", 500))
        clear(self.summary)
        far, exported = self.remote.isChecked(), self.files.isChecked()
        root = self.sudo.isChecked() if far else hasattr(os, "geteuid") and os.geteuid() == 0
        self.start.setEnabled(
            bool(self.export.text().strip()) if exported else not far or bool(self.host.text().strip())
        )
        rights = (
            self.tr("As root: it can see every process and file.")
            if root
            else self.tr("With your own rights: files and processes of others stay Not seen, and the dossier says so.")
        )
        paths = [self.folders.item(i).text() for i in range(self.folders.count())]
        where = ([self.tr("the usual stores")] if self.stores.isChecked() else []) + paths
        reads = self.tr("models, licences, digests of all weights, processes, sockets, GPUs")
        takes = self.tr("{time} for the network; large weights can take longer").format(
            time=units.duration(self.seconds.value())
        )
        if exported:
            where = [self.export.text().strip(), *paths]
            reads = self.tr("what was exported; what is not among it stays Not seen")
            rights = self.tr("With your own rights, on this workstation only.")
            takes = self.tr("as long as reading the files takes")
        points = (
            (self.tr("Reads"), reads),
            (self.tr("Looks in"), ", ".join(filter(None, where)) or self.tr("no folder: no model will be found")),
            (self.tr("Rights"), rights),
            (self.tr("Takes"), takes),
            (self.tr("Changes"), self.tr("nothing on this host; nothing is sent anywhere")),
        )
        for name, value in points:
            title = text(name, tone="muted")
            title.setFixedWidth(80)
            said = text(units.clean(value, 600), wrap=True)
            line = row(title, said)
            line.setStretch(1, 1)
            self.summary.addLayout(line)

    def _start(self) -> None:
        options = self.options()
        self.settings.set("start/seconds", self.seconds.value())
        self.settings.set("start/priority", "low" if options.low else "normal")
        self.settings.set("start/host", self.host.text().strip())
        self.settings.set("start/organisation", options.organisation)
        self.settings.set("start/policy", options.policy)
        self.settings.set("start/folders", [str(path) for path in options.models])
        self.wanted.emit(options)


def _paths(event: QDropEvent) -> list[str]:
    """Files and folders of this machine that are dropped."""
    return [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
