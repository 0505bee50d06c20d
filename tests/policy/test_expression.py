"""Expressions of policies: what they may say, how far, and where a mistake is told."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.policy.expression import LONGEST, Refused, compile_expression, faults_of
from auditor.policy.loader import examine
from tests.policy.samples import MINIMAL, child, write

GOOD = [
    "models.all(m, m.format == 'safetensors')",
    "size(models.filter(m, m.store == 'ollama')) == 0",
    "model.name.startsWith('mistralai/') || model.family in values.families",
    "weights.exists(w, w.model == model.id && w.header.dtypes['BF16'] > 0)",
    "gpus.map(g, g.memory_total).all(bytes, bytes >= 40 * 1073741824)",
    "traffic.capture.seconds >= 300 ? traffic.listeners.all(l, l.port != 8000) : false",
    "host.kernel.matches('^6[.]') // a remark",
    "deployer.country == 'CZ' && !model.name.contains('test')",
    "timestamp(host.booted) > timestamp('2026-01-01T00:00:00Z')",
]

FAULTY = {
    "models.all(m, m.nmae == 'a')": (1, 17, "Model has no 'nmae'", "name"),
    "modles.all(m, true)": (1, 1, "unknown name 'modles'", "models"),
    "model.engine.verson == '1'": (1, 14, "Engine has no 'verson'", "version"),
    "host.kernel = 'a'": (1, 13, "'=' compares nothing", "=="),
    "size(models) > 0 and true": (1, 18, "'and' is no operator", "&&"),
    "sze(models) > 0": (1, 1, "unknown function 'sze'", "size"),
    "host.kernel.startswith('6')": (1, 13, "unknown function 'startswith'", "startsWith"),
    "host.kernel.matches('a', 'b')": (1, 13, "'matches' takes one argument", ""),
    "models.all(m.format == 'a')": (1, 8, "'all' is written LIST.all(NAME, EXPRESSION)", ""),
    "models.all(m, weights.all(w,\n  w.pth == m.path))": (2, 5, "Weight has no 'pth'", "path"),
    "has(host.kernel)": (1, 1, "'has' would make an answer of what was not seen", ""),
    "values.familes == []": (1, 8, "'values' has no 'familes'", "families"),
    "1 == 1": (1, 1, "asks for no fact", ""),
    "(host.kernel == 'a'": (1, 1, "'(' is never closed", ""),
    "Facts{host: 1}.host == host": (1, 1, "can stand here", ""),
    ".host.kernel == 'a'": (1, 1, "can stand here", ""),
    "dyn(host).kernel == 'a'": (1, 1, "unknown function 'dyn'", ""),
    "(" * 40 + "size(models)" + ")" * 40: (1, 17, "nested at most", ""),
    "!" * 300 + "(size(models) == 1)": (1, 17, "nested at most", ""),
    "||".join(["size(gpus)==1"] * 100): (1, 636, "too many operators", ""),
    "models.all(a, models.all(b, models.all(c, models.all(d, d.id == a.id))))": (1, 50, "too many of all", ""),
    "size(models) == 1 || " + "x" * LONGEST: (1, 1, f"at most {LONGEST} characters", ""),
    "__import__('os').system('id') == 0": (1, 1, "unknown function '__import__'", ""),
    "host.__class__ == 1": (1, 6, "Host has no '__class__'", ""),
}


@pytest.mark.parametrize("text", GOOD)
def test_an_expression_of_facts_and_known_functions_is_accepted(text: str) -> None:
    assert faults_of(text, "model", {"families": []}) == ()


@pytest.mark.parametrize(("text", "expected"), FAULTY.items(), ids=[text[:40] for text in FAULTY])
def test_a_mistake_is_told_at_its_line_and_column(text: str, expected: tuple[int, int, str, str]) -> None:
    line, column, words, suggestion = expected

    first = faults_of(text, "model", {"families": []})[0]

    assert (first.line, first.column) == (line, column), first
    assert words in first.words
    assert first.suggestion == suggestion
    with pytest.raises(Refused):
        compile_expression(text, "model", {"families": []})


def test_the_name_of_a_subject_is_there_only_where_it_is_asked_for_each() -> None:
    assert faults_of("model.format == 'gguf'", "model", {}) == ()
    assert faults_of("model.format == 'gguf'", "host", {})[0].suggestion == "models"


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="ab.()[]{}!-&|=<>?:,'\"\\ \n019models.all(m,", max_size=120))
def test_any_text_is_either_accepted_or_refused_within_itself(text: str) -> None:
    for fault in faults_of(text, "host", {}):
        assert 1 <= fault.line <= text.count("\n") + 1
        assert fault.column >= 1


CONTROL = """\
params: {{nets: {{type: str, default: a}}}}
groups: [{{id: EXP, title: {{en: Expressions}}}}]
controls:
  - id: EXP-001
    group: EXP
    title: {{en: x}}
    severity: low
    check: facts.expression
    with:
      each: model
      cel: {cel}
"""

PLACED = {
    "model.formt == 'gguf'": (17, 18),
    "\"model.formt == 'gguf'\"": (17, 19),
    "'model.formt == \"gguf\"'": (17, 19),
    "|\n        // a remark\n        model.formt == 'gguf'": (19, 15),
    ">\n        model.format == 'gguf' ||\n        model.formt == 'gguf'": (17, 12),
    "'model.formt == ''gguf'''": (17, 12),
    "model.format == '${nets}'": (17, 29),
}


@pytest.mark.parametrize(("cel", "place"), PLACED.items(), ids=PLACED)
def test_in_a_policy_the_place_is_that_in_the_file(tmp_path: Path, cel: str, place: tuple[int, int]) -> None:
    write(tmp_path, "base.yaml", MINIMAL)
    path = write(tmp_path, "site.yaml", child("site", "base.yaml", CONTROL.format(cel=cel)))

    found = examine(path)[1]

    assert [(m.line, m.column, m.rule) for m in found] == [(*place, "expression")], found


def test_another_expression_in_the_place_of_an_inherited_one_needs_a_reason(tmp_path: Path) -> None:
    write(tmp_path, "base.yaml", child("base", "builtin:truly-open@^1", CONTROL.format(cel="model.format == 'gguf'")))
    body = "controls:\n  - id: EXP-001\n    with: {cel: model.format != ''}\n"

    assert [m.rule for m in examine(write(tmp_path, "site.yaml", child("site", "base.yaml", body)))[1]] == [
        "weakened-without-reason"
    ]
