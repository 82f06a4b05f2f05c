"""A parameter as the value of every example, such as the embedding of places in a sequence."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, SKIP, columns, compiled, vector

A, TABLE, SIZE, DTABLE = columns(4)


@compiled
def forward(row, run, m):
    """a[b] = table for each example b. Reads table (SIZE,); writes a (B, SIZE)."""
    n = row[SIZE]
    table = vector(m.params, row[TABLE], n)
    for b in range(run[BATCH]):
        a = vector(m.acts, row[A] + b * n, n)
        for i in range(n):
            a[i] = table[i]


@compiled
def backward(row, run, m):
    """dtable = sum of da over the batch."""
    if row[DTABLE] == SKIP:
        return
    n = row[SIZE]
    dtable = vector(m.grads, row[TABLE], n)
    if row[DTABLE] != ADD:
        dtable[:] = 0
    for b in range(run[BATCH]):
        da = vector(m.act_grads, row[A] + b * n, n)
        for i in range(n):
            dtable[i] += da[i]


BROADCAST = Operation("broadcast", forward, backward)
