"""Write docs/policy-reference.md: every field, check and rule, from the code that reads policies."""

import re
import types
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from auditor.policy import schema
from auditor.policy.checks import SPECS
from auditor.policy.effective import Deployer, Reading, Sealing
from auditor.policy.lint import explanations
from auditor.policy.spec import Spec

TARGET = Path(__file__).resolve().parents[1] / "docs" / "policy-reference.md"

HEAD = """\
# Policy reference

Made by `tools/policy_reference.py` from the code that reads policies; edit that. How to write a policy is told in
[policies.md](policies.md).

"""

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", schema.Policy),
    ("`valid`", schema.Valid),
    ("`authors`", schema.Author),
    ("`params`", schema.Param),
    ("`deployer`", Deployer),
    ("`reading`", Reading),
    ("`sealed`", Sealing),
    ("`standards`", schema.Standard),
    ("`groups`", schema.Group),
    ("`controls`", schema.ControlEntry),
    ("`controls` › `applies_to`", schema.AppliesTo),
    ("`tailoring`", schema.Tailoring),
    ("`pins`", schema.PinEntry),
    ("`waivers`", schema.WaiverEntry),
    ("`waivers` › `subject`", schema.WaiverSubject),
    ("`waivers` › `approved_by`", schema.ApprovalEntry),
    ("`tests`", schema.Case),
)

PARAMS = """\
## Types of parameters

| type | value | on the command line |
|---|---|---|
| `int` | a whole number, within `min` and `max` | `--param observe_seconds=600` |
| `bool` | `true` or `false` | `--param accept_conditions=false` |
| `str` | a text | `--param site=Brno` |
| `str-list` | a list of texts | `--param allowed_listeners=*:22,10.0.0.5:8000` |
| `spdx-list` | SPDX ids of licences, globs allowed | `--param allowed_licences=Apache-2.0,MIT` |
| `cidr-list` | address blocks without bits behind the prefix | `--param allowed_destinations=10.0.0.0/8,fd00::/8` |
| `gpu-list` | globs over product names | `--param permitted_gpus=*H100*` |

`"${name}"` in `with` or `applies_to` takes the value with its type. Within a list it is spliced in; within a longer
text only `int`, `bool` and `str` can stand.

"""


def text() -> str:
    """The whole document."""
    parts = [HEAD, "## Fields\n\nWhat has no default is obligatory.\n\n"]
    parts += [_section(title, model) for title, model in SECTIONS]
    parts += [PARAMS, "## Checks\n\nPolicies hold no code, only these names.\n\n"]
    parts += [_check(spec) for spec in SPECS.values()]
    parts.append("## Rules of `auditor policy lint`\n\n| rule | remarks on |\n|---|---|\n")
    parts += [f"| `{name}` | {_flat(words)} |\n" for name, words in sorted(explanations().items())]
    return "".join(parts)


def _section(title: str, model: type[BaseModel]) -> str:
    rows = "".join(
        f"| `{field.alias or name}` | {_shown(model, name, field)} | {_default(field)} | {_words(field)} |\n"
        for name, field in model.model_fields.items()
    )
    head = "| key | value | default | |\n|---|---|---|---|\n"
    return f"### {title}\n\n{_flat(model.__doc__ or '')}\n\n{head}{rows}\n"


def _shown(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    # Pydantic strips the outermost Annotated of a field; the class still has it.
    return _type(get_type_hints(model, include_extras=True).get(name, field.annotation))


def _check(spec: Spec) -> str:
    lines = [f"### `{spec.name}`\n\n{spec.rule} Unknown if {spec.unknown_when}.\n\n"]
    lines.append(f"Looks at {spec.looks_at}; one finding for each {spec.subject}.\n\n")
    if spec.arguments.model_fields:
        lines.append("| argument | value | default | |\n|---|---|---|---|\n")
        lines += [
            f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {_words(field)} |\n"
            for name, field in spec.arguments.model_fields.items()
        ]
        lines.append("\n")
    lines.append(f"```yaml\ncheck: {spec.name}\n")
    if spec.arguments.model_fields:
        lines.append(f"with: {spec.example}\n")
    lines.append(f"```\n\n- Evidenced: {spec.example_pass}\n- Contradicted: {spec.example_fail}\n\n")
    return "".join(lines)


def _type(annotation: Any) -> str:
    """A type in the words of somebody who writes YAML."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return "day" if annotation == schema.Day else _type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(part) for part in arguments if part is not type(None))
    if origin in (tuple, list):
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "text by language" if annotation == schema.Text else f"mapping to {_type(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    if annotation is Any:
        return "any value"
    return {str: "text", int: "whole number", bool: "`true` or `false`"}.get(annotation, "any value")


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "–"
    if isinstance(value, BaseModel) or value is None or value in ((), {}, ""):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{', '.join(value) if isinstance(value, tuple) else value}`"


def _words(field: FieldInfo) -> str:
    return _flat(field.description or "")


def _flat(words: str) -> str:
    return re.sub(r"``", "`", " ".join(words.split())).replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    print(f"wrote {TARGET}")
