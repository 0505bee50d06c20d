"""The text of a policy that is being edited: a new one over a built-in, and waivers written into it.

Comments, order and quotes of the file stay as they are. Pure.
"""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from auditor.errors import UserError
from auditor.policy.effective import Effective


def skeleton(policy: Effective) -> str:
    """A policy of one's own that asks what ``policy`` asks, to put waivers and parameters into."""
    title = policy.title.get("en", policy.id).replace('"', "'")
    return (
        "schema: sovereign-policy/1\n"
        f"id: {policy.id}-own\n"
        "version: 1.0.0\n"
        f"valid: {{from: {policy.valid_from}, until: {policy.valid_until}}}\n"
        f'title: {{en: "{title}, with our waivers"}}\n'
        f"extends: [builtin:{policy.id}@^{policy.version}]\n"
    )


def add_waiver(text: str, waiver: dict[str, Any]) -> str:
    """The text with one waiver more. Raises UserError where the text is not a policy."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        document = yaml.load(text)
    except (YAMLError, ValueError) as error:
        raise UserError(
            "the policy cannot be read, so no waiver can be written into it", "Mend the messages first.", str(error)
        ) from error
    if not isinstance(document, CommentedMap):
        raise UserError("this is not a policy", "A policy is a mapping; see `auditor policy show truly-open`.")
    waivers = document.get("waivers")
    if not isinstance(waivers, CommentedSeq):
        waivers = CommentedSeq()
        document["waivers"] = waivers
    if any(isinstance(known, dict) and known.get("id") == waiver["id"] for known in waivers):
        raise UserError(f"the policy has a waiver {waiver['id']} already", "Give the new one another id.")
    waivers.append(_mapping(waiver))
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _mapping(value: dict[str, Any]) -> CommentedMap:
    """Inner mappings and lists on one line, as in the files that come with the product."""
    made = CommentedMap()
    for key, item in value.items():
        if isinstance(item, dict):
            inner = CommentedMap(item)
            inner.fa.set_flow_style()
            made[key] = inner
        elif isinstance(item, list):
            line = CommentedSeq(item)
            line.fa.set_flow_style()
            made[key] = line
        else:
            made[key] = item
    return made
