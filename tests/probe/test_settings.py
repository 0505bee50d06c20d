"""What the probe tells of settings: the lines that matter, and no secret, hash or name of a person."""

import json
from pathlib import Path

import pytest

from auditor.facts.records import RECORD
from auditor.probe import settings
from tests.probe.making import Heard


def below(root: Path) -> dict[str, list[dict[str, object]]]:
    heard = Heard()
    settings.collect(heard, str(root))
    found: dict[str, list[dict[str, object]]] = {}
    for record in heard.records():
        RECORD.validate_python(record)
        found.setdefault(str(record["name"]), []).append(record)
    return found


def write(root: Path, path: str, text: str) -> None:
    place = root / path.lstrip("/")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def test_of_accounts_only_name_number_and_shell(tmp_path: Path) -> None:
    write(tmp_path, "/etc/passwd", "root:$6$hash:0:0:Ada Lovelace,room 1:/root:/bin/bash\nbroken\n")
    (record,) = below(tmp_path)["accounts"]
    assert record["text"] == "root:0:/bin/bash"


def test_of_sshd_only_what_decides(tmp_path: Path) -> None:
    write(tmp_path, "/etc/ssh/sshd_config", "# secret remark\nPermitRootLogin no\nBanner /etc/issue\n  match user x\n")
    write(tmp_path, "/etc/ssh/sshd_config.d/1.conf", "PasswordAuthentication no\n")
    assert [record["text"] for record in below(tmp_path)["sshd"]] == [
        "PermitRootLogin no\nmatch user x",
        "PasswordAuthentication no",
    ]


def test_credentials_of_proxies_are_masked(tmp_path: Path) -> None:
    write(tmp_path, "/etc/environment", "PATH=/bin\nhttps_proxy=http://ada:geheim@proxy.example:3128\n")
    texts = [str(record["text"]) for record in below(tmp_path)["proxies"]]
    assert "https_proxy=http://***@proxy.example:3128" in texts
    assert "geheim" not in json.dumps(texts)


def test_of_containers_only_chosen_settings(tmp_path: Path) -> None:
    text = json.dumps({"Privileged": True, "Env": ["TOKEN=geheim"], "NetworkMode": "host"})
    write(tmp_path, "/var/lib/docker/containers/abc/hostconfig.json", text)
    (record,) = below(tmp_path)["container"]
    assert json.loads(str(record["text"])) == {"NetworkMode": "host", "Privileged": True}


def test_what_is_not_there_is_said_to_be_absent(tmp_path: Path) -> None:
    (record,) = below(tmp_path)["swaps"]
    assert (record["status"], record["text"]) == ("absent", "")


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "etc" / "docker" / "daemon.json").mkdir(parents=True)
    (record,) = below(tmp_path)["engine"]
    assert record["status"] == "error"


def test_this_host_tells_its_mounts_and_devices() -> None:
    heard = Heard()
    settings.collect(heard)
    told = {str(record["name"]): record for record in heard.records()}
    assert " / " in str(told["mounts"]["text"])
    assert told["nft"]["status"] in ("observed", "absent", "denied", "unsupported", "error")
    assert all(line.count(" ") == 4 for line in str(told["block"]["text"]).splitlines())


def test_a_packet_filter_that_the_kernel_has_not_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it would be loaded")

    monkeypatch.setattr(settings, "_filters", lambda: iter([("nft", ["nft", "list", "ruleset"], False)]))
    monkeypatch.setattr(settings.gpus, "run", never)
    heard = Heard()
    settings._filter(heard)
    (record,) = heard.records()
    assert record["status"] == "absent"
