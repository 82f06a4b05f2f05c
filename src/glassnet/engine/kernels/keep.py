"""Keeping numbers as they are after chosen steps, without leaving the compiled loop."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import STEP, columns, compiled, matrix_at

EVERY, PARTS, PLAN, PLACES = columns(4)
FILLED, COUNT, HEAD = range(3)
"""What is at `row[PLACES]`: how many places are filled, how many there are, and from `HEAD` on their addresses."""


@compiled
def keep_forward(row, run, m):
    """After every `row[EVERY]`-th step, copies stretches of memory, one behind the other, into the next place.

    Reads int64 (PARTS, 2) at the address `row[PLAN]`: address and bytes of each stretch; and where to, at `row[PLACES]`. Where
    all places are filled, nothing is kept.
    """
    if (run[STEP] + 1) % row[EVERY] == 0:
        head = matrix_at(row[PLACES], np.int64, 1, HEAD)
        if head[0, FILLED] < head[0, COUNT]:
            to = matrix_at(row[PLACES], np.int64, 1, HEAD + head[0, COUNT])[0, HEAD + head[0, FILLED]]
            plan = matrix_at(row[PLAN], np.int64, row[PARTS], 2)
            for part in range(row[PARTS]):
                size = plan[part, 1]
                source, target = matrix_at(plan[part, 0], np.uint8, 1, size), matrix_at(to, np.uint8, 1, size)
                for i in range(size):
                    target[0, i] = source[0, i]
                to += size
            head[0, FILLED] += 1


KEEP = Operation("keep", keep_forward)


def add_keep(graph):
    """Adds the node that keeps, which has nothing to do yet. Returns it, for `Program.set_keep`."""
    return graph.add(KEEP, sizes=(1, 0, 0, 0), phase="keep")
