"""The model's tokenizer and chat template, from its own file."""

from tokenizers import AddedToken, Tokenizer, decoders, models
from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
START, TURN, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CONTROL = 3


class Vocabulary:
    """Text to token ids and back. `start` opens a text; `turn` and `end` stand around a message."""

    def __init__(self, model):
        tokens = model.value("tokenizer.ggml.tokens")
        merges = [tuple(merge.split(" ")) for merge in model.value("tokenizer.ggml.merges")]
        ids = {token: id for id, token in enumerate(tokens)}
        self.tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges))
        self.tokenizer.pre_tokenizer = Sequence(
            [Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)])
        self.tokenizer.decoder = decoders.ByteLevel()
        kinds = model.value("tokenizer.ggml.token_type")
        control = [token for token, kind in zip(tokens, kinds) if kind == CONTROL]
        self.tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
        self.control = frozenset(ids[token] for token in control)
        self.start, self.turn, self.end = ids[START], ids[TURN], ids[END]

    def encode(self, text):
        return self.tokenizer.encode(text).ids

    def decode(self, ids):
        return self.tokenizer.decode(list(ids), skip_special_tokens=False)

    def opening(self):
        """The chat template up to the user's first message."""
        return self.encode(f"{TURN}system\n{SYSTEM}{END}\n{TURN}user\n")

    def header(self, role):
        """What stands between the end of one message and the next one."""
        return self.encode(f"\n{TURN}{role}\n")
