"""The dossier tells how the host is set up, in every language, and says what was not seen."""

import dataclasses

import pytest

from auditor.evidence.chapters.safeguards import _told, safeguards
from auditor.evidence.grid import Grid
from auditor.evidence.words import words
from auditor.facts.fact import Status
from auditor.facts.records import AnyRecord
from auditor.recognise.safeguards import safeguards_of
from tests.evidence import samples
from tests.evidence.test_chapters import edition
from tests.recognise.setting_records import BLOCKS, MOUNTS, model, setting

SWAPS = "Filename Type Size Used Priority\n/dev/sda2 partition 1024 0 -2\n/dev/zram0 partition 8 0 5\n"
RECORDS: list[AnyRecord] = [
    setting("mounts", MOUNTS), setting("block", BLOCKS), setting("swaps", SWAPS), setting("core_pattern", "core"),
    setting("sshd", "PermitRootLogin no", source="/etc/ssh/sshd_config"), setting("nft", status=Status.DENIED),
    setting("proxies", "http_proxy=http://***@proxy"), setting("accounts", "ada:1000:/bin/bash"),
    setting("container", '{"Privileged": true}', source="/c/aaaa/hostconfig.json"), model("/srv/models/a"),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "cs", "de", "hu", "pl", "sk"])
def test_it_is_told_in_every_language(language: str) -> None:
    audit, judgement, policy, knowledge = samples.typical()
    found = safeguards_of(RECORDS, ())
    audit = audit.model_copy(update={"facts": audit.facts.model_copy(update={"safeguards": found})})
    shown = dataclasses.replace(edition((audit, judgement, policy, knowledge)), words=words(language))
    assert isinstance(safeguards(shown)[-1], Grid)
    assert found is not None
    assert _told(shown, found.firewall, lambda wall: [wall.where]) == [shown.words("status.denied")]
    assert _told(shown, found.accounts, lambda accounts: [account.name for account in accounts]) == ["ada"]


def test_where_nobody_looked_there_is_no_such_section() -> None:
    assert safeguards(edition(samples.typical())) == []
