"""Templates come with model files from anywhere: they may not reach Python, and each one ends."""

import pytest

from foretoken.gateway.bounds import TemplateFailed
from foretoken.gateway.chat_template import ChatTemplate
from foretoken.gateway.placeholders import Placeholders


def render(source: str, **values: object) -> str:
    return ChatTemplate(source, "<s>", "</s>").render(values, Placeholders())


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000000) %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
        "{{ 'x' * 10000000000 }}",
        "{{ [1] * 10000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ 10000000000 * 'x' }}",
        "{{ 'x'.ljust(10000000000) }}",
        "{{ 'x' | center(10000000000) }}",
        "{{ 'x' | indent(10000000000, true) }}",
        "{{ '%10000000000d' % 1 }}",
        "{{ '%(a)-10000000000d' % {'a': 1} }}",
        "{{ '{:{}}'.format(1, 10000000000) }}",
        "{{ '%10000000000d' | format(1) }}",
        "{% set n = namespace(x='xxxxxxxx') %}{% for a in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x='xxxxxxxx') %}{% for a in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x='xx') %}{% for a in range(60) %}{% set n.x = n.x.replace('x', n.x) %}{% endfor %}",
        "{% set n = namespace(x=['xx']) %}{% for a in range(60) %}{% set n.x = [n.x | join, n.x | join] %}{% endfor %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ raise_exception.__globals__.x }}",
        "{% set n = namespace(x=[1]) %}{% for a in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for a in range(60) %}{% set n.x = {1: n.x, 2: n.x} %}{% endfor %}{{ n.x }}",
        "{% set n = namespace(x='xx') %}{% for a in range(60) %}{% set n.x = n.x | replace('x', n.x) %}{% endfor %}",
        "{{ messages.append(1) }}",
        "{{ missing.field }}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "{{ 'a' | unknown }}",
        "(" * 10 + "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ strftime_now(5) }}",
        "{{ '{:>10000000000}'.format(1) }}",
    ],
)
def test_hostile_templates_fail(source: str):
    with pytest.raises(TemplateFailed):
        render(source, messages=[])


def test_a_templates_own_words_are_the_message():
    with pytest.raises(TemplateFailed, match="^no such role$"):
        render("{{ raise_exception('no such role') }}")


def test_what_templates_expect():
    assert render("{{ bos_token }}{{ eos_token }}") == "<s></s>"
    assert render("{% for a in [1, 2, 3] %}{% if a == 2 %}{% break %}{% endif %}{{ a }}{% endfor %}") == "1"
    assert render("  {% if true %}\nx\n  {% endif %}\n") == "x\n"  # trim_blocks and lstrip_blocks
    assert len(render("{{ strftime_now('%Y-%m-%d') }}")) == 10
    assert render("{% generation %}x{% endgeneration %}") == "x"
    assert render("{{ 'a' ~ 1 ~ 'b' }}{{ 'a' + 'b' }}{{ 3 * 2 }}{{ 'ab' * 2 }}{{ 5 % 3 }}") == "a1bab6abab2"
    assert render("{{ x | tojson }} {{ x | tojson(indent=1) }}", x={}) == "{} {}"
    assert render("{% set n = namespace(i=0) %}{% for a in 'abc' %}{% set n.i = n.i + 1 %}{% endfor %}{{ n.i }}") == "3"
    assert render("{{ 'a\nb' | indent(2) }}") == "a\n  b"
    assert render("{% set a, b = (1, 2) %}{{ b }}{{ {'x': [3]}.x[0] }}{{ ['a', 'b'] | join('-') }}") == "23a-b"
    assert render("{{ '{} {a}'.format(1, a=2) }}{{ '%s' % 3 }}") == "1 23"
    assert render("{% for a, b in {'x': 1}.items() %}{{ a }}{{ b }}{% endfor %}{{ 'a-b'.split('-')[1] }}") == "x1b"


HUGE = "'x' * 16777216"


@pytest.mark.parametrize(
    "source",
    [
        "{% set ns = namespace() %}{% set ns.x = 1048575 ** 64 %}"
        "{% for i in range(30) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
        "{% set a0 %}{{ 'x' * 1000000 }}{% endset %}"
        + "".join(f"{{% set a{n + 1} %}}{{{{ a{n} }}}}{{{{ a{n} }}}}{{% endset %}}" for n in range(12)),
        "{% macro m(x) %}{{ x }}{{ x }}{% endmacro %}{% set ns = namespace(x='x' * 1000000) %}"
        "{% for i in range(12) %}{% set ns.x = m(ns.x) %}{% endfor %}",
        "".join(f"{{% set a{n} = {HUGE} %}}" for n in range(150)),
        "".join(f"{{% set a{n} = ('x' * 1000000) | list %}}" for n in range(8)),
        f"{{% set x = {HUGE} %}}" + "".join(f"{{% set a{n} = x[1:] %}}" for n in range(8)),
        f"{{% set x = {HUGE} %}}" + "".join(f"{{% set a{n} = x | upper %}}" for n in range(8)),
        f"{{% set x = {HUGE} %}}" + "".join(f"{{% set a{n} = x.upper() %}}" for n in range(8)),
        "{{ '{0}{0}{0}{0}'.format('x' * 10000000) }}",
        "{{ '%(a)s%(a)s%(a)s' % {'a': 'x' * 10000000} }}",
        "{% set x = [1] * 900000 %}{% set b %}{% for i in range(1000) %}{{ x }}{% endfor %}{% endset %}",
        "{{ ('x' * 10000000).split('') }}{{ ('x ' * 5000000).split() }}",
        "{{ lipsum(100000) }}",
        "{% set x = 'x' * 16777216 %}{% for i in range(100000) %}{% if 'y' in x %}{% endif %}{% endfor %}",
    ],
)
def test_no_template_takes_the_memory_or_the_time(source: str):
    with pytest.raises(TemplateFailed):
        render(source, messages=[])


def test_memory_that_is_not_there_is_a_refusal():
    def none_left() -> None:
        raise MemoryError

    with pytest.raises(TemplateFailed, match="memory"):
        render("{{ f() }}", f=none_left)
