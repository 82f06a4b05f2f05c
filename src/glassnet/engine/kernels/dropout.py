"""Dropout: leaving out neurons at random while training."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SEED, STEP, TRAINING, columns, compiled, vector
from glassnet.engine.kernels.random import random_key, random_uniform

X, A, MASK, SIZE, DX = columns(5)


@compiled
def dropout_forward(row, run, m):
    """a = x * mask, where mask is 0 with probability rate, else 1 / (1 - rate); a = x outside training.

    Reads x (B, ...); writes mask and a (B, ...). Source: Srivastava et al. (2014), with the scale moved into training.
    """
    n = run[BATCH] * row[SIZE]
    x, a, mask = vector(m.acts, row[X], n), vector(m.acts, row[A], n), vector(m.acts, row[MASK], n)
    one = x.dtype.type(1)
    rate = m.consts[row[CONSTS]] if run[TRAINING] else one - one
    scale, zero = one / (one - rate), one - one
    key, step = random_key(row[SEED]), run[STEP]
    if run[TRAINING]:
        for i in range(n):
            mask[i] = scale if random_uniform(step, i, key) >= rate else zero
    else:
        mask[:] = one
    for i in range(n):
        a[i] = x[i] * mask[i]


@compiled
def dropout_backward(row, run, m):
    """dx = da * mask."""
    n = run[BATCH] * row[SIZE]
    mask, da, dx = vector(m.acts, row[MASK], n), vector(m.act_grads, row[A], n), vector(m.act_grads, row[X], n)
    if row[DX] == ADD:
        for i in range(n):
            dx[i] += da[i] * mask[i]
    else:
        for i in range(n):
            dx[i] = da[i] * mask[i]


DROPOUT = Operation("dropout", dropout_forward, dropout_backward)
