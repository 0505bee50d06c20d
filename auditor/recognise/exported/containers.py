"""Output of ``docker inspect`` (or ``podman inspect``) → how each container is run."""

import json
from collections.abc import Iterator
from typing import Any

from auditor.facts.fact import Instant
from auditor.facts.records import SettingRecord
from auditor.probe.settings import kept

MOST = 2_000


def containers_of(text: str, source: str, time: Instant) -> Iterator[SettingRecord]:
    """One record for each container, with the chosen settings only; environments are not taken."""
    for number, data in enumerate(_objects(text)):
        host = data.get("HostConfig")
        settings = {**data, **host} if isinstance(host, dict) else data
        name = str(data.get("Id") or number)[:12]
        yield SettingRecord(
            source=f"{source}/{name}/inspect", method="export", time=time, name="container",
            text=kept("container", json.dumps(settings)),
        )  # fmt: skip


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a list, or of one object a line."""
    for part in [text] if text.lstrip().startswith("[") else text.split("\n")[:MOST]:
        try:
            data = json.loads(part) if part.strip() else []
        except (ValueError, RecursionError):
            continue
        yield from (one for one in (data if isinstance(data, list) else [data])[:MOST] if isinstance(one, dict))
