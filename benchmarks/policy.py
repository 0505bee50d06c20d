"""How fast recorded hosts are judged: a thousand of them under the policy with the most controls, on one core.

    python benchmarks/policy.py [--hosts 1000] [--policy NAME] [--json]

The hosts are the recorded ones of the shipped policies, each under a name of its own. Reading facts from disk and
making the policy effective for each host are told apart from judging. Judging the first ten again in another process
with another hash seed has to give the same bytes.
"""

import argparse
import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from auditor.documents import read_audit
from auditor.facts.audit import Audit
from auditor.facts.canonical import canonical
from auditor.judge.engine import judge
from auditor.knowledge.knowledge import load as load_knowledge
from auditor.policy.loader import Loaded, builtin_names, load
from auditor.policy.resolve import effective

FACTS = Path(__file__).resolve().parents[1] / "policies" / "facts"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
AGAIN = 10
"""Hosts that another process judges again."""


def largest() -> str:
    """The shipped policy with the most controls."""
    return max(builtin_names(), key=lambda name: len(load(name).merged.active))


def hosts(count: int) -> list[Audit]:
    """The recorded hosts in turn, each with a name of its own."""
    recorded = [read_audit(path) for path in sorted(FACTS.glob("*.json"))]
    found = []
    for number in range(count):
        audit = recorded[number % len(recorded)]
        target = audit.target.model_copy(update={"name": f"host-{number:04}"})
        found.append(audit.model_copy(update={"target": target}))
    return found


def digest(audits: list[Audit], loaded: Loaded) -> str:
    """SHA-256 over the judgements of these hosts, byte for byte."""
    knowledge = load_knowledge()
    total = hashlib.sha256()
    for audit in audits:
        total.update(canonical(judge(audit, effective(loaded, audit.target.name), knowledge, NOW)))
    return total.hexdigest()


def measure(count: int, policy: str) -> dict[str, object]:
    """Seconds of one core by step, and whether judging is the same in another process."""
    begun = time.process_time()
    audits = hosts(count)
    read = time.process_time()
    loaded, knowledge = load(policy), load_knowledge()
    policies = [effective(loaded, audit.target.name) for audit in audits]
    tailored = time.process_time()
    findings = sum(len(judge(audit, own, knowledge, NOW).findings) for audit, own in zip(audits, policies, strict=True))
    judged = time.process_time()
    return {
        "hosts": count,
        "policy": policy,
        "controls": len(policies[0].controls),
        "findings": findings,
        "read_seconds": round(read - begun, 2),
        "effective_seconds": round(tailored - read, 2),
        "judge_seconds": round(judged - tailored, 2),
        "same_bytes": digest(audits[:AGAIN], loaded) == _elsewhere(policy),
    }


def _elsewhere(policy: str) -> str:
    """The digest of the first hosts, computed by another process with another order of hashes."""
    command = [sys.executable, __file__, "--policy", policy, "--digest"]
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=300, env={**os.environ, "PYTHONHASHSEED": "7"}
    )
    return run.stdout.strip()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--policy", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--digest", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    policy = arguments.policy or largest()
    if arguments.digest:
        print(digest(hosts(AGAIN), load(policy)))
        return
    found = measure(max(arguments.hosts, AGAIN), policy)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['hosts']} hosts under {policy} ({found['controls']} controls), {found['findings']} findings")
    print(f"  policies made effective  {found['effective_seconds']:>7} s of one core")
    print(f"  judged                   {found['judge_seconds']:>7} s")
    print(f"  the same bytes in another process: {'yes' if found['same_bytes'] else 'NO'}")


if __name__ == "__main__":
    main()
