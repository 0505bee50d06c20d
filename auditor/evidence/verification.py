"""What ``verify`` found: the document printed by ``auditor verify --json``."""

from auditor.facts.fact import Value


class Signature(Value):
    """One signature of the file."""

    role: str
    """``auditor``, ``dpo`` or ``other``."""
    signer: str
    fingerprint: str
    """SHA-256 of the signer's certificate."""
    level: str
    trusted: bool
    """Whether a certificate given as trusted vouches for the signer."""
    intact: bool
    """Whether nothing that it covers was changed, and nothing of itself."""
    time: str
    """As the signer says, RFC 3339; empty where nothing is said."""
    faults: tuple[str, ...] = ()
    stamped: str = ""
    """As an independent authority says, RFC 3339; empty where it was not asked."""
    authority: str = ""
    """Its name."""
    authority_trusted: bool = False
    """Whether a certificate given as trusted vouches for it."""
    lasts: str = ""
    """Why a reader at the time of ``future`` could not confirm the signature from the file alone; empty: could."""


class Stamp(Value):
    """A time stamp over the whole file up to it."""

    authority: str
    time: str
    """RFC 3339."""
    until: str
    """End of the authority's certificate: a further time stamp is needed before."""
    trusted: bool
    intact: bool
    faults: tuple[str, ...] = ()


class Decided(Value):
    """What the data protection officer decided."""

    choice: str
    """``accept``, ``conditions`` or ``reject``; empty where nothing is ticked."""
    remarks: str
    signed: bool
    """Whether the officer's signature covers it, and nothing of it was changed since."""
    signer: str = ""
    time: str = ""
    """Of the authority where there is one, else as the officer says."""


class Held(Value):
    """One attached file."""

    name: str
    sha256: str
    ok: bool
    fault: str = ""


class Verdicts(Value):
    """Whether the findings follow from what is attached."""

    recomputed: bool = False
    equal: bool = False
    differences: tuple[str, ...] = ()
    own_knowledge: bool = False
    """Whether the tables attached are those of this release."""
    why_not: str = ""


class Pages(Value):
    """Whether the pages are those that the attached documents give."""

    compared: bool = False
    equal: bool = False
    why_not: str = ""


class Previous(Value):
    """The dossier that this one follows."""

    id: str
    ok: bool | None = None
    """Whether the file that was given is that one, and the changes told are those; null where none was given."""
    fault: str = ""


class Verification(Value):
    """The whole answer. ``problems`` says in words why it is not ``ok``."""

    ok: bool
    id: str = ""
    signatures: tuple[Signature, ...] = ()
    changes: tuple[str, ...] = ()
    """What was added after the auditor's signature, permitted or not."""
    stamps: tuple[Stamp, ...] = ()
    decision: Decided | None = None
    """None where nothing is filled in or signed."""
    future: str = ""
    """The time for which ``lasts`` of the signatures was asked, RFC 3339."""
    attachments: tuple[Held, ...] = ()
    verdicts: Verdicts = Verdicts()
    rendering: Pages = Pages()
    previous: Previous | None = None
    problems: tuple[str, ...] = ()
