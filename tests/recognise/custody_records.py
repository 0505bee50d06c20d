"""Records of files in use, made for tests: one that is mapped and the one on disk, unless told otherwise."""

from typing import Any

from auditor.facts.records import CustodyRecord
from tests.recognise.model_records import TIME

LATER, EARLIER = "2026-11-22T11:00:00Z", "2026-11-22T09:00:00Z"


def custody(path: str = "/srv/models/m/model.safetensors", pid: int = 100, **changes: Any) -> CustodyRecord:
    """A file that this process maps."""
    values: dict[str, Any] = {
        "source": f"/proc/{pid}/map_files/1-2", "method": "map_files", "time": TIME, "pid": pid, "path": path,
        "place": path, "weight": path, "held": "mapped", "same": True, "deleted": False, "sha256": None,
        "disk_sha256": None, "device": 2049, "inode": 1312, "size": 100, "modified": EARLIER, "changed": EARLIER,
        "started": TIME, "copied": 0, "namespace": "mnt:[1]", "layer": "host", "mount": "/ (ext4)",
    }  # fmt: skip
    return CustodyRecord(**(values | changes))
