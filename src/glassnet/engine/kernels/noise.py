"""Noise added to a tensor while training."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SEED, STEP, TRAINING, columns, compiled, vector
from glassnet.engine.kernels.random import random_key, random_normal

X, A, SIZE, DX = columns(4)


@compiled
def gaussian_noise_forward(row, run, m):
    """a = x + stddev * noise of the standard normal distribution; a = x outside training.

    Reads x (B, ...); writes a (B, ...). Source: Bishop, "Training with noise is equivalent to Tikhonov regularization" (1995).
    """
    n = run[BATCH] * row[SIZE]
    x, a = vector(m.acts, row[X], n), vector(m.acts, row[A], n)
    stddev = m.consts[row[CONSTS]]
    key, step = random_key(row[SEED]), run[STEP]
    if run[TRAINING]:
        for i in range(n):
            a[i] = x[i] + stddev * x.dtype.type(random_normal(step, i, key))
    else:
        for i in range(n):
            a[i] = x[i]


@compiled
def gaussian_noise_backward(row, run, m):
    """dx = da."""
    n = run[BATCH] * row[SIZE]
    da, dx = vector(m.act_grads, row[A], n), vector(m.act_grads, row[X], n)
    if row[DX] == ADD:
        for i in range(n):
            dx[i] += da[i]
    else:
        for i in range(n):
            dx[i] = da[i]


GAUSSIAN_NOISE = Operation("gaussian_noise", gaussian_noise_forward, gaussian_noise_backward)
