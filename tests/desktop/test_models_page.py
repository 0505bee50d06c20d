"""The page of models: where each comes from."""

from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from auditor.desktop.pages.models import ModelsPage
from auditor.desktop.session import Session
from auditor.desktop.settings import Settings
from auditor.facts.audit import Audit
from tests.desktop import sample

TITLE = "Where the models come from"


def derived(*bases: str) -> Audit:
    """The sample, its first model derived from others."""
    audit = sample.audit()
    first, *others = audit.facts.models
    tuned = first.model_copy(update={"base": sample.fact(bases, "README.md", "card")})
    return audit.model_copy(update={"facts": audit.facts.model_copy(update={"models": (tuned, *others)})})


def shown(audit: Audit, settings: Settings, qtbot: QtBot) -> ModelsPage:
    page = ModelsPage(settings)
    qtbot.addWidget(page)
    page.show_session(Session(sample.documents(audit)))
    return page


def titles(page: ModelsPage) -> list[str]:
    return [label.text() for label in page.findChildren(QLabel)]


def test_a_model_that_names_its_base_gets_a_chain(styled: QApplication, settings: Settings, qtbot: QtBot) -> None:
    assert TITLE in titles(shown(derived("nobody/knows-this"), settings, qtbot))


def test_no_chain_is_shown_where_none_is_known(styled: QApplication, settings: Settings, qtbot: QtBot) -> None:
    assert TITLE not in titles(shown(sample.audit(), settings, qtbot))
