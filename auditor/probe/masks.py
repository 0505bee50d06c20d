"""Hides secrets before anything is written to the stream: in command lines, environments and small files."""

import re
from typing import Dict, Iterable, List

MASK = "***"

_SECRET_NAME = re.compile(
    r"(?:token|secret|passw(?:or)?d|passphrase|passwd|pwd|credential|cookie|authorization|bearer"
    r"|api[-_]?key|access[-_]?key|private[-_]?key|auth[-_]?key|(?:^|[-_.])key$|apikey|dsn|(?:^|[-_])(?:auth|pat|sas)$)",
    re.IGNORECASE,
)
_SECRET_VARIABLE = re.compile(r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH|COOKIE|DSN|LICEN[CS]E", re.IGNORECASE)
_NOT_SECRET = re.compile(
    r"^-{0,2}(?:max|min|num|n|skip|total|disable|enable|tokenizer|chat|prompt)[-_].*tokens?\w*$"
    r"|^-{0,2}\w*tokeni[sz]er|tokens$|tokens?[-_](?:per|threshold|limit|budget|count|size|len|ids?)\b|^-{0,2}monkey",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{8,}|api_org_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{8,}|nvapi-[A-Za-z0-9_-]{8,}|gh[pousr]_[A-Za-z0-9]{8,}"
    r"|github_pat_[A-Za-z0-9_]{8,}|glpat-[A-Za-z0-9_-]{8,}|xox[abprs]-[A-Za-z0-9-]{8,}|AKIA[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{20,}"
    r"|lsv2_[A-Za-z0-9_]{8,}|phc_[A-Za-z0-9]{8,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?)"
)
_BEARER = re.compile(r"\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31}://)[^/\s@'\"]{1,512}@")
_QUERY = re.compile(
    r"([?&;](?:[\w-]{0,40}(?:token|key|secret|password|sig|signature|auth)[\w-]{0,40})=)[^&\s;#'\"]+", re.I
)
_ASSIGNMENT = re.compile(
    r"([\"']?[\w.-]{0,64}(?:token|secret|passw(?:or)?d|passphrase|passwd|credential|api[-_]?key|access[-_]?key|private[-_]?key"
    r"|authorization|cookie)[\w.-]{0,32}[\"']?[ \t]{0,8}[:=][ \t]{0,8})(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&}\]]+)",
    re.IGNORECASE,
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,32}PRIVATE KEY-----|\Z)", re.DOTALL)


def secret(name: str) -> bool:
    """Whether an option or key of this name takes a secret; ``--max-tokens`` does not."""
    bare = name.strip("\"' \t").lstrip("-")
    return bool(_SECRET_NAME.search(bare)) and not _NOT_SECRET.search(bare)


def text(value: str) -> str:
    """Free text without what looks like a secret."""
    value = _PEM.sub(MASK, value)
    value = _USERINFO.sub(r"\1" + MASK + "@", value)
    value = _QUERY.sub(r"\1" + MASK, value)
    value = _BEARER.sub(r"\1\2" + MASK, value)
    value = _SHAPES.sub(MASK, value)
    return _ASSIGNMENT.sub(_assign, value)


def _assign(match: "re.Match[str]") -> str:
    name = match.group(1).rstrip().rstrip(":=").rstrip()
    if not secret(name):
        return match.group(0)
    quote = match.group(2)[0] if match.group(2)[0] in "\"'" else ""
    return match.group(1) + quote + MASK + quote


def command(arguments: Iterable[str]) -> List[str]:
    """A command line without secrets: values of secret options, and whatever looks like one."""
    shown: List[str] = []
    hide_next = False
    for argument in arguments:
        if hide_next and not argument.startswith("--"):
            shown.append(MASK)
            hide_next = False
            continue
        name, equals, value = argument.partition("=")
        is_option = argument.startswith("-") or re.match(r"^[A-Za-z_][\w.-]*=", argument)
        if is_option and equals and value and secret(name):
            shown.append(f"{name}={MASK}")
            hide_next = False
            continue
        hide_next = argument.startswith("-") and not equals and secret(argument)
        shown.append(text(argument))
    return shown


def environment(variables: Dict[str, str], wanted: Iterable[str]) -> Dict[str, str]:
    """The wanted variables only; of those whose name speaks of a secret only that they are set."""
    allowed = set(wanted)
    return {
        name: (MASK if value else "") if _SECRET_VARIABLE.search(name) else text(value)
        for name, value in sorted(variables.items())
        if name in allowed
    }
