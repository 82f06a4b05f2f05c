"""Losses: how wrong each prediction is, one value for each example, and its derivative by the prediction."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, CONSTS, columns, compiled, inline, matrix, vector
from glassnet.engine.kernels.exponential import log

PRED, TARGET, VALUES, ROWS, SIZE, DPRED, DTARGET = columns(7)


def pointwise(name, value, derivative):
    """The loss whose value is the mean over the last axis of value(t, p, c, k).

    Arguments:
        name: Of the operation.
        value: Function of the target t, the prediction p, the operation's constants `c` and where in `c` they begin (`k`).
        derivative: Function of the same: the derivative of the value by p.

    Reads y_pred (B, ..., O) and target (B, ..., O); writes values (B, ...).
    Backward: dy_pred = dvalues * derivative / O.
    """
    value, derivative = inline(value), inline(derivative)

    def forward(row, run, m):
        B, O = run[BATCH] * row[ROWS], row[SIZE]
        p, t = matrix(m.acts, row[PRED], B, O), matrix(m.acts, row[TARGET], B, O)
        values = vector(m.acts, row[VALUES], B)
        c, k = m.consts, row[CONSTS]
        for b in range(B):
            p_b, t_b = p[b], t[b]
            total = values.dtype.type(0)
            for o in range(O):
                total += value(t_b[o], p_b[o], c, k)
            values[b] = total / values.dtype.type(O)

    def backward(row, run, m):
        B, O = run[BATCH] * row[ROWS], row[SIZE]
        p, t = matrix(m.acts, row[PRED], B, O), matrix(m.acts, row[TARGET], B, O)
        dp, dvalues = matrix(m.act_grads, row[PRED], B, O), vector(m.act_grads, row[VALUES], B)
        c, k = m.consts, row[CONSTS]
        for b in range(B):
            p_b, t_b, dp_b = p[b], t[b], dp[b]
            scale = dvalues[b] / dp.dtype.type(O)
            for o in range(O):
                dp_b[o] = scale * derivative(t_b[o], p_b[o], c, k)

    return Operation(name, compiled(forward, f"{name}_forward"), compiled(backward, f"{name}_backward"))


def _squared(t, p, c, k):
    return (p - t) * (p - t)


def _squared_derivative(t, p, c, k):
    return type(p)(2) * (p - t)


MEAN_SQUARED_ERROR = pointwise("mean_squared_error", _squared, _squared_derivative)


@inline
def _clip(p, c, k):
    """Probability p kept away from 0 and 1 by epsilon, the first constant."""
    return min(max(p, c[k]), type(p)(1) - c[k])


def _binary(t, p, c, k):
    q, one = _clip(p, c, k), type(p)(1)
    return -(t * log(q) + (one - t) * log(one - q))


def _binary_derivative(t, p, c, k):
    q, one = _clip(p, c, k), type(p)(1)
    inside = type(p)(p == q)  # the clip is flat outside
    return inside * (q - t) / (q * (one - q))


BINARY_CROSSENTROPY = pointwise("binary_crossentropy", _binary, _binary_derivative)
