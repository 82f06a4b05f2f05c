"""Targets of 0 and 1 as signs, for losses that expect -1 and 1."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, columns, compiled, vector

TARGET, SIGNS, SIZE = columns(3)


@compiled
def signs_forward(row, run, m):
    """2 * target - 1 where all targets of the batch are 0 or 1, else the targets as they are.

    Reads target (B, ...); writes signs (B, ...).
    """
    n = run[BATCH] * row[SIZE]
    target, signs = vector(m.acts, row[TARGET], n), vector(m.acts, row[SIGNS], n)
    binary = True
    for i in range(n):
        binary &= (target[i] == 0) | (target[i] == 1)
    one = target.dtype.type(1)
    for i in range(n):
        signs[i] = target[i] + target[i] - one if binary else target[i]


SIGNS_OF = Operation("signs", signs_forward)
