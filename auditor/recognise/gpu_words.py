"""How addresses, modes and states of GPUs are written, whatever the source writes."""

import re


def bus_id(text: str) -> str:
    """An address on the bus as the kernel writes it: ``0000:53:00.0``; unchanged where it is none."""
    match = re.fullmatch(r"(?:([0-9a-f]{1,8}):)?([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])", text.strip().lower(), re.ASCII)
    if not match:
        return text.strip().lower()
    return f"{int(match[1] or '0', 16):04x}:{match[2]}:{match[3]}.{match[4]}"


def hex4(text: str) -> str:
    """Four hex digits of an id, lower case."""
    return text.strip().lower().removeprefix("0x").zfill(4)[-4:]


def ids(device: int, subsystem: int) -> tuple[str, str, str]:
    """Vendor, device and subsystem (``vvvv:dddd``) of the two numbers in which NVIDIA tells them."""
    sub = f"{subsystem & 0xFFFF:04x}:{subsystem >> 16 & 0xFFFF:04x}" if subsystem else ""
    return f"{device & 0xFFFF:04x}", f"{device >> 16 & 0xFFFF:04x}", sub


def rows(corrected: int | str, uncorrected: int | str, pending: bool, failed: bool) -> str:
    """Remapped rows in one line."""
    told = f"{corrected} corrected, {uncorrected} uncorrected"
    return f"{told}, pending {_yes(pending)}, failed {_yes(failed)}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
