"""Policies that are made to cost: each a file, perhaps with others beside it, that has to be refused."""

from collections.abc import Callable
from pathlib import Path

from tests.policy.test_broken import GOOD, ROWS

CEL = """\
  - id: LIC-009
    group: LIC
    title: {{en: x}}
    rationale: {{en: x}}
    severity: low
    check: facts.expression
    with: {{cel: {cel}}}
tailoring:
"""


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return GOOD + "\n".join(lines) + "\n"


def _expression(cel: str) -> str:
    return GOOD.replace("tailoring:\n", CEL.format(cel=cel), 1)


HOSTILE: dict[str, str | bytes] = {
    "an alias bomb": _bomb(),
    "an alias within itself": GOOD + "loop: &loop [*loop]\n",
    "lists in lists": GOOD + "deep: " + "[" * 5000 + "]" * 5000 + "\n",
    "mappings in mappings": GOOD + "deep: " + "{a: " * 3000 + "1" + "}" * 3000 + "\n",
    "a file of two megabytes": GOOD + "#" * (2 << 20) + "\n",
    "a line of nearly a megabyte": GOOD.replace("en: Use", "en: " + "x" * 1_000_000) + "wrong: 1\n",
    "ten thousand unknown keys": GOOD + "".join(f"k{n}: 1\n" for n in range(10_000)),
    "ten thousand times the same key": GOOD + "again: 1\n" * 10_000,
    "sixty thousand entries": GOOD + "tests: [" + "a, " * 60_000 + "a]\n",
    "two hundred thousand entries": GOOD + "wrong: [" + "a, " * 200_000 + "a]\n",
    "five thousand controls": GOOD.replace(
        "tailoring:\n", "".join(f"  - {{id: X-{n % 1000:03}, group: Q}}\n" for n in range(5000)) + "tailoring:\n", 1
    ),
    "a parameter of a million characters": GOOD.replace("type: cidr-list", "type: " + "c" * 900_000),
    "a parameter put in many times": GOOD.replace("{en: Use}", "{en: Use}").replace(
        "accepted: [MIT]", 'accepted: ["' + "${secs}" * 5000 + '"]'
    ),
    "a number of a million digits": GOOD.replace("default: 300", "default: " + "9" * 900_000),
    "a name like a hundred others": GOOD + "".join(f"titl{chr(97 + n % 26)}{n}: 1\n" for n in range(3000)),
    "no UTF-8": GOOD.encode() + b"x: \xff\xfe\n",
    "a zero byte": GOOD.encode() + b"x: \x00\n",
    "UTF-16": GOOD.encode("utf-16"),
    "half a character": GOOD.encode() + "é".encode()[:1],
    "a tag that runs": GOOD + "x: !!python/object/apply:os.system [id]\n",
    "a merge key": GOOD.replace("deployer: {", "deployer: {<<: {a: 1}, "),
    "a directive": "%YAML 1.1\n---\n" + GOOD + "...\n---\nsecond: 1\n",
    "an expression of brackets": _expression('"' + "(" * 900 + "size(models)" + ")" * 900 + '"'),
    "an expression of signs": _expression('"' + "!" * 1500 + "(size(models) > 0)" + '"'),
    "an expression of operators": _expression('"' + "||".join(["size(gpus)==1"] * 130) + '"'),
    "an expression of macros": _expression('"' + "models.all(a, " * 40 + "true" + ")" * 40 + '"'),
    "an expression of quotes": _expression("|\n      " + "'" * 1501 + "\n    "),
    "an expression too long": _expression('"size(models) > ' + "1" * 100_000 + '"'),
}
"""Each alone in its file."""


def _cycle(folder: Path) -> Path:
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        text = GOOD.replace("id: site", f"id: {one}").replace("params:", f"extends: [{other}.yaml]\nparams:", 1)
        (folder / f"{one}.yaml").write_text(text, encoding="utf-8")
    return folder / "a.yaml"


def _chain(folder: Path) -> Path:
    for n in range(60):
        text = GOOD.replace("id: site", f"id: p{n}").replace("params:", f"extends: [p{n + 1}.yaml]\nparams:", 1)
        (folder / f"p{n}.yaml").write_text(text, encoding="utf-8")
    return folder / "p0.yaml"


def _fan(folder: Path) -> Path:
    """Each of thirty extends all that follow: as many ways as there are subsets."""
    for n in range(30):
        rest = ", ".join(f"f{m}.yaml" for m in range(n + 1, 30))
        text = GOOD.replace("id: site", f"id: f{n}").replace("params:", f"extends: [{rest}]\nparams:", 1)
        (folder / f"f{n}.yaml").write_text(text + ("wrong: 1\n" if n == 29 else ""), encoding="utf-8")
    return folder / "f0.yaml"


FOLDERS: dict[str, Callable[[Path], Path]] = {
    "a cycle of three": _cycle,
    "a chain of sixty": _chain,
    "thirty that extend each other": _fan,
}


def write_all(folder: Path) -> dict[str, Path]:
    """Every broken policy there is, on disk."""
    found: dict[str, Path] = {}
    for number, (before, after, place, word) in enumerate(ROWS):
        below = folder / f"row-{number}"
        below.mkdir()
        found[f"{number} {place} {word}"] = below / "site.yaml"
        (below / "site.yaml").write_text(GOOD.replace(before, after, 1), encoding="utf-8")
    for number, (name, data) in enumerate(HOSTILE.items()):
        path = folder / f"hostile-{number}.yaml"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        found[name] = path
    for name, make in FOLDERS.items():
        below = folder / name.replace(" ", "-")
        below.mkdir()
        found[name] = make(below)
    return found
