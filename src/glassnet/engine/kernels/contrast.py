"""Contrast of images, changed at random while training."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SEED, STEP, TRAINING, columns, compiled, vector
from glassnet.engine.kernels.random import random_key, random_uniform

X, A, FACTOR, PIXELS, CHANNELS, DX = columns(6)
LOWEST_FACTOR, HIGHEST_FACTOR, DARKEST, BRIGHTEST = range(4)


@compiled
def forward(row, run, m):
    """a = (x - mean) * factor + mean, held between two limits, with the mean of each channel of an example.

    Outside training, a = x.

    Reads x (B, PIXELS, C); writes factor (B,) and a alike x. Constants: lowest and highest factor, the limits.
    Source: Gonzalez and Woods, "Digital Image Processing" (2018), section 3.2.
    """
    P, C, c = row[PIXELS], row[CHANNELS], row[CONSTS]
    low, high = m.consts[c + LOWEST_FACTOR], m.consts[c + HIGHEST_FACTOR]
    darkest, brightest = m.consts[c + DARKEST], m.consts[c + BRIGHTEST]
    key, step, one = random_key(row[SEED]), run[STEP], type(low)(1)
    for b in range(run[BATCH]):
        x, a = vector(m.acts, row[X] + b * P * C, P * C), vector(m.acts, row[A] + b * P * C, P * C)
        factor = low + (high - low) * type(low)(random_uniform(step, b, key)) if run[TRAINING] else one
        m.acts[row[FACTOR] + b] = factor
        if not run[TRAINING]:
            for i in range(P * C):
                a[i] = x[i]
            continue
        for k in range(C):
            total = one - one
            for p in range(P):
                total += x[p * C + k]
            mean = total / type(low)(P)
            for p in range(P):
                a[p * C + k] = min(max((x[p * C + k] - mean) * factor + mean, darkest), brightest)


@compiled
def backward(row, run, m):
    """With e = da where the limits did not hold, else 0: dx = factor * e + (1 - factor) * mean of e over the pixels."""
    P, C, c = row[PIXELS], row[CHANNELS], row[CONSTS]
    darkest, brightest = m.consts[c + DARKEST], m.consts[c + BRIGHTEST]
    one = type(darkest)(1)
    for b in range(run[BATCH]):
        a, factor = vector(m.acts, row[A] + b * P * C, P * C), m.acts[row[FACTOR] + b]
        da, dx = vector(m.act_grads, row[A] + b * P * C, P * C), vector(m.act_grads, row[X] + b * P * C, P * C)
        if row[DX] != ADD:
            dx[:] = 0
        for k in range(C):
            total = one - one
            for p in range(P):
                i = p * C + k
                if not run[TRAINING] or darkest < a[i] < brightest:
                    dx[i] += factor * da[i]
                    total += da[i]
            total *= (one - factor) / type(one)(P)
            for p in range(P):
                dx[p * C + k] += total


CONTRAST = Operation("random_contrast", forward, backward)
