"""Fetching the examples of a mini-batch from the data, in the data's own dtype."""

import numpy as np

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import BATCH, FIRST, columns, compiled, matrix, matrix_at

OUT, DATA, ROWS, SIZE = columns(4)


def gather_kernel(source):
    """The kernel that reads data of the NumPy scalar type `source`.

    Reads data (N, SIZE) at the address `row[DATA]`; writes OUT (B, SIZE) in the network's dtype. No backward pass.
    """

    def gather(row, run, m):
        size = row[SIZE]
        data = matrix_at(row[DATA], source, row[ROWS], size)
        out = matrix(m.acts, row[OUT], run[BATCH], size)
        first = run[FIRST]
        for b in range(run[BATCH]):
            example = m.order[first + b]
            for i in range(size):
                out[b, i] = data[example, i]

    return compiled(gather, f"gather_{np.dtype(source).name}")


GATHER = {
    np.dtype(source).name: Operation(f"gather_{np.dtype(source).name}", gather_kernel(source))
    for source in (np.uint8, np.float32, np.float64, np.int64)
}
"""Gather operation by dtype of the data; other types are converted to one of these before training."""
