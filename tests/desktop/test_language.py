"""Catalogues: complete, with the same fields, and found by Qt whatever class asks."""

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from auditor.desktop import language
from auditor.desktop.language import Catalogue, available, speak, texts
from auditor.desktop.words import words

PACKAGE = Path(language.__file__).parent
OTHERS = [code for code in available() if code != "en"]
FIELD = re.compile(r"\{\w*\}")


def sources() -> dict[str, str]:
    """Every text that the app asks a translation for, with the place."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "tr":
                assert isinstance(node.func.value, ast.Name), f"{path.name}:{node.lineno}"
                assert node.func.value.id == "self", f"{path.name}:{node.lineno}: only self.tr() is found by Qt"
                (text,) = node.args
                assert isinstance(text, ast.Constant), f"{path.name}:{node.lineno}: not a literal"
                found[str(text.value)] = f"{path.name}:{node.lineno}"
    return found


def test_every_text_is_a_literal() -> None:
    assert len(sources()) > 400


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_is_complete_and_has_nothing_more(code: str) -> None:
    catalogue, asked = texts(code), sources()
    assert {place: text for text, place in asked.items() if not catalogue.get(text)} == {}
    assert catalogue.keys() - asked.keys() == set()


@pytest.mark.parametrize("code", OTHERS)
def test_fields_are_the_same_in_every_language(code: str) -> None:
    for source, text in texts(code).items():
        assert sorted(FIELD.findall(source)) == sorted(FIELD.findall(text)), source


def test_qt_asks_the_catalogue_and_falls_back_to_english(qapp: QApplication) -> None:
    catalogue = Catalogue({"Contradicted": "Widerlegt"}, qapp)
    QCoreApplication.installTranslator(catalogue)
    try:
        assert words().verdict("fail") == "Widerlegt"
        assert words().verdict("unknown") == "Not seen"
    finally:
        QCoreApplication.removeTranslator(catalogue)
    assert words().verdict("fail") == "Contradicted"


def test_a_language_that_is_not_there_is_english(qapp: QApplication) -> None:
    try:
        assert speak(qapp, "xx") in available()
    finally:
        QLocale.setDefault(QLocale("en_GB"))


def test_a_broken_catalogue_is_english(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cs.yaml").write_text("texts: [")
    monkeypatch.setattr(language, "_path", lambda code: tmp_path / f"{code}.yaml")
    try:
        assert speak(qapp, "cs") == "en"
    finally:
        QLocale.setDefault(QLocale("en_GB"))
