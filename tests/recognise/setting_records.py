"""Settings of a made-up host, as the probe reports them."""

from auditor.facts.fact import Status
from auditor.facts.records import ModelRecord, SettingRecord

TIME = "2026-11-22T10:00:00Z"
BLOCKS = """\
sda 8:0 - - block
sda1 8:1 - - sda
sda2 8:2 - - sda
dm-0 253:0 CRYPT-LUKS2-0123456789abcdef-data sda2 block
dm-1 253:1 LVM-abc-models dm-0 block
zram0 254:0 - - block"""
MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 253:1 / /srv/models rw,relatime - xfs /dev/mapper/vg-models rw
41 22 0:50 / /mnt/nas rw - nfs4 nas:/models rw
42 22 0:51 / /dev/shm rw - tmpfs tmpfs rw"""


def setting(name: str, text: str = "", status: Status = Status.OBSERVED, source: str = "") -> SettingRecord:
    """One setting."""
    return SettingRecord(
        source=source or f"/etc/{name}", method="read", time=TIME, status=status, name=name, text=text,
        note="" if status is Status.OBSERVED else "may not be read by this user",
    )  # fmt: skip


def model(path: str) -> ModelRecord:
    """A model in this folder."""
    return ModelRecord(source=path, method="walk", time=TIME, path=path, store="directory", name="m")
