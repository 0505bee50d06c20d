"""Lists of the PCI bus, as lspci prints them in its several ways and as the script reads them."""

from hypothesis import given
from hypothesis import strategies as st

from auditor.recognise.exported.bus import devices_of, sysfs_of

TIME = "2026-11-22T10:00:00Z"
VERBOSE = """\
0000:00:00.0 Host bridge [0600]: Intel Corporation Device [8086:09a2] (rev 20)
\tSubsystem: Intel Corporation Device [8086:0000]

0000:02:00.0 VGA compatible controller [0300]: ASPEED Technology, Inc. ASPEED Graphics Family [1a03:2000] (rev 52) \
(prog-if 00 [VGA controller])
\tSubsystem: Super Micro Computer Inc Device [15d9:1b7d]
\tKernel driver in use: ast

0000:18:00.0 3D controller [0302]: NVIDIA Corporation GH100 [H100 SXM5 80GB] [10de:2330] (rev a1)
\tSubsystem: NVIDIA Corporation Device [10de:16c1]
\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr+ Stepping- SERR+ FastB2B- DisINTx+
\tCapabilities: <access denied>
\tKernel driver in use: nvidia
\tKernel modules: nvidiafb, nouveau, nvidia_drm, nvidia
"""


def test_verbose_lists_tell_subsystem_and_driver() -> None:
    graphics, card = devices_of(VERBOSE, "lspci.txt", TIME)
    assert (graphics.vendor, graphics.class_) == ("1a03", "030000")
    assert (card.bus, card.vendor, card.device, card.subsystem) == ("0000:18:00.0", "10de", "2330", "10de:16c1")
    assert (card.driver, card.class_, card.source, card.method) == ("nvidia", "030200", "lspci.txt", "lspci")


def test_short_lists_leave_empty_what_they_do_not_tell() -> None:
    text = "18:00.0 3D controller [0302]: NVIDIA Corporation AD102GL [L40S] [10de:26b9] (rev a1)\n"
    text += "19:00.0 3D controller [0302]: NVIDIA Corporation AD102GL [L40S] [10de:26b9] (rev a1)\n"
    cards = tuple(devices_of(text, "lspci", TIME))
    assert [card.bus for card in cards] == ["0000:18:00.0", "0000:19:00.0"]
    assert [(card.device, card.subsystem, card.driver) for card in cards] == [("26b9", "", "")] * 2


def test_the_list_of_the_script_holds_what_sysfs_says() -> None:
    text = "pci 0000:00:02.0 0x020000 0x1af4 0x1041 0x1af4 0x1100 virtio-pci\n"
    text += "pci 0000:18:00.0 0x030200 0x10de 0x2330 0x10de 0x16c1 nvidia\npci 0000:19:00.0 0x12"
    (card,) = sysfs_of(text, "pci.txt", TIME)
    assert (card.bus, card.subsystem, card.driver) == ("0000:18:00.0", "10de:16c1", "nvidia")
    assert card.source == "/sys/bus/pci/devices/0000:18:00.0"


@given(st.text())
def test_any_text_ends_in_devices_or_none(text: str) -> None:
    assert len(tuple(devices_of(text, "x", TIME))) <= len(text)
    assert len(tuple(sysfs_of("pci " + text, "x", TIME))) <= len(text)
