#!/usr/bin/env python3
"""Makes templates.jsonl, chat templates of known families and what jinja2 makes of conversations with them, and
jinja.jsonl, small templates and what jinja2 makes of them.

    pip install jinja2==3.1.6
    python3 make_templates.py FOLDER

FOLDER is what fetch_vocabularies.py has fetched.
"""

import json
import pathlib
import sys

import chats

HERE = pathlib.Path(__file__).resolve().parent

SHIPPED = [
    "Qwen-Qwen2.5-7B-Instruct", "Qwen-Qwen3-0.6B", "google-gemma-2-2b-it", "meta-llama-Llama-3.2-3B-Instruct",
    "microsoft-Phi-3.5-mini-instruct", "mistralai-Mistral-Nemo-Instruct-2407",
]

# Those of model cards, in which line breaks are written as in the cards.
CARDS = {
    "SmolLM2": r"""{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}""",
    "OpenHermes": r"""{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}""",
    "Llama 2": r"""{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""",
    "Mistral": r"""{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}""",
    "Llama 3": r"""{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}""",
    "Zephyr": r"""{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>
'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
    "Phi-3": r"""{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') %}{{'<|user|>' + '\n' + message['content'] + '<|end|>' + '\n' + '<|assistant|>' + '\n'}}{% elif (message['role'] == 'assistant') %}{{message['content'] + '<|end|>' + '\n'}}{% endif %}{% endfor %}""",
}


# Each is rendered with the third of the conversations.
SNIPPETS = r"""
{{ 1 + 2 * 3 - 4 // 3 % 2 }}
{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2.5 * 2 }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.5 }}
{{ 'a' 'b' + "c\n\t\"'\u00e9\x41" }}|
{{ [1, 'a', none, true] }} {{ {'a': 1} }} {{ (1, 2)[1] }}
{{ 1 < 2 and not 2 > 3 or false }} {{ 1 == 1.0 }} {{ 'a' != 'b' }} {{ true == 1 }}
{{ 'a' if false else 'b' if true else 'c' }}{{ 'x' if false }}
{{ 2 in [1, 2] }} {{ 'b' not in 'abc' }} {{ 'k' in {'k': 1} }} {{ not 1 in [] }}
{{ messages[0].role }} {{ messages[-1]['content'] }} {{ messages[9] is defined }}
{{ messages[1:] | length }} {{ messages[::-1][0].role }} {{ 'abcdef'[1:-1] }} {{ 'abcdef'[::2] }} {{ 'abc'[5:] }}|
{{ x is defined }} {{ x is undefined }} {{ x }}| {{ none is none }} {{ x is none }} {{ messages is iterable }}
{{ 'a' is string }} {{ 1 is number }} {{ {} is mapping }} {{ [] is sequence }} {{ 3 is odd }} {{ 3 is not even }}
{{ true is true }} {{ 1 is true }} {{ false is false }} {{ 1 is equalto 1 }} {{ 1 is eq 2 }}
{{ ' a ' | trim }}|{{ 'xxaxx' | trim('x') }}|{{ ' a '.strip() }}|{{ ' a '.lstrip() }}|{{ ' a '.rstrip() }}|{{ 'xa'.lstrip('x') }}
{{ 'aBc' | upper }} {{ 'aBc' | lower }} {{ 'aBC' | capitalize }} {{ 'a'.upper() }} {{ 'A'.lower() }}
{{ x | default('d') }} {{ none | default('d') }} {{ '' | default('d', true) }} {{ '' | default('e', boolean=true) }}
{{ [1, 2] | join(', ') }} {{ [1, 2] | first }} {{ [1, 2] | last }} {{ 'abc' | length }} {{ [3, 1] | list }}
{{ 'a-b-c'.split('-') }} {{ 'a-b-c'.split('-', 1)[1] }} {{ 'a  b'.split() }} {{ 'a-b' | replace('-', '+') }}
{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('bc') }} {{ 'abc'.startswith(('x', 'a')) }} {{ 'a-b'.replace('-', '') }}
{{ messages | map(attribute='role') | join(',') }} {{ ['a'] | map('upper') | list }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', 'eq', 'user') | list | length }}
{{ {'a': [1, none, true, 'q"\n']} | tojson }} {{ '5' | int + 1 }} {{ 'q' | int }} {{ 5 | string + '!' }}
{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }} {% endfor %}
{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined }}>{{ loop.nextitem.role if not loop.last }} {% endfor %}
{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% else %}none{% endfor %}
{% for m in [] %}a{% else %}none{% endfor %}{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}
{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(1, 7, 2) %}{{ i }}{% endfor %}{% for c in 'añ' %}{{ c }},{% endfor %}
{% for i in range(9) %}{% if i == 2 %}{% continue %}{% elif i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% set a = 1 %}{% for i in [1] %}{% set a = 2 %}{{ a }}{% endfor %}{{ a }}{% set b, c = [1, 2] %}{{ b + c }}
{% set n = namespace(a=1) %}{% for i in [1, 2] %}{% set n.a = n.a + i %}{% endfor %}{{ n.a }}
{% set t %}x{{ 1 }}y{% endset %}{{ t }}{% if t == 'x1y' %}!{% endif %}
{% macro m(a, b='d') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}
{% if x %}a{% elif none %}b{% else %}c{% endif %}{% if [] or {} or '' or 0 %}d{% endif %}
{{ raise_exception('no') }}
{{ x.y }}
{{ 'a' + 1 }}
{{ unknown(1) }}
{{ 1 | unknown }}
{% if %}
{% for %}
{{ 'a
{% if x %}
{# a comment #}a{# another #}  b{#- closer -#}  c
{%- if true -%}  a  {%- endif -%}  b
  {{- 'a' -}}  b {{ 'c' }}  d
{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}{{ tools }}{{ tools is none }}
{% for k, v in {'a': 1} | items %}{{ k }}{{ v }}{% endfor %} {{ {'a': 1}.get('b', 2) }} {{ {'a': 1}.keys() | list }} {{ {'a': 1}.values() | list }}
""".strip().split("\n")

BLOCKS = [
    "a\n  {% if true %}\n    b\n  {% endif %}\n  c\n",
    "{% if true %}\n\n  x\n{% endif %}\n\n",
    "  {% if true %} x {% endif %} y\n",
    "{{ 1 }}\n{{ 2 }}\n  {{ 3 }}\n",
    "{%- if true %}\n  {{- 'a' }}\n  {%- endif %}\n{# c #}\nz",
    "  {#- c #}\n  b",
    "{% set a = {'k': {'l': 1}} %}{{ a.k.l }}{{ a['k']['l'] }}}}",
    "{% generation %}{{ 'a' }}{% endgeneration %}b",
    "{%+ if true %}\na{% endif %}",
    "x {%+ if true +%}\na{% endif %}",
]


def snippet(source):
    return json.dumps({"template": source, "text": chats.render(source, chats.CONVERSATIONS[2])}, ensure_ascii=False)


def main(folder):
    templates = pathlib.Path(folder) / "templates"
    sources = {name: (templates / f"{name}.jinja").read_bytes().decode() for name in SHIPPED}
    rows = [chats.row(name, source) for name, source in {**CARDS, **sources}.items()]
    (HERE / "templates.jsonl").write_bytes("".join(row + "\n" for row in rows).encode())
    rows = [snippet(source) for source in SNIPPETS + BLOCKS]
    (HERE / "jinja.jsonl").write_bytes("".join(row + "\n" for row in rows).encode())


if __name__ == "__main__":
    main(sys.argv[1])
