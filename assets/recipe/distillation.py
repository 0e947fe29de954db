"""Losses that pull the student towards the teacher."""

import torch

# Tokens whose logits are held at once, in full and as gradients: the vocabulary is large. A processor works best on what
# its cache holds.
HELD = {"cpu": (128, 1024)}
HELD_ELSEWHERE = (4096, 4096)


def slices(stop, size, start=0):
    """start…stop in pieces of `size`."""
    return [slice(first, min(first + size, stop)) for first in range(start, stop, size)]


class HeadDivergence(torch.autograd.Function):
    """Σ weight · KL(teacher ‖ student) over the full vocabulary, in nats; logits never exist for the whole batch.

    student and teacher: [N, d], normed; head: [V, d]; teacher_head: [V, d]; weight: [N], summing to what the caller
    divides by. The gradient of a token's divergence by its student logits is p_student − p_teacher.
    """

    @staticmethod
    def forward(context, student, head, teacher, teacher_head, weight, dtype):
        head_lower = head.to(dtype)
        teacher_head = teacher_head.to(dtype)
        student_gradient = torch.empty_like(student) if context.needs_input_grad[0] else None
        head_gradient = torch.zeros_like(head) if context.needs_input_grad[1] else None
        total = student.new_zeros(())
        chunk, span = HELD.get(student.device.type, HELD_ELSEWHERE)
        for all_rows in slices(len(student), span):
            slopes = []
            for rows in slices(all_rows.stop, chunk, all_rows.start):
                log_p = torch.log_softmax((student[rows].to(dtype) @ head_lower.T).float(), -1)
                log_q = torch.log_softmax((teacher[rows].to(dtype) @ teacher_head.T).float(), -1)
                q = log_q.exp()
                total += (weight[rows] * (q * log_q.sub_(log_p)).sum(-1)).sum()
                if student_gradient is not None:
                    slopes.append((log_p.exp_().sub_(q)).mul_(weight[rows, None]).to(dtype))
            if student_gradient is None:
                continue
            slope = torch.cat(slopes)
            student_gradient[all_rows] = (slope @ head_lower).to(student.dtype)
            if head_gradient is not None:
                head_gradient += slope.T @ student[all_rows].to(dtype)
        context.head_gradient = head_gradient
        context.save_for_backward(student_gradient)
        return total

    @staticmethod
    def backward(context, gradient):
        (student_gradient,) = context.saved_tensors
        head_gradient = context.head_gradient
        return (
            student_gradient * gradient, None if head_gradient is None else head_gradient * gradient, None, None, None,
            None)


def state_distance(student, teacher, weight):
    """Mean squared difference of residuals, each channel in units of the teacher's own spread; mean over blocks.

    student, teacher: {block: [B, T, d]}; weight: [B, T], 0 where a position does not count. A few channels of the
    residual dwarf the others, which would otherwise be all that counts.
    """
    total = 0.0
    share = (weight > 0).float().unsqueeze(-1)
    share = share / share.sum()
    for block, target in teacher.items():
        target = target.float()
        mean = (share * target).sum((0, 1))
        spread = (share * (target - mean).square()).sum((0, 1))
        total = total + (share * (student[block].float() - target).square() / (spread + 1e-6)).sum((0, 1)).mean()
    return total / max(len(teacher), 1)


@torch.no_grad()
def surprise(output, head, targets, dtype):
    """−log p [N] of the targets [N] under output [N, d] and head [V, d]."""
    head = head.to(dtype)
    parts = []
    for rows in slices(len(output), HELD.get(output.device.type, HELD_ELSEWHERE)[0]):
        logits = (output[rows].to(dtype) @ head.T).float()
        parts.append(torch.nn.functional.cross_entropy(logits, targets[rows], reduction="none"))
    return torch.cat(parts)
