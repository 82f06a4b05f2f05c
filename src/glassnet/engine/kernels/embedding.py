"""The rows of a table, looked up by their numbers."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, SKIP, columns, compiled, matrix, vector

X, Y, TABLE, PLACES, ROWS, SIZE, DX, DTABLE = columns(8)


@compiled
def forward(row, run, m):
    """y[b, l] = table[x[b, l]]. Reads x (B, L), whole numbers, and table (N, O); writes y (B, L, O).

    A number of no row gives NaN.
    """
    n, size = run[BATCH] * row[PLACES], row[SIZE]
    x, y, table = vector(m.acts, row[X], n), matrix(m.acts, row[Y], n, size), matrix(m.params, row[TABLE], row[ROWS], size)
    for r in range(n):
        y_r, which = y[r], np.int64(x[r])
        if 0 <= which < row[ROWS] and x[r] == which:
            found = table[which]
            for i in range(size):
                y_r[i] = found[i]
        else:
            for i in range(size):
                y_r[i] = np.nan


@compiled
def backward(row, run, m):
    """dtable[k] = the sum of dy over all places whose number is k. There is no derivative by the numbers of rows."""
    n, size = run[BATCH] * row[PLACES], row[SIZE]
    if row[DX] != SKIP and row[DX] != ADD:
        dx = vector(m.act_grads, row[X], n)
        for r in range(n):
            dx[r] = 0
    if row[DTABLE] == SKIP:
        return
    x, dy, dtable = vector(m.acts, row[X], n), matrix(m.act_grads, row[Y], n, size), matrix(m.grads, row[TABLE], row[ROWS], size)
    if row[DTABLE] != ADD:
        every = vector(m.grads, row[TABLE], row[ROWS] * size)
        for i in range(row[ROWS] * size):
            every[i] = 0
    for r in range(n):
        which = np.int64(x[r])
        if 0 <= which < row[ROWS]:
            into, dy_r = dtable[which], dy[r]
            for i in range(size):
                into[i] += dy_r[i]


EMBEDDING = Operation("embedding", forward, backward)
