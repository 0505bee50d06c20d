"""What a file lies on, as the kernel tells it."""

import os

from auditor.probe import device


def test_memory_and_disks_are_told_apart(tmp_path):
    devices = device.Devices()

    assert devices.of(os.stat("/dev/shm").st_dev) == device.Device("memory", True)
    assert devices.of(os.stat(tmp_path).st_dev).kind in ("memory", "solid", "spinning", "unknown", "network")


def test_the_times_of_a_network_are_not_relied_on(monkeypatch):
    monkeypatch.setattr(device, "_types", lambda: {(0, 40): "nfs4", (0, 41): "fuse.sshfs", (8, 1): "ext4"})
    devices = device.Devices()

    assert devices.of(os.makedev(0, 40)) == device.Device("network", False)
    assert devices.of(os.makedev(0, 41)) == device.Device("network", False)
    assert devices.of(os.makedev(8, 1)).keeps_times
    assert devices.of(os.makedev(0, 99)) == device.Device("unknown", False)


def test_holes_are_counted_and_the_place_of_reading_is_kept(tmp_path):
    with (tmp_path / "m").open("w+b", buffering=0) as file:
        file.write(b"x" * 65_536)
        file.seek(2**20)
        file.write(b"y" * 65_536)
        file.truncate(2**21)
        file.seek(0)
        missing = device.holes(file.fileno(), 2**21, 2**30)

        assert missing in (0, 2**21 - 2 * 65_536)
        assert file.tell() == 0
