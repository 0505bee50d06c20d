"""Chat templates are parsed, never rendered; what reaches beyond the messages is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.facts.contents import Harm
from auditor.recognise.templates import LONGEST, hazards_of

ORDINARY = [
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message.content | trim }}<|im_end|>{% endfor %}",
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% endif %}{{ bos_token }}",
    "{% for m in messages %}{% if m.role == 'user' and messages[loop.index0 + 1] is defined %}{% continue %}{% endif %}"
    "{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}",
    "{% set ns = namespace(found=false) %}{% set ns.found = true %}{{ tools | tojson(indent=4) }}",
    "{{ raise_exception('roles must alternate') }}{{ strftime_now('%d %b %Y') }}",
    "{%- macro render(x) %}{{ x | map(attribute='name') | join(', ') }}{% endmacro %}{{ render(tools) }}",
    "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{% for i in range(3) %}{{ i }}{% endfor %}",
    "{% set parts = content.split('</think>') %}{{ parts[-1].lstrip('\\n') }}{{ '%s' | format(x) }}",
]

HARMFUL = [
    "{{ ''.__class__ }}",
    "{{ x['__class__']['__mro__'][1]['__subclasses__']() }}",
    "{{ x|attr('__globals__') }}",
    "{{ x|attr(name) }}",
    "{{ x|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ xs | map(attribute='__init__.__globals__') | list }}",
    "{{ xs | map('attr', '__class__') }}",
    "{% import 'os' as o %}",
    "{% include 'x' %}",
    "{% extends y %}",
    "{% from 'a' import b %}",
    "{{ x.gi_frame.f_back }}",
    "{{ '{0.__class__}'.format(x) }}",
]

SUSPICIOUS = [
    "{{ x['__cla' ~ 'ss__'] }}",
    "{{ x['__cla' + 'ss__'] }}",
    "{{ x[['_', '_class', '_', '_'] | join] }}",
    "{{ x['%sclass%s' % (a, a)] }}",
    "{{ lipsum }}",
    "{{ self._environment }}",
    "{% for i in range(999999999) %}{% endfor %}",
    "{{ 'a' * 999999999 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ cycler.popen('id') }}",
]


@pytest.mark.parametrize("template", ORDINARY)
def test_ordinary_templates_are_not_accused(template: str) -> None:
    assert hazards_of(template) == ((), "")


@pytest.mark.parametrize("template", HARMFUL)
def test_what_reaches_out_is_named(template: str) -> None:
    found, problem = hazards_of(template)
    assert any(hazard.harm is Harm.HIGH for hazard in found)
    assert problem == ""


@pytest.mark.parametrize("template", SUSPICIOUS)
def test_what_may_reach_out_or_keep_a_server_busy_is_named(template: str) -> None:
    found, _ = hazards_of(template)
    assert {hazard.harm for hazard in found} & {Harm.MEDIUM, Harm.HIGH}


def test_the_line_is_told() -> None:
    ((hazard,), _) = hazards_of("a\nb\n{{ x.__class__ }}")
    assert (hazard.where, hazard.detail) == ("line 3", "reaches for the attribute __class__")


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ x", "is no template that Jinja can parse"),
        ("x" * (LONGEST + 1), "is not parsed"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "could not be parsed"),
    ],
)
def test_what_cannot_be_parsed_is_not_called_clean(template: str, why: str) -> None:
    found, problem = hazards_of(template)
    assert found == ()
    assert why in problem


def test_a_template_of_endless_signs_is_bounded() -> None:
    found, problem = hazards_of("".join(f"{{{{ x.__a{n}__ }}}}" for n in range(500)))
    assert 0 < len(found) < 100
    assert "not looked through to its end" in problem


@given(st.text(alphabet="{}%()[]|._'\"ab1+~* \n", max_size=80))
def test_any_text_is_survived(template: str) -> None:
    hazards_of(template)
