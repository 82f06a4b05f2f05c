"""From the losses of the examples to the one number that training lowers."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, TOTALS, columns, compiled, inline, vector

VALUES, WEIGHTS, MASK, LOSS, ROWS, WEIGHT_ROWS, DVALUES, DWEIGHTS, DMASK = columns(9)


@inline
def weight_of(row, m, b, r):
    """The weight of value r of example b: that of the example or of the value, 0 where the mask is."""
    weight = m.acts.dtype.type(1)
    if row[WEIGHTS] >= 0:
        weight = m.acts[row[WEIGHTS] + (b * row[ROWS] + r if row[WEIGHT_ROWS] > 1 else b)]
    if row[MASK] >= 0:
        weight *= m.acts[row[MASK] + b * row[ROWS] + r]
    return weight


@inline
def count_and_weights(row, m, B):
    """How many values count, and the sum of their weights."""
    R, zero = row[ROWS], m.acts.dtype.type(0)
    count, weights = m.acts.dtype.type(B * R), m.acts.dtype.type(B * R)
    if row[MASK] >= 0:
        count = zero
        for i in range(B * R):
            count += m.acts[row[MASK] + i]
    if row[WEIGHTS] >= 0 or row[MASK] >= 0:
        weights = zero
        for b in range(B):
            for r in range(R):
                weights += weight_of(row, m, b, r)
    return count, weights


def reduction(name, divisor):
    """The operation loss = factor * sum of weight * value / divisor(count, weights).

    Arguments:
        name: Of the operation.
        divisor: Function of how many values count and of the sum of their weights. Where it is 0, so is the loss.

    Reads values (B, R) and, where there are any, weights (B,) or (B, R) and mask (B, R); writes loss (). Constants: factor.
    Totals: sum of loss * B, sum of B.
    Backward: dvalue = factor * weight / divisor.
    """
    divisor = inline(divisor)

    @inline
    def share_of_one(row, run, m):
        count, weights = count_and_weights(row, m, run[BATCH])
        by = divisor(count, weights)
        return m.consts[row[CONSTS]] / by if by != 0 else m.acts.dtype.type(0)

    def forward(row, run, m):
        B, R = run[BATCH], row[ROWS]
        values = vector(m.acts, row[VALUES], B * R)
        total = values.dtype.type(0)
        if row[WEIGHTS] < 0 and row[MASK] < 0:
            for i in range(B * R):
                total += values[i]
        else:
            for b in range(B):
                for r in range(R):
                    total += weight_of(row, m, b, r) * values[b * R + r]
        loss = total * share_of_one(row, run, m)
        m.acts[row[LOSS]] = loss
        m.totals[row[TOTALS]] += loss * B
        m.totals[row[TOTALS] + 1] += B

    def backward(row, run, m):
        B, R = run[BATCH], row[ROWS]
        dvalues = vector(m.act_grads, row[VALUES], B * R)
        share = share_of_one(row, run, m)
        if row[DVALUES] != ADD:
            dvalues[:] = 0
        if row[WEIGHTS] < 0 and row[MASK] < 0:
            for i in range(B * R):
                dvalues[i] += share
        else:
            for b in range(B):
                for r in range(R):
                    dvalues[b * R + r] += share * weight_of(row, m, b, r)

    return Operation(
        name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward")
    )


MEAN = reduction("mean", lambda count, weights: count)
SUM = reduction("sum", lambda count, weights: type(count)(1))
WEIGHTED_MEAN = reduction("weighted_mean", lambda count, weights: weights)
