"""Adam and its kin: momentum over the root of the mean square of the gradient, both freed of their bias towards 0."""

import math

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import CONSTS, LEARNING_RATE, compiled, inline
from glassnet.engine.kernels.update import SCALARS, numbers, slot, update, update_number, variants


@inline
def bias_correction(rest, t):
    """1 - beta**t for beta = 1 - rest; in float64, as beta**t is too near to 1 for float32."""
    return -math.expm1(t * math.log1p(-np.float64(rest)))


def adam_rule(amsgrad):
    """Momentum over a root mean square, both freed of their bias towards 0."""

    def adam(row, run, m):
        """m <- m + (g - m) * (1 - beta_1); v <- v + (g**2 - v) * (1 - beta_2);
        p <- p - alpha * m / (sqrt(v) + epsilon).

        With alpha = rate * sqrt(1 - beta_2**t) / (1 - beta_1**t) at update t. AMSGrad divides by the largest v so far.
        Constants: 1 - beta_1, 1 - beta_2, epsilon. Slots: m, v and, with AMSGrad, the largest v.
        Source: Kingma and Ba (2015), algorithm 1 with the order of section 2; Reddi et al. (2018), algorithm 2.
        """
        t = update_number(row, run)
        if t == 0:
            return
        c, k = m.consts, row[CONSTS]
        rest_1, rest_2, epsilon = c[k], c[k + 1], c[k + 2]
        p, g = numbers(row, m.params), numbers(row, m.grads)
        mean, square, largest = slot(row, m, 0), slot(row, m, 1), slot(row, m, 2 if amsgrad else 1)
        correction = math.sqrt(bias_correction(rest_2, t)) / bias_correction(rest_1, t)
        alpha = p.dtype.type(c[LEARNING_RATE] * correction)
        for i in range(p.size):
            g_i = g[i]
            mean_i = mean[i] + (g_i - mean[i]) * rest_1
            square_i = square[i] + (g_i * g_i - square[i]) * rest_2
            mean[i], square[i] = mean_i, square_i
            if amsgrad:
                square_i = square_i if square_i > largest[i] else largest[i]
                largest[i] = square_i
            p[i] -= alpha * mean_i / (math.sqrt(square_i) + epsilon)

    return adam


@compiled
def adamax(row, run, m):
    """m <- m + (g - m) * (1 - beta_1); u <- max(beta_2 * u, |g|);
    p <- p - rate * m / ((1 - beta_1**t) * (u + epsilon)) at update t.

    Constants: 1 - beta_1, beta_2, epsilon. Slots: m, u.
    Source: Kingma and Ba (2015), algorithm 2.
    """
    t = update_number(row, run)
    if t == 0:
        return
    c, k = m.consts, row[CONSTS]
    rest_1, beta_2, epsilon = c[k], c[k + 1], c[k + 2]
    p, g = numbers(row, m.params), numbers(row, m.grads)
    mean, largest = slot(row, m, 0), slot(row, m, 1)
    alpha = p.dtype.type(c[LEARNING_RATE] / bias_correction(rest_1, t))
    for i in range(p.size):
        g_i, faded = g[i], beta_2 * largest[i]
        mean_i = mean[i] + (g_i - mean[i]) * rest_1
        largest_i = abs(g_i) if abs(g_i) > faded else faded
        mean[i], largest[i] = mean_i, largest_i
        p[i] -= alpha * mean_i / (largest_i + epsilon)


@inline
def nadam_momentum(rest_1, t):
    """mu of update t: beta_1 * (1 - 0.96**t / 2)."""
    return (1.0 - np.float64(rest_1)) * (1.0 - 0.5 * 0.96**t)


@compiled
def nadam_product(row, run, m):
    """P <- P * mu of this update, the one number of its own that Nadam keeps. Made once a step, before all ranges.

    Constants: 1 - beta_1, 1 - beta_2, epsilon.
    """
    t = update_number(row, run)
    if t > 0:
        m.slots[row[SCALARS]] *= type(m.consts[0])(nadam_momentum(m.consts[row[CONSTS]], t))


@compiled
def nadam(row, run, m):
    """m <- m + (g - m) * (1 - beta_1); v <- v + (g**2 - v) * (1 - beta_2); p <- p - rate * M / (sqrt(V) + epsilon)
    with M = mu' * m / (1 - P * mu') + (1 - mu) * g / (1 - P) and V = v / (1 - beta_2**t) at t; mu' is the next mu.

    Constants: 1 - beta_1, 1 - beta_2, epsilon. Slots: m, v. Single number: P, the product of all mu so far.
    Source: Dozat (2016), algorithm 2.
    """
    t = update_number(row, run)
    if t == 0:
        return
    c, k = m.consts, row[CONSTS]
    rest_1, rest_2, epsilon = c[k], c[k + 1], c[k + 2]
    p, g = numbers(row, m.params), numbers(row, m.grads)
    mean, square = slot(row, m, 0), slot(row, m, 1)
    number = p.dtype.type
    mu, following, product = nadam_momentum(rest_1, t), nadam_momentum(rest_1, t + 1), np.float64(m.slots[row[SCALARS]])
    mean_share = number(c[LEARNING_RATE] * following / (1.0 - product * following))
    g_share = number(c[LEARNING_RATE] * (1.0 - mu) / (1.0 - product))
    inverse = number(1.0 / bias_correction(rest_2, t))
    for i in range(p.size):
        g_i = g[i]
        mean_i = mean[i] + (g_i - mean[i]) * rest_1
        square_i = square[i] + (g_i * g_i - square[i]) * rest_2
        mean[i], square[i] = mean_i, square_i
        p[i] -= (mean_share * mean_i + g_share * g_i) / (math.sqrt(square_i * inverse) + epsilon)


ADAM = variants("adam", adam_rule, (False,), (True,))
ADAMAX = update("adamax", adamax)
NADAM_PRODUCT = Operation("nadam_product", nadam_product)
NADAM = update("nadam", nadam)
