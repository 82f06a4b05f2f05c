"""Penalties added to the loss: l1 * sum of |x| + l2 * sum of x**2, of a variable or of the activations of a layer."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SKIP, TOTALS, columns, compiled, inline, vector
from glassnet.engine.kernels.update import sign

PENALTY, VARIABLE, SIZE, DVARIABLE = columns(4)
TENSOR, TENSOR_PENALTY, TENSOR_SIZE, DTENSOR = columns(4)


@inline
def total(x, n, l1, l2):
    """l1 * sum of |x| + l2 * sum of x**2 in the type of x (n,)."""
    sizes, squares = x.dtype.type(0), x.dtype.type(0)
    for i in range(n):
        sizes += abs(x[i])
        squares += x[i] * x[i]
    return l1 * sizes + l2 * squares


@inline
def add_derivative(x, dx, n, l1, l2, mode):
    """dx = l1 * sign(x) + 2 * l2 * x, written or added. At x = 0, where |x| has none, 0."""
    twice = l2 + l2
    if mode == ADD:
        for i in range(n):
            dx[i] += l1 * sign(x[i]) + twice * x[i]
    else:
        for i in range(n):
            dx[i] = l1 * sign(x[i]) + twice * x[i]


@compiled
def variable_forward(row, run, m):
    """penalty = l1 * sum of |w| + l2 * sum of w**2.

    Reads a variable w; writes penalty (). Adds penalty * B to the running total. Constants: l1, l2.
    Source: Hoerl and Kennard (1970) for l2; Tibshirani (1996) for l1.
    """
    n, l1, l2 = row[SIZE], m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
    penalty = total(vector(m.params, row[VARIABLE], n), n, l1, l2)
    m.acts[row[PENALTY]] = penalty
    m.totals[row[TOTALS]] += penalty * run[BATCH]


@compiled
def variable_backward(row, run, m):
    """dw = l1 * sign(w) + 2 * l2 * w."""
    if row[DVARIABLE] != SKIP:
        n, l1, l2 = row[SIZE], m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
        w, dw = vector(m.params, row[VARIABLE], n), vector(m.grads, row[VARIABLE], n)
        add_derivative(w, dw, n, l1, l2, row[DVARIABLE])


@compiled
def activity_forward(row, run, m):
    """penalty = (l1 * sum of |a| + l2 * sum of a**2) / B.

    Reads activations a (B, ...); writes penalty (). Adds penalty * B to the running total. Constants: l1, l2.
    """
    n, l1, l2 = run[BATCH] * row[TENSOR_SIZE], m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
    penalties = total(vector(m.acts, row[TENSOR], n), n, l1, l2)
    m.acts[row[TENSOR_PENALTY]] = penalties / type(penalties)(run[BATCH])
    m.totals[row[TOTALS]] += penalties


@compiled
def activity_backward(row, run, m):
    """da = (l1 * sign(a) + 2 * l2 * a) / B."""
    if row[DTENSOR] != SKIP:
        n, batch = run[BATCH] * row[TENSOR_SIZE], type(m.consts[0])(run[BATCH])
        l1, l2 = m.consts[row[CONSTS]] / batch, m.consts[row[CONSTS] + 1] / batch
        a, da = vector(m.acts, row[TENSOR], n), vector(m.act_grads, row[TENSOR], n)
        add_derivative(a, da, n, l1, l2, row[DTENSOR])


PENALTY_OF_VARIABLE = Operation("penalty", variable_forward, variable_backward)
PENALTY_OF_ACTIVITY = Operation("activity_penalty", activity_forward, activity_backward)
