"""Losses of a distribution over classes, with targets as distributions (one-hot) or as numbers of classes (sparse)."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SCRATCH, columns, compiled, inline, matrix, vector
from glassnet.engine.kernels.constants import constants_reader
from glassnet.engine.kernels.exponential import log, power
from glassnet.engine.kernels.softmax import largest, powers_of_rows

PRED, TARGET, VALUES, ROWS, CLASSES, DPRED, DTARGET = columns(7)


def categorical(name, value, derivative, of_logits, constants=0):
    """The loss whose value is the sum over the classes of value(t, q, c), q being a prediction's share in its row.

    Arguments:
        name: Of the operation.
        value: Function of the target t, the share q clipped by epsilon, and the operation's constants `c`.
        derivative: Function of the same: the derivative of the value by q.
        of_logits: Whether softmax is taken of the predictions first.
        constants: How many constants the operation has.

    Reads y_pred (B, ..., C) and target (B, ..., C); writes values (B, ...). Scratch: 2 C for each value.
    Constants: factor and summand that smooth the target, epsilon, then those of `value`.
    Backward: dy_pred_j = dvalues * (g_j - sum of g q) / sum of the row, with g = derivative where q is not clipped,
    else 0; for logits times q_j instead of the quotient.
    """
    value, derivative, read_constants = inline(value), inline(derivative), constants_reader(constants)

    @inline
    def shares(p, q, flat):
        """q = p / sum of its row, or softmax of p; `flat` is the memory of q as one vector."""
        B, C = p.shape
        if of_logits:
            powers_of_rows(p, q, flat)
        for b in range(B):
            source, q_b = (q[b] if of_logits else p[b]), q[b]
            total = p.dtype.type(0)
            for i in range(C):
                total += source[i]
            for i in range(C):
                q_b[i] = source[i] / total

    @inline
    def clipped(q, c):
        return min(max(q, c[2]), type(q)(1) - c[2])

    def forward(row, run, m):
        B, C = run[BATCH] * row[ROWS], row[CLASSES]
        n = B * C
        t, values = vector(m.acts, row[TARGET], n), vector(m.acts, row[VALUES], B)
        q, flat = matrix(m.scratch, row[SCRATCH], B, C), vector(m.scratch, row[SCRATCH], n)
        shares(matrix(m.acts, row[PRED], B, C), q, flat)
        c = read_constants(m.consts, row[CONSTS])
        for i in range(n):
            flat[i] = value(t[i] * c[0] + c[1], clipped(flat[i], c), c)
        for b in range(B):
            q_b = q[b]
            total = values.dtype.type(0)
            for i in range(C):
                total += q_b[i]
            values[b] = total

    def backward(row, run, m):
        B, C = run[BATCH] * row[ROWS], row[CLASSES]
        n = B * C
        p, t = matrix(m.acts, row[PRED], B, C), vector(m.acts, row[TARGET], n)
        dp, dvalues = matrix(m.act_grads, row[PRED], B, C), vector(m.act_grads, row[VALUES], B)
        q, flat = matrix(m.scratch, row[SCRATCH], B, C), vector(m.scratch, row[SCRATCH], n)
        g, slopes = matrix(m.scratch, row[SCRATCH] + n, B, C), vector(m.scratch, row[SCRATCH] + n, n)
        shares(p, q, flat)
        c = read_constants(m.consts, row[CONSTS])
        for i in range(n):
            near = clipped(flat[i], c)
            slope = derivative(t[i] * c[0] + c[1], near, c)
            slopes[i] = slope if near == flat[i] else p.dtype.type(0)
        add = row[DPRED] == ADD
        for b in range(B):
            p_b, q_b, g_b, dp_b = p[b], q[b], g[b], dp[b]
            mean = p.dtype.type(0)
            total = p.dtype.type(0)
            for i in range(C):
                mean += g_b[i] * q_b[i]
                total += p_b[i]
            scale = dvalues[b] if of_logits else dvalues[b] / total
            for i in range(C):
                slope = scale * (g_b[i] - mean)
                slope = slope * q_b[i] if of_logits else slope
                dp_b[i] = dp_b[i] + slope if add else slope

    return Operation(name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward"))


CATEGORICAL_CROSSENTROPY = categorical(
    "categorical_crossentropy", lambda t, q, c: -t * log(q), lambda t, q, c: -t / q, of_logits=False, constants=3
)
"""Constants: smoothing factor, smoothing summand, epsilon."""


def _focal(t, q, c):
    return -t * log(q) * c[3] * power(type(q)(1) - q, c[4])


def _focal_derivative(t, q, c):
    one, alpha, gamma = type(q)(1), c[3], c[4]
    miss = one - q
    below = power(miss, one if gamma == 0 else gamma - one)
    return alpha * t * (gamma * below * log(q) - power(miss, gamma) / q)


CATEGORICAL_FOCAL_CROSSENTROPY = categorical(
    "categorical_focal_crossentropy", _focal, _focal_derivative, of_logits=False, constants=5
)
CATEGORICAL_FOCAL_CROSSENTROPY_OF_LOGITS = categorical(
    "categorical_focal_crossentropy_of_logits", _focal, _focal_derivative, of_logits=True, constants=5
)
"""Constants of both: smoothing factor, smoothing summand, epsilon, alpha, gamma."""


@compiled
def logits_forward(row, run, m):
    """value = sum of t_i (L - z_i) with L = log(sum of e**z_j), which never takes the logarithm of a rounded 0.

    Reads logits z (B, ..., C) and target t (B, ..., C); writes values (B, ...). Scratch: C for each value.
    Constants: smoothing factor, smoothing summand.
    """
    B, C = run[BATCH] * row[ROWS], row[CLASSES]
    z, t = matrix(m.acts, row[PRED], B, C), matrix(m.acts, row[TARGET], B, C)
    values, powers = vector(m.acts, row[VALUES], B), matrix(m.scratch, row[SCRATCH], B, C)
    factor, summand = m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
    powers_of_rows(z, powers, vector(m.scratch, row[SCRATCH], B * C))
    for b in range(B):
        z_b, t_b, powers_b = z[b], t[b], powers[b]
        total = values.dtype.type(0)
        for i in range(C):
            total += powers_b[i]
        top, logarithm = largest(z_b), log(total)
        value = values.dtype.type(0)
        for i in range(C):
            value += (t_b[i] * factor + summand) * (logarithm - (z_b[i] - top))
        values[b] = value


@compiled
def logits_backward(row, run, m):
    """dz_i = dvalue * (softmax(z)_i * sum of t - t_i)."""
    B, C = run[BATCH] * row[ROWS], row[CLASSES]
    z, t = matrix(m.acts, row[PRED], B, C), matrix(m.acts, row[TARGET], B, C)
    dz, dvalues = matrix(m.act_grads, row[PRED], B, C), vector(m.act_grads, row[VALUES], B)
    powers = matrix(m.scratch, row[SCRATCH], B, C)
    factor, summand = m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
    powers_of_rows(z, powers, vector(m.scratch, row[SCRATCH], B * C))
    add = row[DPRED] == ADD
    for b in range(B):
        t_b, powers_b, dz_b, dvalue = t[b], powers[b], dz[b], dvalues[b]
        total, targets = dz.dtype.type(0), dz.dtype.type(0)
        for i in range(C):
            total += powers_b[i]
            targets += t_b[i] * factor + summand
        share = targets / total
        for i in range(C):
            slope = dvalue * (powers_b[i] * share - (t_b[i] * factor + summand))
            dz_b[i] = dz_b[i] + slope if add else slope


CATEGORICAL_CROSSENTROPY_OF_LOGITS = Operation("categorical_crossentropy_of_logits", logits_forward, logits_backward)


@compiled
def hinge_forward(row, run, m):
    """value = max(1 + max of (1 - t_i) p_i - sum of t_i p_i, 0).

    Reads y_pred (B, ..., C) and target (B, ..., C); writes values (B, ...).
    Source: Weston and Watkins (1999), with the largest violation only.
    """
    B, C = run[BATCH] * row[ROWS], row[CLASSES]
    p, t = matrix(m.acts, row[PRED], B, C), matrix(m.acts, row[TARGET], B, C)
    values = vector(m.acts, row[VALUES], B)
    for b in range(B):
        values[b] = max(_violation(p[b], t[b])[0], values.dtype.type(0))


@inline
def _violation(p, t):
    """1 + max of (1 - t_i) p_i - sum of t_i p_i, and the i of the maximum."""
    one = p.dtype.type(1)
    largest, index, true = p.dtype.type(-np.inf), 0, p.dtype.type(0)
    for i in range(p.size):
        other = (one - t[i]) * p[i]
        if other > largest:
            largest, index = other, i
        true += t[i] * p[i]
    return largest - true + one, index


@compiled
def hinge_backward(row, run, m):
    """dp = dvalue * ((1 - t_i) at the largest wrong class - t) where the value is above 0, else 0."""
    B, C = run[BATCH] * row[ROWS], row[CLASSES]
    p, t = matrix(m.acts, row[PRED], B, C), matrix(m.acts, row[TARGET], B, C)
    dp, dvalues = matrix(m.act_grads, row[PRED], B, C), vector(m.act_grads, row[VALUES], B)
    if row[DPRED] != ADD:
        dp[:] = 0
    for b in range(B):
        t_b, dp_b = t[b], dp[b]
        violation, index = _violation(p[b], t_b)
        if violation > 0:
            for i in range(C):
                dp_b[i] -= dvalues[b] * t_b[i]
            dp_b[index] += dvalues[b] * (p.dtype.type(1) - t_b[index])


CATEGORICAL_HINGE = Operation("categorical_hinge", hinge_forward, hinge_backward)
