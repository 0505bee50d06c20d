"""How strong a signature is: the PAdES baseline levels (ETSI EN 319 142-1) that this product makes."""

from enum import StrEnum


class Level(StrEnum):
    """Decided before the pages are made, because page one says it."""

    UNSIGNED = "unsigned"
    B_B = "B-B"
    """A signature; its time is the signer's word."""
    B_T = "B-T"
    """With a time stamp of an independent authority."""
