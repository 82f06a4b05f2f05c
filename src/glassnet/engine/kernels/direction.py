"""One number of a tensor: how far it points into a direction. What derivatives of tensors are checked by."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, SKIP, columns, compiled, vector

A, DIRECTION, TOTAL, SIZE, DA, DDIRECTION = columns(6)


@compiled
def direction_forward(row, run, m):
    """total = sum of a * direction over the batch. Reads a, direction (B, ...); writes total ()."""
    n, total = run[BATCH] * row[SIZE], m.acts[row[TOTAL]] * 0
    a, direction = vector(m.acts, row[A], n), vector(m.acts, row[DIRECTION], n)
    for i in range(n):
        total += a[i] * direction[i]
    m.acts[row[TOTAL]] = total


@compiled
def direction_backward(row, run, m):
    """da = direction."""
    if row[DA] == SKIP:
        return
    n = run[BATCH] * row[SIZE]
    da, direction = vector(m.act_grads, row[A], n), vector(m.acts, row[DIRECTION], n)
    for i in range(n):
        da[i] = da[i] + direction[i] if row[DA] == ADD else direction[i]


ALONG_DIRECTION = Operation("along_direction", direction_forward, direction_backward)
