"""What the teacher says of a batch, remembered where there is room: it always says the same of a row."""

import torch


class Teacher:
    """The dense model, frozen. `run` is its forward pass; `bytes` are what may be kept of its outputs."""

    def __init__(self, run, bytes=0):
        self.run, self.room = run, bytes
        # {row of the corpus: [T, d]}
        self.kept = {}

    @torch.no_grad()
    def __call__(self, rows, tokens, states=()):
        """(output [B, T, d], the residual after each block in `states`) for tokens [B, T], which are these rows'."""
        if not states and all(int(row) in self.kept for row in rows):
            return torch.stack([self.kept[int(row)] for row in rows]).to(tokens.device), {}
        trace = self.run(tokens, states=states)
        for row, output in zip(rows, trace.output):
            size = output.numel() * 2
            if int(row) not in self.kept and size <= self.room:
                self.kept[int(row)] = output.to("cpu", torch.bfloat16)
                self.room -= size
        return trace.output, trace.states
