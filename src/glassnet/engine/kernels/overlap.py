"""Losses made of three sums over a region: of target times prediction, of the target, of the prediction."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, columns, compiled, inline, vector
from glassnet.engine.kernels.constants import constants_reader

PRED, TARGET, VALUES, ROWS, SIZE, STRIDE, WHOLE, DPRED, DTARGET = columns(9)
"""The numbers of one region lie `STRIDE` apart; an example holds ROWS * STRIDE regions of SIZE numbers. With WHOLE the
region is the batch, and every example gets its value."""


def overlap(name, term, term_derivative, value, by_common, by_size, constants=0):
    """The loss value(common, true, predicted, c), with common = sum of t p, true and predicted = sum of term(t),
    term(p).

    Arguments:
        name: Of the operation.
        term, term_derivative: Functions of a number.
        value: Function of the three sums and the operation's constants `c`.
        by_common, by_size: Derivatives of the value by `common` and by `predicted`, functions of the same.
        constants: How many constants the operation has.

    Reads y_pred and target (B, ...); writes values (B, ...).
    Backward: dp = dvalue * (by_common * t + by_size * term_derivative(p)).
    """
    term, term_derivative = inline(term), inline(term_derivative)
    value, by_common, by_size = inline(value), inline(by_common), inline(by_size)
    read_constants = constants_reader(constants)

    @inline
    def sums(t, p, first, n, stride):
        common, true, predicted = p.dtype.type(0), p.dtype.type(0), p.dtype.type(0)
        for i in range(n):
            t_i, p_i = t[first + i * stride], p[first + i * stride]
            common += t_i * p_i
            true += term(t_i)
            predicted += term(p_i)
        return common, true, predicted

    def forward(row, run, m):
        B, stride = run[BATCH], row[STRIDE]
        all_numbers = B * row[ROWS] * row[SIZE] * stride
        p, t = vector(m.acts, row[PRED], all_numbers), vector(m.acts, row[TARGET], all_numbers)
        n = all_numbers if row[WHOLE] else row[SIZE]
        regions = 1 if row[WHOLE] else B * row[ROWS] * stride
        values = vector(m.acts, row[VALUES], B if row[WHOLE] else regions)
        c = read_constants(m.consts, row[CONSTS])
        for r in range(regions):
            common, true, predicted = sums(t, p, (r // stride) * n * stride + r % stride, n, stride)
            values[r] = value(common, true, predicted, c)
        if row[WHOLE]:
            values[:] = values[0]

    def backward(row, run, m):
        B, stride = run[BATCH], row[STRIDE]
        all_numbers = B * row[ROWS] * row[SIZE] * stride
        p, t = vector(m.acts, row[PRED], all_numbers), vector(m.acts, row[TARGET], all_numbers)
        n = all_numbers if row[WHOLE] else row[SIZE]
        regions = 1 if row[WHOLE] else B * row[ROWS] * stride
        dp = vector(m.act_grads, row[PRED], all_numbers)
        dvalues = vector(m.act_grads, row[VALUES], B if row[WHOLE] else regions)
        c = read_constants(m.consts, row[CONSTS])
        add = row[DPRED] == ADD
        for r in range(regions):
            first = (r // stride) * n * stride + r % stride
            common, true, predicted = sums(t, p, first, n, stride)
            dvalue = dvalues[r]
            if row[WHOLE]:
                for b in range(1, B):
                    dvalue += dvalues[b]
            dcommon = dvalue * by_common(common, true, predicted, c)
            dsize = dvalue * by_size(common, true, predicted, c)
            for i in range(n):
                j = first + i * stride
                slope = dcommon * t[j] + dsize * term_derivative(p[j])
                dp[j] = dp[j] + slope if add else slope

    return Operation(name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward"))


@inline
def _inverse_norm(squares, c):
    return min(type(squares)(1) / math.sqrt(squares), c[0])


def _cosine_by_size(common, true, predicted, c):
    f = type(common)
    inverse = f(1) / math.sqrt(predicted)
    slope = f(0.5) * common * _inverse_norm(true, c) * inverse * inverse * inverse
    return slope if inverse < c[0] else f(0)


COSINE_SIMILARITY = overlap(
    "cosine_similarity",
    lambda x: x * x,
    lambda x: type(x)(2) * x,
    lambda common, true, predicted, c: -common * _inverse_norm(true, c) * _inverse_norm(predicted, c),
    lambda common, true, predicted, c: -_inverse_norm(true, c) * _inverse_norm(predicted, c),
    _cosine_by_size,
    constants=1,
)
"""Constants: largest inverse of a norm."""


@inline
def _union(common, true, predicted, c):
    """common + alpha * (true without common) + beta * (predicted without common) + epsilon."""
    return common + c[0] * (true - common) + c[1] * (predicted - common) + c[2]


def _tversky_by_common(common, true, predicted, c):
    one, union = type(common)(1), _union(common, true, predicted, c)
    return -(union - common * (one - c[0] - c[1])) / (union * union)


def _tversky_by_size(common, true, predicted, c):
    union = _union(common, true, predicted, c)
    return c[1] * common / (union * union)


TVERSKY = overlap(
    "tversky",
    lambda x: x,
    lambda x: type(x)(1),
    lambda common, true, predicted, c: type(common)(1) - common / _union(common, true, predicted, c),
    _tversky_by_common,
    _tversky_by_size,
    constants=3,
)
"""Constants: alpha, beta, epsilon. Dice's loss is the one with 1/2, 1/2 and half its epsilon."""
