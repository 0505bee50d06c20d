"""The kernel's own record of who tried to connect, beside the sink: it sees what fails for want of a route, too."""

import time

from auditor.probe.egress import NAMES, Watcher
from auditor.probe.unavailable import Unavailable
from auditor.sealed.sink import Record


class Observer:
    """Watches while a box runs, where this process may load programs into the kernel."""

    def __init__(self) -> None:
        self._watcher: Watcher | None = None
        self.missing = ""
        """Why it does not watch."""
        self.lost = 0

    def open(self) -> None:
        """Begin."""
        try:
            self._watcher = Watcher()
        except Unavailable as error:
            self.missing = error.what
        except OSError as error:
            self.missing = f"the kernel's observer cannot be started: {error.strerror}"

    def close(self, network: int) -> list[Record]:
        """End; what processes of this network namespace tried, loopback left out."""
        watcher, self._watcher = self._watcher, None
        if watcher is None:
            return []
        self.lost = watcher.close()
        offset = time.time() - time.monotonic()
        found = []
        for (proto, address, port, _), seen in watcher.flows.items():
            if seen.space != network or not address or _local(address) or (proto.startswith("udp") and port == 0):
                continue
            if proto.startswith("udp") and seen.kind not in NAMES:
                continue
            process = seen.owner.name if seen.owner is not None else seen.comm
            found.append(
                Record(
                    proto="dns" if port == 53 else proto.rstrip("6"),
                    name="",
                    address=address,
                    port=port,
                    process=process,
                    moment=seen.first + offset,
                    times=seen.count,
                    size=0,
                    outcome="blocked",
                    requests=(),
                    pieces=(),
                )
            )
        return found


def _local(address: str) -> bool:
    return address.startswith("127.") or address in ("::1", "0.0.0.0", "::")
