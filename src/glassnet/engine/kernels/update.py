"""Optimizers: how the gradient g changes the parameters p. Each operation works on a range of the flat vectors.

Its own numbers, one for each parameter, are its slots (m, v, ...). All rules and their order of operations are Keras's.
"""

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import (
    CONSTS,
    FIRST_HALF,
    ITERATION,
    LEARNING_RATE,
    PART,
    SECOND_HALF,
    columns,
    compiled,
    inline,
    inline_view,
    vector,
)
from glassnet.engine.layout import VECTOR

EVERY, START, SIZE, SLOT, STRIDE, SCALARS = columns(6)
"""How many steps make one update; where the range begins in params and grads; its elements; where it begins in the
first slot; how far one slot is from the next; where the optimizer's single numbers begin in `m.slots`."""
OVERWRITE = SCALARS + 1
"""Of `average` only: after how many updates the parameters become their average."""
WORK = 10
"""So many multiply-adds take as long as the update of one number, most of which is waiting for memory."""


@inline
def update_number(row, run):
    """The number, from 1 on, of the update that this step makes; 0 where it only gathers gradients."""
    every, steps = row[EVERY], run[ITERATION] + 1
    if every == 1:
        return steps
    return steps // every if steps % every == 0 else 0


@inline
def half_of_range(row):
    """(begin, end) of the numbers of the range that row[PART] stands for."""
    size, part = row[SIZE], row[PART]
    middle = min(size, (size // 2 + VECTOR - 1) // VECTOR * VECTOR)
    return middle if part == SECOND_HALF else 0, middle if part == FIRST_HALF else size


@inline_view
def numbers(row, array):
    """Those of params or grads that the call is about."""
    begin, end = half_of_range(row)
    return vector(array, row[START] + begin, end - begin)


@inline_view
def slot(row, m, number):
    """Those of a slot that belong to them."""
    begin, end = half_of_range(row)
    return vector(m.slots, row[SLOT] + number * row[STRIDE] + begin, end - begin)


@inline
def sign(x):
    """1, 0 or -1 in the type of x."""
    one = type(x)(1)
    return one if x > 0 else (-one if x < 0 else type(x)(0))


def sgd_rule(momentum, nesterov):
    """Gradient descent with momentum mu or without."""

    def sgd(row, run, m):
        """p <- p - rate * g; with momentum v <- mu * v - rate * g, p <- p + v; Nesterov's: p <- p + mu * v - rate * g.

        Constants: mu. Slots: v, with momentum.
        Source: Robbins and Monro (1951); Polyak (1964); Sutskever et al. (2013), equations 1-4.
        """
        if update_number(row, run) == 0:
            return
        rate, mu = m.consts[LEARNING_RATE], m.consts[row[CONSTS]]
        p, g = numbers(row, m.params), numbers(row, m.grads)
        if momentum:
            v = slot(row, m, 0)
            for i in range(p.size):
                step = rate * g[i]
                v_i = mu * v[i] - step
                v[i] = v_i
                p[i] += mu * v_i - step if nesterov else v_i
        else:
            for i in range(p.size):
                p[i] -= rate * g[i]

    return sgd


@compiled
def lion(row, run, m):
    """p <- p - rate * sign(beta_1 * m + (1 - beta_1) * g); m <- beta_2 * m + (1 - beta_2) * g.

    Constants: beta_1, 1 - beta_1, beta_2, 1 - beta_2. Slots: m.
    Source: Chen et al. (2023), arXiv:2302.06675, algorithm 2.
    """
    if update_number(row, run) == 0:
        return
    c, k, rate = m.consts, row[CONSTS], m.consts[LEARNING_RATE]
    beta_1, rest_1, beta_2, rest_2 = c[k], c[k + 1], c[k + 2], c[k + 3]
    p, g = numbers(row, m.params), numbers(row, m.grads)
    mean = slot(row, m, 0)
    for i in range(p.size):
        p[i] -= rate * sign(beta_1 * mean[i] + rest_1 * g[i])
        mean[i] = beta_2 * mean[i] + rest_2 * g[i]


@compiled
def accumulate(row, run, m):
    """a <- a + g; at the last step of EVERY, g <- (g + a) / EVERY and a <- 0.

    Slots: a.
    """
    g, a = numbers(row, m.grads), slot(row, m, 0)
    if update_number(row, run) == 0:
        for i in range(g.size):
            a[i] += g[i]
    else:
        every = g.dtype.type(row[EVERY])
        for i in range(g.size):
            g[i] = (g[i] + a[i]) / every
            a[i] = 0


@compiled
def weight_decay(row, run, m):
    """p <- p - p * decay * rate, before the update and apart from the gradient.

    Constants: decay.
    Source: Loshchilov and Hutter (2019), arXiv:1711.05101, algorithm 2.
    """
    if update_number(row, run) == 0:
        return
    p = numbers(row, m.params)
    decay = m.consts[row[CONSTS]] * m.consts[LEARNING_RATE]
    for i in range(p.size):
        p[i] -= p[i] * decay


@compiled
def average(row, run, m):
    """a <- momentum * a + (1 - momentum) * p after every step, a <- p after the first. Every OVERWRITE updates p <- a.

    Constants: momentum, 1 - momentum. Slots: a.
    Source: Polyak and Juditsky (1992), with an exponential mean for the plain one.
    """
    k = row[CONSTS]
    p, a = numbers(row, m.params), slot(row, m, 0)
    update = run[ITERATION] // row[EVERY]
    if update == 0:
        for i in range(p.size):
            a[i] = p[i]
    else:
        momentum, rest = m.consts[k], m.consts[k + 1]
        for i in range(p.size):
            a[i] = momentum * a[i] + rest * p[i]
    if row[OVERWRITE] > 0 and (update + 1) % row[OVERWRITE] == 0:
        for i in range(p.size):
            p[i] = a[i]


@compiled
def multiply_rate(row, run, m):
    """rate <- rate * factor, for the updates that follow in this step; each step begins with the rate anew. Constants: factor."""
    m.consts[LEARNING_RATE] *= m.consts[row[CONSTS]]


def update(name, kernel):
    """The operation of a kernel whose numbers have nothing to do with each other, so that two processors can share them."""
    return Operation(name, Halves(kernel))


def variants(name, rule, *choices):
    """`{choice: Operation}` for every choice of the rule's arguments."""
    return {
        choice: update(name, compiled(rule(*choice), f"{name}_{'_'.join(str(int(part)) for part in choice)}"))
        for choice in choices
    }


SGD = variants("sgd", sgd_rule, (False, False), (True, False), (True, True))
LION = update("lion", lion)
ACCUMULATE = update("accumulate", accumulate)
MULTIPLY_RATE = Operation("multiply_rate", multiply_rate)
WEIGHT_DECAY = update("weight_decay", weight_decay)
AVERAGE = update("average", average)
