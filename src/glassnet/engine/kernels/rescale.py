"""Scaling and shifting by fixed numbers, such as pixels from 0..255 to 0..1."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, columns, compiled, multiply_add, vector

X, A, OUTER, FEATURES, SCALES, OFFSETS, DX = columns(7)


@compiled
def rescale_forward(row, run, m):
    """a = x * scale + offset, with a scale and an offset for all or for each of the last axis.

    Reads x (B, OUTER, C); writes a alike.
    """
    rows, C = run[BATCH] * row[OUTER], row[FEATURES]
    c = row[CONSTS]
    if row[SCALES] == 1 and row[OFFSETS] == 1:
        scale, offset, n = m.consts[c], m.consts[c + 1], rows * C
        x, a = vector(m.acts, row[X], n), vector(m.acts, row[A], n)
        for i in range(n):
            a[i] = multiply_add(x[i], scale, offset)
        return
    scales, offsets = vector(m.consts, c, row[SCALES]), vector(m.consts, c + row[SCALES], row[OFFSETS])
    for r in range(rows):
        x, a = vector(m.acts, row[X] + r * C, C), vector(m.acts, row[A] + r * C, C)
        for i in range(C):
            a[i] = multiply_add(x[i], scales[i % row[SCALES]], offsets[i % row[OFFSETS]])


@compiled
def rescale_backward(row, run, m):
    """dx = da * scale."""
    rows, C = run[BATCH] * row[OUTER], row[FEATURES]
    scales = vector(m.consts, row[CONSTS], row[SCALES])
    for r in range(rows):
        dx, da = vector(m.act_grads, row[X] + r * C, C), vector(m.act_grads, row[A] + r * C, C)
        for i in range(C):
            change = da[i] * scales[i % row[SCALES]]
            dx[i] = dx[i] + change if row[DX] == ADD else change


RESCALE = Operation("rescale", rescale_forward, rescale_backward)
