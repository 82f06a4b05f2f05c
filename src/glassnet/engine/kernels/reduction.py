"""From the losses of the examples to the one number that training lowers."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, TOTALS, columns, compiled, inline, vector

VALUES, WEIGHTS, MASK, LOSS, ROWS, VALUES_PER_WEIGHT, DVALUES, DWEIGHTS, DMASK = columns(9)


@inline
def weight_of(acts, weights, mask, i, example):
    """The weight of value i: weights[example], 0 where the mask is. `weights` and `mask` are offsets, -1 where there
    are none."""
    weight = type(acts[0])(1) if weights < 0 else acts[weights + example]
    return weight if mask < 0 else weight * acts[mask + i]


@inline
def count_and_weights(acts, weights, mask, n, values_per_weight):
    """How many of n values count, and the sum of their weights."""
    if weights < 0 and mask < 0:
        return type(acts[0])(n), type(acts[0])(n)
    count, total = type(acts[0])(0), type(acts[0])(0)
    for i in range(n):
        count += type(acts[0])(1) if mask < 0 else acts[mask + i]
        total += weight_of(acts, weights, mask, i, i // values_per_weight)
    return count, total


def reduction(name, divisor):
    """The operation loss = sum of weight * value / divisor(count, weights).

    Arguments:
        name: Of the operation.
        divisor: Function of how many values count and of the sum of their weights. Where it is 0, so is the loss.

    Reads values (B, R) and, where there are any, weights (B, R) or (B,), and mask (B, R); writes loss ().
    Constants: factor, by which the loss counts where there are several. Totals: sum of loss * B, sum of B.
    Backward: dvalue = factor * weight / divisor.
    """
    divisor = inline(divisor)

    def forward(row, run, m):
        B, n, per_weight = run[BATCH], run[BATCH] * row[ROWS], row[VALUES_PER_WEIGHT]
        values, weights, mask, acts = vector(m.acts, row[VALUES], n), row[WEIGHTS], row[MASK], m.acts
        total = values.dtype.type(0)
        if weights < 0 and mask < 0:
            for i in range(n):
                total += values[i]
        else:
            for i in range(n):
                total += weight_of(acts, weights, mask, i, i // per_weight) * values[i]
        count, weight = count_and_weights(acts, weights, mask, n, per_weight)
        by = divisor(count, weight)
        loss = total / by if by != 0 else values.dtype.type(0)
        m.acts[row[LOSS]] = loss
        m.totals[row[TOTALS]] += loss * B
        m.totals[row[TOTALS] + 1] += B

    def backward(row, run, m):
        n, per_weight = run[BATCH] * row[ROWS], row[VALUES_PER_WEIGHT]
        dvalues, weights, mask, acts = vector(m.act_grads, row[VALUES], n), row[WEIGHTS], row[MASK], m.acts
        count, weight = count_and_weights(acts, weights, mask, n, per_weight)
        by = divisor(count, weight)
        share = m.consts[row[CONSTS]] / by if by != 0 else dvalues.dtype.type(0)
        add = row[DVALUES] == ADD
        if weights < 0 and mask < 0:
            for i in range(n):
                dvalues[i] = dvalues[i] + share if add else share
        else:
            for i in range(n):
                slope = share * weight_of(acts, weights, mask, i, i // per_weight)
                dvalues[i] = dvalues[i] + slope if add else slope

    return Operation(name, compiled(forward, f"{__name__}.{name}.forward"), compiled(backward, f"{__name__}.{name}.backward"))


MEAN = reduction("mean", lambda count, weights: count)
SUM = reduction("sum", lambda count, weights: type(count)(1))
WEIGHTED_MEAN = reduction("weighted_mean", lambda count, weights: weights)


FIRST, SECOND, SUM_OF_TWO = columns(3)


@compiled
def add_losses(row, run, m):
    """loss = factor_1 * loss_1 + factor_2 * loss_2, or the first alone. No backward pass: each loss knows its own factor.

    Reads two numbers; writes one. Constants: the factors. Totals: sum of loss * B, sum of B.
    """
    k = row[CONSTS]
    loss = m.consts[k] * m.acts[row[FIRST]]
    if row[SECOND] >= 0:
        loss += m.consts[k + 1] * m.acts[row[SECOND]]
    m.acts[row[SUM_OF_TWO]] = loss
    m.totals[row[TOTALS]] += loss * run[BATCH]
    m.totals[row[TOTALS] + 1] += run[BATCH]


ADD_LOSSES = Operation("add_losses", add_losses)


def weighted_sum(graph, losses):
    """Adds the nodes that make the tensor `loss` of several: `[(tensor, factor)]`. Returns the last one."""
    (before, factor), *others = losses
    for number, (tensor, weight) in enumerate(others or [(None, 1.0)], 1):
        name = "loss" if number >= len(others) else f"loss/first_{number + 1}"
        total = graph.tensor(name, (), batched=False)
        node = graph.add(
            ADD_LOSSES, inputs=(before, tensor), outputs=(total,), constants=(factor, weight), totals=2, phase="loss"
        )
        before, factor = total, 1.0
    return node
