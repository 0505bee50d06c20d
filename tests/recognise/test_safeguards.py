"""Settings become facts: what lies under models and swap, who may log in, which proxies and containers there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.fact import Status
from auditor.facts.safeguards import Safeguards
from auditor.recognise.safeguards import Blocks, safeguards_of
from tests.recognise.setting_records import BLOCKS, MOUNTS, model, setting


def told(*records: object) -> Safeguards:
    found = safeguards_of(records, ())  # type: ignore[arg-type]
    assert found is not None
    return found


def test_a_volume_on_an_encrypted_partition_is_encrypted() -> None:
    blocks = Blocks(BLOCKS)
    assert blocks.encrypted(blocks.named("253:1")) is True
    assert blocks.encrypted(blocks.named("/dev/sda1")) is False
    assert blocks.encrypted("nvme9n1") is None


def test_devices_that_lie_on_each_other_end_the_search() -> None:
    assert Blocks("a 1:1 - b x\nb 1:2 - a x").encrypted("a") is None


@pytest.mark.parametrize(
    ("path", "kind", "encrypted"),
    [
        ("/srv/models/llama", "disk", True),
        ("/opt/models", "disk", False),
        ("/mnt/nas/qwen", "network", None),
        ("/dev/shm/m", "memory", None),
        ("/proc/42/root/models", "other", None),
    ],
)
def test_what_a_model_lies_on(path: str, kind: str, encrypted: bool | None) -> None:
    (store,) = told(setting("mounts", MOUNTS), setting("block", BLOCKS), model(path)).stores.value or ()
    assert (store.kind, store.encrypted) == (kind, encrypted)


def test_swap_areas_and_what_is_below_them() -> None:
    text = "Filename Type Size Used Priority\n/dev/sda2 partition 1024 0 -2\n/dev/zram0 partition 8 0 5\n"
    text += "/dev/dm-1 partition 1 0 1\n/swap.img file 2048 0 -3\n"
    areas = told(setting("swaps", text), setting("mounts", MOUNTS), setting("block", BLOCKS)).swaps.value or ()
    assert [(area.device, area.kind, area.encrypted) for area in areas] == [
        ("/dev/sda2", "partition", False),
        ("/dev/zram0", "zram", None),
        ("/dev/dm-1", "partition", True),
        ("/swap.img", "file", False),
    ]
    assert areas[0].size == 1024 * 1024


def test_only_users_with_a_shell_are_accounts() -> None:
    text = "root:0:/bin/bash\ndaemon:1:/usr/sbin/nologin\nllm:998:/bin/false\nada:1000:/usr/bin/zsh\nbad line"
    assert [account.name for account in told(setting("accounts", text)).accounts.value or ()] == ["root", "ada"]


def test_the_first_word_of_sshd_counts_and_included_files_come_where_they_are_included() -> None:
    main = setting("sshd", "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin yes", source="/etc/ssh/sshd_config")
    part = setting(
        "sshd", "PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no",
        source="/etc/ssh/sshd_config.d/10-site.conf",
    )  # fmt: skip
    login = told(main, part).login.value
    assert login is not None
    assert (login.root, login.passwords, login.stated, login.conditional) == ("no", False, True, False)


def test_what_sshd_is_not_told_is_its_own_default_and_match_blocks_are_noted() -> None:
    login = told(setting("sshd", "Match User ada\nPasswordAuthentication no", source="/etc/ssh/sshd_config")).login
    assert login.value is not None
    assert (login.value.root, login.value.passwords, login.value.conditional) == ("prohibit-password", True, True)
    assert "default" in login.note


def test_a_file_of_sshd_that_may_not_be_read_leaves_it_open() -> None:
    main = setting("sshd", "PermitRootLogin no", source="/etc/ssh/sshd_config")
    part = setting("sshd", status=Status.DENIED, source="/etc/ssh/sshd_config.d/10-site.conf")
    assert told(main, part).login.status is Status.DENIED


def test_containers_that_are_as_good_as_root() -> None:
    found = told(
        setting("container", '{"Privileged": true, "NetworkMode": "host"}', source="/c/aaaa/hostconfig.json"),
        setting("container", '{"Binds": ["/var/run/docker.sock:/s"]}', source="/c/bbbb/hostconfig.json"),
        setting("container", '{"Binds": ["/srv/models:/m:ro"]}', source="/c/cccc/hostconfig.json"),
    )
    assert [(c.id, c.privileged, c.host_network, c.engine_socket) for c in found.containers.value or ()] == [
        ("aaaa", True, True, False),
        ("bbbb", False, False, True),
        ("cccc", False, False, False),
    ]


def test_proxies_of_all_files() -> None:
    found = told(setting("proxies", "https_proxy=http://***@proxy:3128"), setting("proxies", "", Status.ABSENT))
    assert [(proxy.where, proxy.line) for proxy in found.proxies.value or ()] == [
        ("/etc/proxies", "https_proxy=http://***@proxy:3128")
    ]


def test_nothing_reported_is_no_fact_at_all() -> None:
    assert safeguards_of((), ()) is None
    assert told(setting("swaps", status=Status.DENIED)).swaps.status is Status.DENIED
    assert told(setting("ufw")).stores.status is Status.ABSENT


@given(st.sampled_from(["swaps", "mounts", "block", "accounts", "sshd", "container", "nft", "iptables"]), st.text())
def test_any_text_is_understood_or_is_an_error(name: str, text: str) -> None:
    told(setting(name, text), model("/srv/models/a"))
