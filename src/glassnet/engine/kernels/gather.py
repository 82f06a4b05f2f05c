"""Fetching the examples of a mini-batch from the data, in the data's own dtype, scaled on the way in."""

import math

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import (
    BATCH,
    CHECKED,
    CONSTS,
    EXAMPLES,
    FIRST,
    columns,
    compiled,
    half_of_batch,
    matrix,
    matrix_at,
    multiply_add,
    prefetch,
    vector,
)
from glassnet.engine.lanes import copy_converted, lanes_of

OUT, DATA, ROWS, SIZE = columns(4)
CACHE_LINE = 64
NEAR = 1 << 20
"""Data of so few bytes stay in the processor's second-level cache."""
WORK = 10
"""So many multiply-adds take as long as fetching one number. Who fetches an example's numbers has them near for the product."""


def gather_kernel(source):
    """The kernel that reads data of the NumPy scalar type `source`.

    Reads data (N, SIZE) at the address `row[DATA]`; writes OUT (B, SIZE) = data * scale + offset in the network's dtype.
    Constants: scale, offset. No backward pass.

    Rows in random order come from main memory, which takes longer than all else that is done with them here; so while a row
    is read, the same one of the next mini-batch is asked for, where there are too many for the cache.
    """
    itemsize = np.dtype(source).itemsize

    def gather(row, run, m):
        size, first, batch = row[SIZE], run[FIRST], run[BATCH]
        begin, end = half_of_batch(row, run, 1)
        scale, offset = m.consts[row[CONSTS]], m.consts[row[CONSTS] + 1]
        data = matrix_at(row[DATA], source, row[ROWS], size)
        out = matrix(m.acts, row[OUT], batch, size)
        if size <= lanes_of(out):
            numbers = vector(m.acts, row[OUT], batch * size)
            for b in range(begin, end):
                if CHECKED:
                    data[m.order[first + b], size - 1]
                address = row[DATA] + m.order[first + b] * size * itemsize
                copy_converted(source, address, numbers, b * size, size, scale, offset)
            return
        asked = min(batch, run[EXAMPLES] - first - batch) if row[ROWS] * size * itemsize > NEAR else 0
        for b in range(begin, end):
            if b < asked:
                start = row[DATA] + m.order[first + batch + b] * size * itemsize
                for line in range(0, size * itemsize, CACHE_LINE):
                    prefetch(start + line)
            example, out_b = data[m.order[first + b]], out[b]
            for i in range(size):
                out_b[i] = multiply_add(type(scale)(example[i]), scale, offset)

    return compiled(gather, f"gather_{np.dtype(source).name}")


GATHER = {
    np.dtype(source).name: Operation(f"gather_{np.dtype(source).name}", Halves(gather_kernel(source)))
    for source in (np.uint8, np.float32, np.float64, np.int32, np.int64)
}
"""Gather operation by dtype of the data; other types are converted to one of these before training."""


def add_gather(graph, tensor, dtype, scale=1.0, offset=0.0):
    """Adds the node that fetches `tensor` from data of a dtype. Returns it, for `Program.set_source`."""
    sizes, constants = (0, 0, math.prod(tensor.shape)), (scale, offset)
    work = WORK * math.prod(tensor.shape)
    return graph.add(GATHER[dtype], outputs=(tensor,), sizes=sizes, constants=constants, work=work, phase="gather")
