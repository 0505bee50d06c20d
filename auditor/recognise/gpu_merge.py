"""One GPU as two sources show it: what only one tells is kept, and where they tell different things is a dispute."""

from typing import Any

from auditor.facts.fact import Fact
from auditor.facts.gpus import Dispute, Gpu, Pci

_TEXTS = ("name", "uuid", "serial", "part_number", "vbios", "ecc", "mig", "driver", "cuda")
_COMPARED = ("board_part_number", "inforom_image", "gsp_firmware", "minor_number", "persistence", "mig_pending")
"""Of the details, those that do not change from one moment to the next."""
_TOLERANCE = 0.02
"""Of memory: sources round, and some count what the driver keeps for itself."""


def joined(one: Gpu, other: Gpu) -> Gpu:
    """``one`` with what ``other`` adds; the index is that of ``one``."""
    changes: dict[str, Any] = {}
    disputes = [*one.disputes, *other.disputes]
    for field in _TEXTS:
        mine, theirs = getattr(one, field), getattr(other, field)
        changes[field] = _better(mine, theirs)
        if _differ(mine, theirs):
            disputes.append(Dispute(field=field, claims=(mine, theirs)))
    changes["memory_total"] = _better(one.memory_total, other.memory_total)
    a, b = one.memory_total.value, other.memory_total.value
    if a and b and abs(a - b) > _TOLERANCE * max(a, b):
        disputes.append(Dispute(field="memory", claims=(_mib(one.memory_total), _mib(other.memory_total))))
    changes["processes"] = _better(one.processes, other.processes)
    claims = disputed_ids(other.pci, one.pci)
    if claims:
        disputes.append(Dispute(field="pci", claims=claims))
    changes["pci"] = _better_pci(one.pci, other.pci)
    details = dict(one.details)
    for name, fact in other.details.items():
        details[name] = _better(details[name], fact) if name in details else fact
        if name in _COMPARED and name in one.details and _differ(one.details[name], fact):
            disputes.append(Dispute(field=name, claims=(one.details[name], fact)))
    changes["details"] = dict(sorted(details.items()))
    changes["sources"] = tuple(dict.fromkeys((*one.sources, *other.sources)))
    return one.model_copy(update=changes | {"disputes": tuple(disputes)})


def disputed_ids(one: Fact[Pci], other: Fact[Pci]) -> tuple[Fact[str], ...]:
    """The ids that two sources tell, where they are not the same; empty where they are, or one tells none."""
    a, b = one.value, other.value
    if a is None or b is None or not a.device or not b.device:
        return ()
    apart = (a.vendor, a.device) != (b.vendor, b.device)
    if not apart and (not a.subsystem or not b.subsystem or a.subsystem == b.subsystem):
        return ()
    return _ids(one, a), _ids(other, b)


def _ids(fact: Fact[Pci], pci: Pci) -> Fact[str]:
    return _other(fact, f"{pci.vendor}:{pci.device} {pci.subsystem}".strip())


def _mib(fact: Fact[int]) -> Fact[str]:
    return _other(fact, f"{(fact.value or 0) >> 20:,} MiB")


def _other(fact: Fact[Any], value: str) -> Fact[str]:
    return Fact[str](
        value=value, source=fact.source, method=fact.method, time=fact.time, status=fact.status, note=fact.note
    )


def _better(mine: Fact[Any], theirs: Fact[Any]) -> Fact[Any]:
    return theirs if theirs.seen and not mine.seen else mine


def _better_pci(mine: Fact[Pci], theirs: Fact[Pci]) -> Fact[Pci]:
    """Whichever has ids besides the address."""
    if theirs.value and theirs.value.device and not (mine.value and mine.value.device):
        return theirs
    return mine


def _differ(mine: Fact[str], theirs: Fact[str]) -> bool:
    return bool(mine.value and theirs.value and _plain(mine.value) != _plain(theirs.value))


def _plain(text: str) -> str:
    return " ".join(text.lower().removeprefix("nvidia ").split())
