"""What the exports share: the documents, ids that follow from them, text that every format can hold."""

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from auditor.facts.audit import Audit
from auditor.judge.finding import Finding, Judgement
from auditor.knowledge.knowledge import Knowledge
from auditor.policy.effective import Effective

_SPACE = uuid.UUID("6b1c2f5e-5d2f-5f0e-9d0a-3a1f6c1b7e42")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Material:
    """The four documents that an export is made from."""

    audit: Audit
    judgement: Judgement
    policy: Effective
    knowledge: Knowledge

    def uuid(self, *parts: str) -> str:
        """An id (RFC 9562, version 5) that is the same whenever the same judgement is exported."""
        whole = (self.judgement.audit.digest, self.judgement.policy.sha256, self.judgement.judged, *parts)
        return str(uuid.uuid5(_SPACE, "\x1f".join(whole)))

    @property
    def tool(self) -> str:
        """Name and version of the program that looked."""
        return f"{self.audit.tool.name} {self.audit.tool.version}"


def clean(text: str) -> str:
    """Text without the characters that XML 1.0 (2.2) forbids."""
    return _UNPRINTABLE.sub("\ufffd", text)


def told(finding: Finding) -> str:
    """What was seen, what was not, and how to mend it."""
    parts = [f"Expected: {finding.expected}", f"Seen: {finding.observed}"]
    parts += [f"Not seen: {each}" for each in finding.not_seen]
    if finding.remedy:
        parts.append(f"Remedy: {finding.remedy}")
    return "\n".join(parts)


def place(finding: Finding) -> str:
    """The subject of a finding as a path: ``model/qwen3-8b``."""
    return f"{finding.subject.kind.value}/{finding.subject.id}"


def dump_json(data: Any) -> bytes:
    """JSON, keys in the order of their format."""
    return (json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8", "replace")
