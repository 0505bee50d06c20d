"""The text of a policy that is being edited: a new one over a built-in, and waivers written into it. Pure."""

from typing import Any

from auditor.errors import UserError
from auditor.policy import waivers
from auditor.policy.effective import Effective, Waiver


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
    """The text with one waiver more, all else to the byte. Raises UserError where the text is not a policy."""
    try:
        return waivers.add_waiver(text, Waiver.model_validate(waiver))
    except ValueError as error:
        raise UserError(f"no waiver can be written: {error}", "Mend the messages under the editor first.") from error
