"""What the model is made to write: the course of a chat or of a free text, token by token."""

import itertools
import random
from collections import Counter
from dataclasses import dataclass, field


def is_repetitive(tokens, span=4, share=0.35):
    """Whether, of a document's runs of `span` tokens, more than the fraction `share` have come before in it."""
    runs = Counter(zip(*(tokens[place:] for place in range(span))))
    total = sum(runs.values())
    return total > 32 and sum(count - 1 for count in runs.values()) > share * total


@dataclass
class Document:
    """One document on its way. `counts` says of each token whether the model chose it as text that counts."""

    tokens: list
    counts: list
    source: str
    temperature: float
    state: dict = field(default_factory=dict)
    done: bool = False

    def add(self, tokens, counts=False):
        self.tokens += tokens
        self.counts += [counts] * len(tokens)

    def end_at(self, length):
        if len(self.tokens) >= length:
            del self.tokens[length:], self.counts[length:]
            self.done = True


class ChatScript:
    """A chat under the usual system message. A fraction of the chats, `prompted`, begin with one of the requests given,
    [(tokens, source)], which take turns; of the other chats the model writes the user's first message, too, and of every
    chat the later ones."""

    # How often a reply is followed by another question.
    MORE = 0.25
    TEMPERATURES = (0.2, 0.5, 0.7, 0.9, 1.0)

    def __init__(self, vocabulary, length, prompts=(), prompted=0.5):
        self.end = vocabulary.end
        self.control = vocabulary.control
        self.prefix = vocabulary.opening()
        self.headers = {role: vocabulary.header(role) for role in ("user", "assistant")}
        self.length = length
        self.prompts = itertools.cycle(random.sample(prompts, len(prompts)))
        self.prompted = prompted if prompts else 0

    def begin(self):
        document = Document(list(self.prefix), [False] * len(self.prefix), "chats", 1.0, {"role": "user"})
        if random.random() < self.prompted:
            request, source = next(self.prompts)
            document.source = f"chats/{source}"
            document.add([*request, self.end])
            self.turn(document, "assistant")
        return document

    def turn(self, document, role):
        document.state["role"] = role
        document.add(self.headers[role])
        document.temperature = random.choice(self.TEMPERATURES) if role == "assistant" else 1.0
        document.end_at(self.length)

    def take(self, document, token):
        """Goes on with a token that the model chose, and with what must come after it."""
        role = document.state["role"]
        document.add([token], role == "assistant")
        if token == self.end:
            if role == "assistant" and random.random() > self.MORE:
                document.done = True
            else:
                self.turn(document, "assistant" if role == "user" else "user")
        elif token in self.control:
            # Another control token in a message: the model has lost the thread.
            document.done = True
        document.end_at(self.length)

    def request(self, tokens):
        """The first request."""
        tokens = tokens[len(self.prefix) :]
        return tokens[: tokens.index(self.end)] if self.end in tokens else tokens

    def key(self, document):
        """What makes a chat another one: the request, and of requests given the beginning of the reply, too."""
        request = self.request(document.tokens)
        after = len(self.prefix) + len(request)
        given = document.source != "chats"
        return (*request, *document.tokens[after : after + 24]) if given else tuple(request)


class TextScript:
    """Free text from the token that opens one."""

    def __init__(self, vocabulary, length):
        self.control = vocabulary.control
        self.prefix = [vocabulary.start]
        self.length = length

    def begin(self):
        return Document(list(self.prefix), [False], "texts", random.choice((0.7, 0.85, 1.0)))

    def take(self, document, token):
        if token in self.control:
            document.done = True
            return
        document.add([token], True)
        document.end_at(self.length)

    def key(self, document):
        return tuple(document.tokens[:24])
