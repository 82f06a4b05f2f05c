"""The mean over the steps of a sequence that are not masked."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, columns, compiled, inline, vector

X, MASK, Y, STEPS, SIZE, DX, DMASK = columns(7)


@inline
def _share(row, m, b):
    """What a step of an example counts for: one by the number of those that are not masked."""
    mask = vector(m.acts, row[MASK] + b * row[STEPS], row[STEPS])
    count = mask.dtype.type(0)
    for t in range(mask.size):
        count += mask[t]
    return mask.dtype.type(1) / max(count, mask.dtype.type(1))


@compiled
def mean_of_steps_forward(row, run, m):
    """y[b] = sum over t of mask[b, t] * x[b, t], by the number of steps that are not masked; 0 where all are.

    Reads x (B, T, size) and mask (B, T) of 0 and 1; writes y (B, size).
    """
    T, size = row[STEPS], row[SIZE]
    for b in range(run[BATCH]):
        y, share = vector(m.acts, row[Y] + b * size, size), _share(row, m, b)
        y[:] = 0
        for t in range(T):
            if m.acts[row[MASK] + b * T + t] != 0:
                x = vector(m.acts, row[X] + (b * T + t) * size, size)
                for i in range(size):
                    y[i] += x[i]
        for i in range(size):
            y[i] *= share


@compiled
def mean_of_steps_backward(row, run, m):
    """dx[b, t] = mask[b, t] * dy[b], by the number of steps that are not masked."""
    T, size = row[STEPS], row[SIZE]
    for b in range(run[BATCH]):
        dy, share = vector(m.act_grads, row[Y] + b * size, size), _share(row, m, b)
        for t in range(T):
            dx = vector(m.act_grads, row[X] + (b * T + t) * size, size)
            factor = m.acts[row[MASK] + b * T + t] * share
            if row[DX] == ADD:
                for i in range(size):
                    dx[i] += dy[i] * factor
            else:
                for i in range(size):
                    dx[i] = dy[i] * factor


MEAN_OF_STEPS = Operation("mean_of_steps", mean_of_steps_forward, mean_of_steps_backward)
