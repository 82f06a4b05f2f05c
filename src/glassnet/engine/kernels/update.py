"""Optimisers: how the gradient changes the parameters. Each works on a range of the flat vectors."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import LEARNING_RATE, columns, compiled, vector

START, SIZE, STRIDE = columns(3)


@compiled
def sgd(row, run, m):
    """p <- p - rate * g.

    Source: Robbins and Monro (1951).
    """
    p, g = vector(m.params, row[START], row[SIZE]), vector(m.grads, row[START], row[SIZE])
    rate = m.consts[LEARNING_RATE]
    for i in range(row[SIZE]):
        p[i] -= rate * g[i]


SGD = Operation("sgd", sgd)
