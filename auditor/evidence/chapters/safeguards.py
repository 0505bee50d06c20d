"""How the host is set up: what models and swap lie on, core files, logins, firewall, proxies, containers."""

from collections.abc import Callable
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from auditor.evidence.blocks import Text
from auditor.evidence.chapters.markup import code, plain, section, table
from auditor.evidence.edition import Edition
from auditor.evidence.grid import row
from auditor.evidence.styles import CAPTION
from auditor.facts.fact import Fact
from auditor.facts.safeguards import Container, Store, Swap

_MOST = 6
"""Things told one by one of a kind."""


def safeguards(edition: Edition) -> list[Flowable]:
    """One line for each kind of setting; nothing where nobody looked."""
    found = edition.audit.facts.safeguards
    if found is None:
        return []
    words = edition.words
    tell: dict[str, Callable[[Any], list[str]]] = {
        "stores": lambda stores: _stores(edition, stores),
        "swaps": lambda swaps: _swaps(edition, swaps),
        "core_pattern": lambda pattern: [code(pattern, 70)] if pattern else [],
        "accounts": lambda accounts: [plain(", ".join(account.name for account in accounts), 200)] if accounts else [],
        "login": lambda login: [
            plain(words("safeguards.login_root", root=login.root)),
            plain(words(f"safeguards.passwords.{'yes' if login.passwords else 'no'}")),
        ],
        "firewall": lambda wall: [plain(words(f"safeguards.default.{wall.default}")), code(wall.where, 60)],
        "proxies": lambda proxies: [code(f"{proxy.where}: {proxy.line}", 80) for proxy in proxies[:_MOST]],
        "containers": lambda containers: _containers(edition, containers),
    }
    rows = [
        row(
            Text(plain(words(f"safeguards.{name}")), CAPTION, tag=""),
            [Text(line, CAPTION, tag="") for line in _told(edition, getattr(found, name), say)],
        )
        for name, say in tell.items()
    ]
    heads = [words("safeguards.setting"), words("safeguards.seen")]
    return [*section(words("safeguards.title")), table(heads, rows, (50 * mm, 120 * mm))]


def _told(edition: Edition, fact: Fact[Any], say: Callable[[Any], list[str]]) -> list[str]:
    if not fact.seen:
        return [plain(edition.words(f"status.{fact.status.value}"))]
    return say(fact.value) or [plain(edition.words("safeguards.none"))]


def _encrypted(edition: Edition, answer: bool | None) -> str:
    if answer is None:
        return edition.words("safeguards.unseen")
    return edition.words("safeguards.encrypted" if answer else "safeguards.clear")


def _stores(edition: Edition, stores: tuple[Store, ...]) -> list[str]:
    found = dict.fromkeys((store.mount or store.path, store.filesystem, store.encrypted) for store in stores)
    return [
        f"{code(place, 60)} {plain(f'{kind}: {_encrypted(edition, answer)}')}"
        for place, kind, answer in list(found)[:_MOST]
    ]


def _swaps(edition: Edition, swaps: tuple[Swap, ...]) -> list[str]:
    return [
        f"{code(swap.device, 60)} "
        + plain(swap.kind if swap.kind == "zram" else f"{swap.kind}: {_encrypted(edition, swap.encrypted)}")
        for swap in swaps[:_MOST]
    ]


def _containers(edition: Edition, containers: tuple[Container, ...]) -> list[str]:
    loose = [one.id for one in containers if one.privileged or one.host_network or one.engine_socket]
    return [plain(edition.words("safeguards.containers_seen", count=len(containers), loose=len(loose)))]
