"""Chat templates as Hugging Face's `transformers` renders them, and conversations to render."""

import json

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

CONVERSATIONS = [
    [["user", "Hello"]],
    [["user", " Hello\n"], ["assistant", " Hi  there "], ["user", "Who?"]],
    [["system", "Be brief."], ["user", "天空 <|im_end|> </s> [INST]"]],
    [
        ["system", "Be brief. "], ["user", "\n\nHello"], ["assistant", "Hi\n"], ["user", "'s so"],
        ["assistant", "   I am   "], ["user", "1 + 1"],
    ],
]


class Generation(Extension):
    """The block that marks what a model says, for training."""

    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(["name:endgeneration"], drop_needle=True)


def environment():
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )

    def refuse(message):
        raise jinja2.exceptions.TemplateError(message)

    made.globals["raise_exception"] = refuse
    made.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    return made


def render(source, conversation, beginning="<s>", end="</s>"):
    """The prompt that asks for a reply; None where the template refuses the conversation."""
    messages = [{"role": role, "content": content} for role, content in conversation]
    try:
        return environment().from_string(source).render(
            messages=messages, add_generation_prompt=True, bos_token=beginning, eos_token=end, tools=None,
            documents=None,
        )
    except Exception:
        return None


def folded(conversation):
    """A conversation in which the system prompt is a part of the next message: what llama.cpp gives a template that
    has no place for one (`system_message_not_supported` in its common/chat.cpp)."""
    (_, prompt), (role, content) = conversation[:2]
    return [[role, prompt + "\n" + content]] + conversation[2:]


def prompt(source, conversation):
    """What llama.cpp makes of a conversation with a template: a system prompt is never lost."""
    text = render(source, conversation)
    role, content = conversation[0]
    if role != "system" or text is not None and content.strip() in text:
        return text
    return render(source, folded(conversation))


def row(name, source):
    """A line of a fixture: the template, and what it makes of each of the conversations."""
    talks = [{"messages": talk, "text": prompt(source, talk)} for talk in CONVERSATIONS]
    return json.dumps({"name": name, "template": source, "talks": talks}, ensure_ascii=False)
