"""Clipping: gradients that are too long or too large are cut before the update."""

import math

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import CONSTS, compiled, inline, vector
from glassnet.engine.kernels.update import EVERY, SIZE, START, update_number

COUNT = EVERY + 1
"""Of `clip_global_norm` only: how many pairs of START and SIZE follow."""


@inline
def sum_of_squares(g, n):
    """In the type of g."""
    total = g.dtype.type(0)
    for i in range(n):
        total += g[i] * g[i]
    return total


@compiled
def clip_value(row, run, m):
    """g <- g cut to [-limit, limit]; NaN stays NaN.

    Constants: limit.
    """
    if update_number(row, run) == 0:
        return
    n, limit, g = row[SIZE], m.consts[row[CONSTS]], vector(m.grads, row[START], row[SIZE])
    for i in range(n):
        low = -limit if g[i] < -limit else g[i]
        g[i] = limit if low > limit else low


@compiled
def clip_norm(row, run, m):
    """g <- g * limit / max(|g|, limit), where g is the gradient of one variable.

    Constants: limit.
    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    if update_number(row, run) == 0:
        return
    n, limit, g = row[SIZE], m.consts[row[CONSTS]], vector(m.grads, row[START], row[SIZE])
    norm = math.sqrt(sum_of_squares(g, n))
    if not norm <= limit:  # also where it is NaN, so that the whole variable shows it
        for i in range(n):
            g[i] = g[i] * limit / norm


@compiled
def clip_global_norm(row, run, m):
    """g <- g * limit / max(|g|, limit), where g is all gradients together; all become NaN if |g| is not finite.

    Constants: limit.
    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.
    """
    if update_number(row, run) == 0:
        return
    limit = m.consts[row[CONSTS]]
    total = type(limit)(0)
    for s in range(row[COUNT]):
        start, n = row[COUNT + 1 + 2 * s], row[COUNT + 2 + 2 * s]
        total += sum_of_squares(vector(m.grads, start, n), n)
    norm = math.sqrt(total)
    scale = limit / norm if norm > limit else type(limit)(1)
    scale += norm - norm  # 0, or NaN where the norm is not finite
    for s in range(row[COUNT]):
        start, n = row[COUNT + 1 + 2 * s], row[COUNT + 2 + 2 * s]
        g = vector(m.grads, start, n)
        for i in range(n):
            g[i] *= scale


CLIP_VALUE = Operation("clip_value", clip_value)
CLIP_NORM = Operation("clip_norm", clip_norm)
CLIP_GLOBAL_NORM = Operation("clip_global_norm", clip_global_norm)
