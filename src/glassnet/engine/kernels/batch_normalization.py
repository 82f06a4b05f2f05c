"""Normalisation of each feature over the batch, with running statistics for prediction."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SCRATCH, SKIP, TRAINING, columns, compiled, inline, vector

(
    X, MASK, A, NORMALIZED, MEAN, VARIANCE, GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE, ROWS, FEATURES, FROZEN, STEP_ROWS,
    DX, DMASK, DGAMMA, DBETA,
) = columns(18)  # fmt: skip


@inline
def _counts(row, m, r):
    """Whether a row belongs to a step that is not masked."""
    return row[MASK] < 0 or m.acts[row[MASK] + r // row[STEP_ROWS]] != 0


@inline
def _counted(row, m, rows):
    """How many rows the statistics are of; at least one, for a batch that is masked altogether."""
    count = 0
    for r in range(rows):
        count += _counts(row, m, r)
    return max(count, 1)


@inline
def _take_statistics(row, run, m, rows):
    """Mean and variance of this batch, and the running ones one step further."""
    F = row[FEATURES]
    mean, variance = vector(m.acts, row[MEAN], F), vector(m.acts, row[VARIANCE], F)
    moving_mean, moving_variance = vector(m.state, row[MOVING_MEAN], F), vector(m.state, row[MOVING_VARIANCE], F)
    share = mean.dtype.type(1) / mean.dtype.type(_counted(row, m, rows))
    mean[:] = 0
    for r in range(rows):
        if not _counts(row, m, r):
            continue
        x = vector(m.acts, row[X] + r * F, F)
        for f in range(F):
            mean[f] += x[f]
    for f in range(F):
        mean[f] *= share
    variance[:] = 0
    for r in range(rows):
        if not _counts(row, m, r):
            continue
        x = vector(m.acts, row[X] + r * F, F)
        for f in range(F):
            deviation = x[f] - mean[f]
            variance[f] += deviation * deviation
    momentum = m.consts[row[CONSTS] + 1]
    rest = type(momentum)(1) - momentum
    for f in range(F):
        variance[f] *= share
        moving_mean[f] = moving_mean[f] * momentum + mean[f] * rest
        moving_variance[f] = moving_variance[f] * momentum + variance[f] * rest


@inline
def _copy(target, source):
    for f in range(target.size):
        target[f] = source[f]


@inline
def _hand_over(gradient, target, mode):
    if mode == ADD:
        for f in range(target.size):
            target[f] += gradient[f]
    else:
        _copy(target, gradient)


@inline
def _fill_factors(row, m, factors):
    """One by the standard deviation of each feature."""
    epsilon = m.consts[row[CONSTS]]
    variance = vector(m.acts, row[VARIANCE], factors.size)
    for f in range(factors.size):
        factors[f] = type(epsilon)(1) / type(epsilon)(math.sqrt(variance[f] + epsilon))


@compiled
def forward(row, run, m):
    """normalized = (x - mean) / sqrt(variance + epsilon), a = gamma * normalized + beta, for each feature.

    In training, mean and variance (the biased one) are those of the batch, without the steps that are masked, and the running
    ones move towards them by 1 - momentum. Else they are the running ones, and so they are in training where the layer is frozen.

    Reads x (B, ROWS, F), mask (B, ROWS / STEP_ROWS) of 0 and 1 where there is one, gamma and beta (F,) where there are any,
    moving_mean and moving_variance (F,); writes mean and variance (F,), normalized and a alike x.
    Constants: epsilon, momentum. Scratch: (3, F).
    Source: Ioffe and Szegedy, "Batch Normalization" (2015), algorithms 1 and 2.
    """
    rows, F = run[BATCH] * row[ROWS], row[FEATURES]
    mean, variance = vector(m.acts, row[MEAN], F), vector(m.acts, row[VARIANCE], F)
    if run[TRAINING] and not row[FROZEN]:
        _take_statistics(row, run, m, rows)
    else:
        _copy(mean, vector(m.state, row[MOVING_MEAN], F))
        _copy(variance, vector(m.state, row[MOVING_VARIANCE], F))
    factors = vector(m.scratch, row[SCRATCH], F)
    scales, offsets = vector(m.scratch, row[SCRATCH] + F, F), vector(m.scratch, row[SCRATCH] + 2 * F, F)
    _fill_factors(row, m, factors)
    scales[:] = 1
    offsets[:] = 0
    if row[GAMMA] >= 0:
        _copy(scales, vector(m.params, row[GAMMA], F))
    if row[BETA] >= 0:
        _copy(offsets, vector(m.params, row[BETA], F))
    for r in range(rows):
        x, a = vector(m.acts, row[X] + r * F, F), vector(m.acts, row[A] + r * F, F)
        normalized = vector(m.acts, row[NORMALIZED] + r * F, F)
        for f in range(F):
            normalized[f] = (x[f] - mean[f]) * factors[f]
            a[f] = normalized[f] * scales[f] + offsets[f]


@compiled
def backward(row, run, m):
    """dbeta = sum of da, dgamma = sum of da * normalized, over the rows of the batch, and

    dx = gamma / sqrt(variance + epsilon) * (da - (dbeta + normalized * dgamma) / N) for the N rows that the statistics are of;
    only the first part of it for masked rows and with running statistics, which do not depend on x. Scratch: (3, F).
    """
    rows, F = run[BATCH] * row[ROWS], row[FEATURES]
    by_beta, by_gamma = vector(m.scratch, row[SCRATCH] + F, F), vector(m.scratch, row[SCRATCH] + 2 * F, F)
    by_beta[:] = 0
    by_gamma[:] = 0
    for r in range(rows):
        da, normalized = vector(m.act_grads, row[A] + r * F, F), vector(m.acts, row[NORMALIZED] + r * F, F)
        for f in range(F):
            by_beta[f] += da[f]
            by_gamma[f] += da[f] * normalized[f]
    if row[BETA] >= 0 and row[DBETA] != SKIP:
        _hand_over(by_beta, vector(m.grads, row[BETA], F), row[DBETA])
    if row[GAMMA] >= 0 and row[DGAMMA] != SKIP:
        _hand_over(by_gamma, vector(m.grads, row[GAMMA], F), row[DGAMMA])
    if row[DX] == SKIP:
        return
    factors = vector(m.scratch, row[SCRATCH], F)
    _fill_factors(row, m, factors)
    if row[GAMMA] >= 0:
        gamma = vector(m.params, row[GAMMA], F)
        for f in range(F):
            factors[f] *= gamma[f]
    through = run[TRAINING] and not row[FROZEN]  # the mean and variance of the batch depend on x, too
    share = factors.dtype.type(through) / factors.dtype.type(_counted(row, m, rows))
    for f in range(F):
        by_beta[f] *= share
        by_gamma[f] *= share
    for r in range(rows):
        da, dx = vector(m.act_grads, row[A] + r * F, F), vector(m.act_grads, row[X] + r * F, F)
        normalized = vector(m.acts, row[NORMALIZED] + r * F, F)
        if not _counts(row, m, r):
            for f in range(F):
                dx[f] = factors[f] * da[f] + (dx[f] if row[DX] == ADD else 0)
        elif row[DX] == ADD:
            for f in range(F):
                dx[f] += factors[f] * (da[f] - by_beta[f] - normalized[f] * by_gamma[f])
        else:
            for f in range(F):
                dx[f] = factors[f] * (da[f] - by_beta[f] - normalized[f] * by_gamma[f])


BATCH_NORMALIZATION = Operation("batch_normalization", forward, backward)
