"""Programs are assembled as the kernel wants them; a ring buffer gives back what a real program put in."""

import errno
import os
import platform
import struct

import pytest

from auditor.probe import bpf


def test_an_instruction_is_eight_bytes_in_the_order_of_the_kernel():
    assert bpf.assemble([bpf.put(bpf.R0, 1), bpf.leave()]) == bytes.fromhex("b700000001000000 9500000000000000")
    assert bpf.assemble([bpf.store_word(bpf.FRAME, -4, bpf.R1)]) == bytes.fromhex("631afcff00000000")
    assert bpf.assemble([bpf.load_word(bpf.R1, bpf.R6, 24)]) == bytes.fromhex("6161180000000000")


def test_the_address_of_a_map_takes_two_instructions():
    code = bpf.assemble(bpf.address_of_map(bpf.R1, 5))

    assert code == bytes.fromhex("1811000005000000") + bytes(8)


def test_a_jump_counts_the_instructions_between_it_and_its_label():
    code = bpf.assemble([bpf.jump_if(bpf.R1, 6, "out"), bpf.put(bpf.R0, 0), bpf.put(bpf.R0, 1), "out", bpf.leave()])

    assert struct.unpack_from("<h", code, 2) == (2,)


@pytest.mark.parametrize(
    "code",
    [
        [bpf.jump_if(bpf.R1, 0, "nowhere"), bpf.leave()],
        ["before", bpf.jump_if(bpf.R1, 0, "before"), bpf.leave()],
        ["twice", "twice", bpf.leave()],
    ],
)
def test_labels_are_there_once_and_ahead(code):
    with pytest.raises(ValueError, match="label"):
        bpf.assemble(code)


def test_the_verifier_is_quoted_by_the_line_that_says_why():
    log = b"0: (85) call 999\ninvalid func unknown#999\nprocessed 1 insns (limit 1000000)\n"

    assert bpf.last_words(log) == "invalid func unknown#999"
    assert bpf.last_words(b"") == "the verifier gave no reason"


def test_another_machine_is_said_to_be_unknown(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "vax")

    with pytest.raises(OSError, match="vax") as caught:
        bpf.call_kernel(bpf.MAP_CREATE, bytes(72))

    assert caught.value.errno == errno.ENOSYS


@pytest.fixture
def allowed():
    """Skips where maps may not be made."""
    try:
        bpf.Counter().close()
    except OSError as why:
        pytest.skip(f"bpf(2): {why}")


@pytest.mark.root
@pytest.mark.usefixtures("allowed")
def test_a_program_that_the_verifier_refuses_is_refused_with_its_reason():
    with pytest.raises(OSError, match="R0"):
        bpf.load(bpf.assemble([bpf.leave()]), 18, 10, "wrong")


@pytest.mark.root
@pytest.mark.usefixtures("allowed")
def test_a_counter_starts_at_nothing():
    counter = bpf.Counter()

    assert counter.read() == 0
    counter.close()


@pytest.mark.root
@pytest.mark.usefixtures("allowed")
def test_an_empty_ring_gives_nothing_and_can_be_given_back():
    before = set(os.listdir("/proc/self/fd"))
    ring = bpf.Ring(65_536)

    assert list(ring.read()) == []
    ring.close()
    assert set(os.listdir("/proc/self/fd")) == before
