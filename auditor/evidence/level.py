"""How strong a signature is: the PAdES baseline levels (ETSI EN 319 142-1) that this product makes."""

from enum import StrEnum


class Level(StrEnum):
    """Decided before the pages are made, because page one says it."""

    UNSIGNED = "unsigned"
    B_B = "B-B"
    """A signature; its time is the signer's word."""
    B_T = "B-T"
    """With a time stamp of an independent authority."""
    B_LT = "B-LT"
    """And with what shows that no certificate was revoked, so that nobody has to be asked later."""
    B_LTA = "B-LTA"
    """And with a time stamp over all of that, which can be renewed before it grows too old."""

    @property
    def stamped(self) -> bool:
        """Whether a time stamp belongs to it."""
        return self in (Level.B_T, Level.B_LT, Level.B_LTA)

    @property
    def lasting(self) -> bool:
        """Whether evidence of revocation belongs to it."""
        return self in (Level.B_LT, Level.B_LTA)
