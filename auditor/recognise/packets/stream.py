"""Puts the first bytes of a TCP direction in order, whatever order, gaps or repeats they came in."""

MOST_HELD = 1 << 16
MOST_PIECES = 64


class Stream:
    """The beginning of one direction; ``first`` is the sequence number of its first byte (RFC 9293).

    Of bytes that were sent twice the first copy counts.
    """

    __slots__ = ("_held", "_pieces", "data", "first", "spent")

    def __init__(self, first: int) -> None:
        self.first = first
        self.data = b""
        """What is there without a gap."""
        self.spent = False
        """Whether it holds as much as it may."""
        self._pieces: dict[int, bytes] = {}
        self._held = 0

    @property
    def holding(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.data or self._pieces)

    def add(self, sequence: int, payload: bytes) -> bool:
        """Take a segment's payload; whether ``data`` grew."""
        offset = sequence - self.first & 0xFFFFFFFF
        end = len(self.data)
        if offset > MOST_HELD:
            # Far ahead, or (having wrapped) from before the beginning.
            return False
        if offset > end:
            known = len(self._pieces.get(offset, b""))
            if len(payload) > known:
                self._pieces[offset] = self._pieces.get(offset, b"") + payload[known:]
                self._held += len(payload) - known
                self.spent = self._held + end >= MOST_HELD or len(self._pieces) >= MOST_PIECES
            return False
        if offset + len(payload) <= end:
            return False
        self.data += payload[end - offset :]
        if self._pieces:
            self._join()
        self.spent = len(self.data) + self._held >= MOST_HELD
        return True

    def take(self, count: int) -> None:
        """Let go of bytes at the front that were read."""
        self.data = self.data[count:]
        self.first = self.first + count & 0xFFFFFFFF
        self._pieces = {offset - count: piece for offset, piece in self._pieces.items()}

    def _join(self) -> None:
        for offset in sorted(self._pieces):
            if offset > len(self.data):
                return
            piece = self._pieces.pop(offset)
            self._held -= len(piece)
            self.data += piece[len(self.data) - offset :]
