"""Licence texts beside models become facts."""

import pytest

from auditor.facts.fact import Status
from auditor.facts.models import Licence, Match, Store
from auditor.knowledge.knowledge import load
from auditor.recognise.licences import is_licence_name, licences_of
from auditor.recognise.models import models_of
from tests.recognise import model_records as records
from tests.recognise.acme_licence import LICENCE, POLICY, known
from tests.recognise.installed_texts import apache, mit

KNOWN = known()
MODEL = "/srv/models/m"


def licences(*texts: records.TextRecord, store: Store = Store.DIRECTORY) -> tuple[Licence, ...]:
    every = records.model(*texts, records.weight(MODEL, "model.safetensors"), path=MODEL, store=store)
    return licences_of(texts, models_of(every, load()), load(), KNOWN)


@pytest.mark.parametrize(
    "name",
    ["LICENSE", "LICENCE.md", "license.txt", "LICENSE-MODEL", "LICENSE_GEMMA.md", "COPYING", "USE_POLICY.md", "Notice",
     "NOTICE.txt", "terms_of_use.txt", "license", "sub/LICENSE", "MODEL_LICENSE.pdf.txt", "x-license.md", "AUP.md"],
)  # fmt: skip
def test_names_of_licences(name: str) -> None:
    assert is_licence_name(name)


@pytest.mark.parametrize(
    "name", ["README.md", "config.json", "license.json", "licensing.py", "silicense.txt", "template", "termserver.md"]
)
def test_names_of_other_files(name: str) -> None:
    assert not is_licence_name(name)


def test_a_text_beside_a_model_is_its_licence() -> None:
    (found,) = licences(records.text(MODEL, "LICENSE", apache()))
    assert (found.file, found.match, found.id.value) == (f"{MODEL}/LICENSE", Match.EXACT, "apache-2.0")
    assert found.model
    assert found.id.status is Status.INFERRED
    assert found.sha256.status is Status.OBSERVED


def test_a_strange_text_has_no_id() -> None:
    (found,) = licences(records.text(MODEL, "LICENSE", "You may look at it, on Sundays. " * 20))
    assert (found.match, found.id.status, found.parts) == (Match.NONE, Status.ABSENT, ())


def test_the_licence_of_a_file_that_holds_a_policy_too_is_the_licence() -> None:
    (found,) = licences(records.text(MODEL, "LICENSE", POLICY + "\n\n" + LICENCE))
    assert found.id.value == "acme"
    assert "not in the table" in found.id.note
    assert [part.id for part in found.parts] == ["acme-policy", "acme"]


def test_a_notice_counts_only_with_a_known_text_in_it() -> None:
    assert licences(records.text(MODEL, "NOTICE", "This product includes software made by Acme.")) == ()
    (found,) = licences(records.text(MODEL, "NOTICE", mit()))
    assert found.id.value == "mit"


def test_layers_of_ollama_are_read() -> None:
    (found,) = licences(records.text(MODEL, "license", mit()), store=Store.OLLAMA)
    assert found.match is Match.EXACT


def test_a_text_of_no_model_is_kept_without_one() -> None:
    (found,) = licences_of((records.text("/elsewhere", "LICENSE", mit()),), (), load(), KNOWN)
    assert found.model == ""


def test_a_text_that_the_probe_cut_says_so() -> None:
    (found,) = licences(records.text(MODEL, "LICENSE", mit(), cut=True))
    assert "cut" in found.id.note
    assert found.match is Match.MODIFIED


def test_other_files_are_not_licences() -> None:
    assert licences(records.text(MODEL, "README.md", mit())) == ()


def test_each_file_once_in_the_order_of_names() -> None:
    a, b = records.text(MODEL, "LICENSE", mit()), records.text(MODEL, "COPYING", mit())
    assert [f.file for f in licences(a, b, a)] == [f"{MODEL}/COPYING", f"{MODEL}/LICENSE"]


def test_quotes_of_a_hostile_file_are_cleaned() -> None:
    (found,) = licences(records.text(MODEL, "LICENSE", mit() + "\nPay \x1b[31m the \x07 king twice.\n"))
    assert found.match is Match.MODIFIED
    assert "\x1b" not in found.parts[0].changes[0].found
