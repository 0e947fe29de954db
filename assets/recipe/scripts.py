"""What the model is made to write: the course of a chat or of a free text, token by token."""

import random
from collections import Counter
from dataclasses import dataclass, field


def is_repetitive(tokens, span=4, share=0.35):
    """Whether many of the document's runs of `span` tokens are the same few."""
    runs = Counter(zip(*(tokens[place:] for place in range(span))))
    total = sum(runs.values())
    return total > 32 and sum(count - 1 for count in runs.values()) > share * total


@dataclass
class Document:
    """One document on its way. `forced` are tokens still to be put in whatever the model says."""

    tokens: list
    counts: list
    forced: list
    temperature: float
    state: dict = field(default_factory=dict)
    done: bool = False


class ChatScript:
    """The model writes the user's turns, too: the template up to the user's header, then whatever comes."""

    # How often a reply is followed by another question.
    MORE = 0.25

    def __init__(self, vocabulary, length):
        self.end = vocabulary.end
        self.control = vocabulary.control
        self.prefix = vocabulary.opening()
        self.headers = {role: vocabulary.header(role) for role in ("user", "assistant")}
        self.length = length

    def begin(self):
        return Document(
            tokens=list(self.prefix), counts=[False] * len(self.prefix), forced=[], temperature=1.0,
            state={"role": "user"})

    def take(self, document, token, was_forced):
        role = document.state["role"]
        document.tokens.append(token)
        document.counts.append(not was_forced and role == "assistant")
        if len(document.tokens) >= self.length:
            document.done = True
        elif was_forced:
            return
        elif token == self.end:
            if role == "assistant" and random.random() > self.MORE:
                document.done = True
                return
            role = "assistant" if role == "user" else "user"
            document.state["role"] = role
            document.forced = list(self.headers[role])
            document.temperature = random.choice((0.2, 0.5, 0.7, 0.9, 1.0)) if role == "assistant" else 1.0
        elif token in self.control:
            # Another control token in a message: the model has lost the thread.
            document.done = True

    def key(self, tokens):
        """The first request."""
        start = len(self.prefix)
        return tuple(tokens[start : tokens.index(self.end, start)] if self.end in tokens[start:] else tokens[start:])


class TextScript:
    """Free text from the token that opens one."""

    def __init__(self, vocabulary, length):
        self.control = vocabulary.control
        self.prefix = [vocabulary.start]
        self.length = length

    def begin(self):
        return Document(
            tokens=list(self.prefix), counts=[False], forced=[], temperature=random.choice((0.7, 0.85, 1.0)))

    def take(self, document, token, was_forced):
        if token in self.control:
            document.done = True
            return
        document.tokens.append(token)
        document.counts.append(True)
        document.done = len(document.tokens) >= self.length

    def key(self, tokens):
        return tuple(tokens[:24])
