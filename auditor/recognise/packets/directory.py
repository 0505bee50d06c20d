"""Remembers which name an address was last given for, and which names were asked for."""

from dataclasses import dataclass

from auditor.recognise.packets.dns import Message, kind_name

MOST_ADDRESSES = 500_000
MOST_NAMES = 200_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """A name that was asked for; ``answered`` counts the answers that held an address."""

    name: str
    kinds: tuple[str, ...]
    asked: int
    answered: int
    aliases: tuple[str, ...]
    ech: bool


class _Asked:
    __slots__ = ("aliases", "answered", "asked", "ech", "kinds")

    def __init__(self) -> None:
        self.kinds: set[int] = set()
        self.asked = 0
        self.answered = 0
        self.aliases: tuple[str, ...] = ()
        self.ech = False


class Directory:
    """What the DNS messages of a capture said, in their order."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}
        """By client and address behind one another."""
        self._any: dict[bytes, str] = {}
        self._asked: dict[str, _Asked] = {}
        self.unlisted = 0
        """Messages about names beyond :data:`MOST_NAMES`."""

    def learn(self, message: Message, client: bytes) -> None:
        """Take a message that ``client`` sent or received."""
        asked = self._asked.get(message.name)
        if asked is None:
            if len(self._asked) >= MOST_NAMES:
                self.unlisted += 1
                asked = _Asked()
            else:
                asked = self._asked[message.name] = _Asked()
        if len(asked.kinds) < 16:
            asked.kinds.add(message.kind)
        if not message.response:
            asked.asked += 1
            return
        asked.ech = asked.ech or message.ech
        if message.aliases:
            asked.aliases = message.aliases
        if message.addresses:
            asked.answered += 1
            for address in message.addresses:
                _put(self._names, client + address, message.name)
                _put(self._any, address, message.name)

    def name(self, ends: bytes, address: bytes) -> str:
        """The name that a client, else anybody, last got an address for; empty where nobody did.

        ``ends`` are the client's address and ``address`` behind one another.
        """
        return self._names.get(ends) or self._any.get(address, "")

    def lookups(self) -> tuple[Lookup, ...]:
        """All names asked for, in the order of the alphabet."""
        return tuple(
            Lookup(name, tuple(sorted(map(kind_name, one.kinds))), one.asked, one.answered, one.aliases, one.ech)
            for name, one in sorted(self._asked.items())
        )


def _put(table: dict[bytes, str], key: bytes, name: str) -> None:
    if len(table) >= MOST_ADDRESSES and key not in table:
        # Forget what was learnt first.
        del table[next(iter(table))]
    table[key] = name
