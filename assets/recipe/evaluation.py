"""What held-out text says of a model in training: its divergence from the teacher, kind by kind of text."""

import torch

from .distillation import divergences

CAPACITIES = (1.0, 0.875, 0.75, 0.625, 0.5)


class Evaluation:
    """Held-out rows, and what the teacher says of them. A guide while training: what counts is measured by `fathom eval` on
    the exported file."""

    def __init__(self, batches, teacher, head, size, rank=0, world=1):
        """size: rows a pass. Each of `world` processes takes its own rows."""
        self.batches, self.head, self.size, self.teacher = batches, head, size, teacher
        # Rows of one kind stand together, so that a pass sees one kind of text.
        self.rows = sorted(range(len(batches)), key=lambda row: batches.kinds[row])[rank::world]
        self.kinds = sorted({str(kind) for kind in batches.kinds})
        self.targets = {}

    def target(self, first, tokens):
        if first not in self.targets:
            self.targets[first] = self.teacher(tokens).output.to(torch.bfloat16)
        return self.targets[first]

    @torch.no_grad()
    def sums(self, model, budget):
        """[kinds][capacities][2]: the sum of KL(teacher ‖ student) in nats, and of how many tokens, only those that count in
        full. Blocks keep their shares batch by batch."""
        result = torch.zeros(len(self.kinds), len(CAPACITIES), 2, dtype=torch.float64)
        for first in range(0, len(self.rows), self.size):
            rows = self.rows[first : first + self.size]
            tokens, weight = self.batches.batch(rows, model.token_embd.device)
            counted = (weight >= 1).cpu()
            for place, capacity in enumerate(CAPACITIES):
                trace = model(tokens, None if capacity == 1 else budget.at(capacity))
                each = divergences(trace.output, self.target(first, tokens), self.head).view(tokens.shape).cpu()
                for index, row in enumerate(rows):
                    cell = result[self.kinds.index(str(self.batches.kinds[row])), place]
                    cell[0] += each[index][counted[index]].sum()
                    cell[1] += counted[index].sum()
        return result

    def table(self, sums):
        """{kind: {capacity: nats}}, and "all", where every kind counts alike."""
        means = sums[..., 0] / sums[..., 1].clamp(min=1)
        rows = dict(zip(self.kinds, means)) | {"all": means.mean(0)}
        return {kind: {str(c): round(float(x), 5) for c, x in zip(CAPACITIES, row)} for kind, row in rows.items()}
