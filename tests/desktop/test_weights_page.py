"""The page of weights: the chain from each serving process to the bytes that it uses."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from auditor.desktop.chain import Chain, Node
from auditor.desktop.pages.weights import WeightsPage
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from tests.desktop import sample


def page(settings: Settings, qtbot: QtBot) -> WeightsPage:
    shown = WeightsPage(settings)
    qtbot.addWidget(shown)
    shown.show_session(Session(sample.documents()))
    return shown


def texts(node: Node) -> list[str]:
    return [line.strip() for line in node.lines()]


def test_a_swapped_file_stands_first_and_tells_both_digests(
    styled: QApplication, settings: Settings, qtbot: QtBot
) -> None:
    (chain,) = page(settings, qtbot).findChildren(Chain)
    first, second = chain.nodes()

    assert (first.mark, second.mark) == ("fail", "pass")
    assert first.title.startswith("PID 5120")
    assert "In use\t" + "ef" * 32 in texts(first)
    assert "On disk\t" + "cd" * 32 in texts(first)
    assert any("other bytes than on disk" in line for line in texts(first))
    assert "GPU 0" in second.told


def test_a_step_shows_its_facts(styled: QApplication, settings: Settings, qtbot: QtBot) -> None:
    shown = page(settings, qtbot)
    (chain,) = shown.findChildren(Chain)
    model = chain.model()
    file = model.index(0, 0, model.index(0, 0))
    chain.setCurrentIndex(model.index(0, 0, file))

    pointers = {leaf.pointer for leaf in shown._detail.model.rows()}
    assert "/facts/custody/1/mapped_sha256" in pointers, "of the nearest step above that has facts"


def test_a_step_is_heard_whole_and_the_chain_is_copied(styled: QApplication, settings: Settings, qtbot: QtBot) -> None:
    (chain,) = page(settings, qtbot).findChildren(Chain)
    model = chain.model()
    heard = model.index(0, 0, model.index(0, 0)).data(Qt.ItemDataRole.AccessibleTextRole)

    assert chain.accessibleName() == "Weights in use"
    assert "other bytes than on disk" in heard
    key = QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    chain.keyPressEvent(key)
    assert "ef" * 32 in QGuiApplication.clipboard().text()
