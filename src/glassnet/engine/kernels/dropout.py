"""Dropout and its kin: multiplying neurons by random numbers while training."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SEED, STEP, TRAINING, columns, compiled, inline, vector
from glassnet.engine.kernels.random import random_key, random_normal, random_uniform

X, A, MASK, PLACES, SIZE, DX = columns(6)


@inline
def _multiply(row, run, m):
    """a = x * mask, with one mask for all places of an example."""
    P, S = row[PLACES], row[SIZE]
    for r in range(run[BATCH] * P):
        x, a = vector(m.acts, row[X] + r * S, S), vector(m.acts, row[A] + r * S, S)
        mask = vector(m.acts, row[MASK] + r // P * S, S)
        for s in range(S):
            a[s] = x[s] * mask[s]


@compiled
def dropout_forward(row, run, m):
    """a = x * mask, where mask is 0 with probability rate, else 1 / (1 - rate); a = x outside training.

    Reads x (B, PLACES, SIZE); writes mask (B, SIZE), the same for all places of an example, and a alike x. Constant: rate.
    Sources: Srivastava et al. (2014), with the scale moved into training; with more than one place, Tompson et al.,
    "Efficient Object Localization Using Convolutional Networks" (2015).
    """
    n = run[BATCH] * row[SIZE]
    mask = vector(m.acts, row[MASK], n)
    if run[TRAINING]:
        rate = m.consts[row[CONSTS]]
        one = type(rate)(1)
        scale, zero = one / (one - rate), one - one
        key, step = random_key(row[SEED]), run[STEP]
        for i in range(n):
            mask[i] = scale if random_uniform(step, i, key) >= rate else zero
    else:
        mask[:] = 1
    _multiply(row, run, m)


@compiled
def gaussian_forward(row, run, m):
    """a = x * mask, where mask is normal with mean 1 and the standard deviation given; a = x outside training.

    Reads x (B, PLACES, SIZE); writes mask (B, SIZE) and a alike x. Constant: standard deviation.
    Source: Srivastava et al. (2014), section 10.
    """
    n = run[BATCH] * row[SIZE]
    mask = vector(m.acts, row[MASK], n)
    if run[TRAINING]:
        deviation, one = m.consts[row[CONSTS]], mask.dtype.type(1)
        key, step = random_key(row[SEED]), run[STEP]
        for i in range(n):
            mask[i] = one + deviation * mask.dtype.type(random_normal(step, i, key))
    else:
        mask[:] = 1
    _multiply(row, run, m)


@compiled
def alpha_forward(row, run, m):
    """a = x * mask + scale * lowest * (1 - kept): numbers left out become `lowest`, and mean and variance stay what they were.

    With kept 0 or 1 and q = 1 - rate: scale = (q + lowest**2 * q * rate)**-1/2, mask = scale * kept, and scale * lowest * rate
    is taken off everywhere; a = x outside training.

    Reads x (B, PLACES, SIZE); writes mask (B, SIZE) and a alike x. Constants: rate, lowest.
    Source: Klambauer et al., "Self-Normalizing Neural Networks" (2017), section "New Dropout Technique".
    """
    n = run[BATCH] * row[SIZE]
    mask = vector(m.acts, row[MASK], n)
    if not run[TRAINING]:
        mask[:] = 1
        _multiply(row, run, m)
        return
    rate, lowest = m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
    one = type(rate)(1)
    scale = one / type(rate)(math.sqrt((one - rate) * (one + rate * lowest * lowest)))
    key, step = random_key(row[SEED]), run[STEP]
    for i in range(n):
        mask[i] = scale if random_uniform(step, i, key) >= rate else one - one
    P, S = row[PLACES], row[SIZE]
    for r in range(run[BATCH] * P):
        x, a = vector(m.acts, row[X] + r * S, S), vector(m.acts, row[A] + r * S, S)
        kept = vector(m.acts, row[MASK] + r // P * S, S)
        for s in range(S):
            a[s] = x[s] * kept[s] + (scale - kept[s]) * lowest - scale * lowest * rate


@compiled
def backward(row, run, m):
    """dx = da * mask."""
    P, S = row[PLACES], row[SIZE]
    for r in range(run[BATCH] * P):
        da, dx = vector(m.act_grads, row[A] + r * S, S), vector(m.act_grads, row[X] + r * S, S)
        mask = vector(m.acts, row[MASK] + r // P * S, S)
        if row[DX] == ADD:
            for s in range(S):
                dx[s] += da[s] * mask[s]
        else:
            for s in range(S):
                dx[s] = da[s] * mask[s]


DROPOUT = Operation("dropout", dropout_forward, backward)
GAUSSIAN_DROPOUT = Operation("gaussian_dropout", gaussian_forward, backward)
ALPHA_DROPOUT = Operation("alpha_dropout", alpha_forward, backward)
