"""From the losses of the examples to the one number that training lowers."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, CONSTS, TOTALS, columns, compiled, vector

VALUES, WEIGHTS, LOSS, ROWS, DVALUES, DWEIGHTS = columns(6)


@compiled
def mean_forward(row, run, m):
    """loss = sum of weight * value over all examples / number of values.

    Reads values (B, R) and, where there are any, weights (B,); writes loss (). Adds loss * B and B to the running totals.
    """
    B, R = run[BATCH], row[ROWS]
    values = vector(m.acts, row[VALUES], B * R)
    total = values.dtype.type(0)
    if row[WEIGHTS] >= 0:
        weights = vector(m.acts, row[WEIGHTS], B)
        for b in range(B):
            for r in range(R):
                total += weights[b] * values[b * R + r]
    else:
        for i in range(B * R):
            total += values[i]
    loss = m.consts[row[CONSTS]] * total / values.dtype.type(B * R)
    m.acts[row[LOSS]] = loss
    m.totals[row[TOTALS]] += loss * B
    m.totals[row[TOTALS] + 1] += B


@compiled
def mean_backward(row, run, m):
    """dvalue = weight / number of values."""
    B, R = run[BATCH], row[ROWS]
    dvalues = vector(m.act_grads, row[VALUES], B * R)
    share = m.consts[row[CONSTS]] / dvalues.dtype.type(B * R)
    if row[WEIGHTS] >= 0:
        weights = vector(m.acts, row[WEIGHTS], B)
        for b in range(B):
            for r in range(R):
                dvalues[b * R + r] = share * weights[b]
    else:
        dvalues[:] = share


MEAN = Operation("mean", mean_forward, mean_backward)
