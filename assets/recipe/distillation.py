"""What pulls the student towards the teacher.

Shapes: N tokens, V' rows of the head that are compared, d the embedding length.
"""

import math
from dataclasses import dataclass

import torch

from .compilation import compiled

# Tokens whose logits are held at once: a processor works best on what its caches hold.
HELD = {"cpu": 512}
HELD_ELSEWHERE = 4096


def slices(stop, device):
    size = HELD.get(device.type, HELD_ELSEWHERE)
    return [slice(first, min(first + size, stop)) for first in range(0, stop, size)]


@dataclass
class Head:
    """The rows of the head that student and teacher are compared by, which are frozen and common to both.

    rows [V', d]. bias [V']: what to add to logits, so that a few rows drawn from the rest stand for all of it: with
    log(rest ÷ drawn) the sums over the vocabulary in softmax and divergence are right on average.
    """

    rows: torch.Tensor
    bias: torch.Tensor


class HeadRows:
    """Draws a `Head`: all of the embedding [V, d], or its `frequent` rows (ids) and `drawn` of the others, new ones for
    every batch."""

    def __init__(self, embedding, kind, frequent=None, drawn=0):
        self.embedding, self.drawn = embedding.to(kind), drawn
        self.rest = torch.zeros(0, dtype=torch.int64)
        if frequent is None:
            self.always, self.drawn = self.embedding, 0
        else:
            common = torch.ones(len(embedding), dtype=torch.bool)
            common[frequent] = False
            self.always, self.rest = self.embedding[frequent], common.nonzero().flatten()
            self.drawn = min(drawn, len(self.rest))

    def draw(self):
        bias = torch.zeros(len(self.always) + self.drawn, device=self.embedding.device)
        if not self.drawn:
            return Head(self.always, bias)
        chosen = self.rest[torch.randperm(len(self.rest))[: self.drawn]]
        bias[len(self.always) :] = math.log(len(self.rest) / self.drawn)
        return Head(torch.cat((self.always, self.embedding[chosen])), bias)


def compare(student, teacher, bias, weight):
    """Logits [n, V'] of student and teacher, in the products' kind of number → (KL(teacher ‖ student) [n] in nats, its
    slope by the student's logits × weight [n], in the products' kind of number)."""
    log_p, log_q = student.float() + bias, teacher.float() + bias
    log_p = log_p - log_p.logsumexp(-1, keepdim=True)
    log_q = log_q - log_q.logsumexp(-1, keepdim=True)
    q = log_q.exp()
    return (q * (log_q - log_p)).sum(-1), ((log_p.exp() - q) * weight[:, None]).to(student.dtype)


def distance(student, teacher, bias):
    """Logits [n, V'] of student and teacher → KL(teacher ‖ student) [n] in nats."""
    log_p, log_q = student.float() + bias, teacher.float() + bias
    log_p = log_p - log_p.logsumexp(-1, keepdim=True)
    log_q = log_q - log_q.logsumexp(-1, keepdim=True)
    return (log_q.exp() * (log_q - log_p)).sum(-1)


run_compare, run_distance = compiled(compare), compiled(distance)


class HeadDivergence(torch.autograd.Function):
    """Σ weight · KL(teacher ‖ student) in nats; logits never exist for the whole batch.

    student and teacher [N, d], normed; weight [N]. The gradient of a token's divergence by its student logits is
    p_student − p_teacher.
    """

    @staticmethod
    def forward(context, student, teacher, head, weight):
        kind = head.rows.dtype
        gradient, total = torch.empty_like(student, dtype=kind), student.new_zeros(())
        for rows in slices(len(student), student.device):
            each, slope = run_compare(
                student[rows].to(kind) @ head.rows.t(), teacher[rows].to(kind) @ head.rows.t(), head.bias, weight[rows])
            total += (each * weight[rows]).sum()
            torch.mm(slope, head.rows, out=gradient[rows])
        context.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(context, slope):
        (gradient,) = context.saved_tensors
        return gradient.float() * slope, None, None, None


@torch.no_grad()
def divergences(student, teacher, head):
    """KL(teacher ‖ student) [N] of each token."""
    kind = head.rows.dtype
    return torch.cat([
        run_distance(student[rows].to(kind) @ head.rows.t(), teacher[rows].to(kind) @ head.rows.t(), head.bias)
        for rows in slices(len(student), student.device)])


def output_distance(student, teacher, weight):
    """Σ weight · the mean squared difference of the normed outputs [N, d], each channel in units of the teacher's spread."""
    teacher = teacher.float()
    spread = teacher.var(0, keepdim=True)
    return (weight[:, None] * (student - teacher).square() / (spread + 1e-6)).mean(1).sum()
