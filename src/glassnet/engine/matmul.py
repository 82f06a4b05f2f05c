"""Matrix products of row-major arrays: plain loops for tiny ones, tiles for the rest, two threads for large ones."""

import numpy as np

from glassnet.engine.kernel import FIRST_HALF, MAILBOX, MULTIPLY, SECOND_HALF, WHOLE, call, inline, matrix_at
from glassnet.engine.parallel import MAILBOX_SIZE, PARALLEL, share
from glassnet.engine.small_product import small_product

TINY = 512
"""Products of fewer multiply-adds are faster as plain loops."""

NARROW = 8
"""Rows of fewer numbers are not worth a vector, unless there is much of them."""


@inline
def _is_tiny(M, N, K):
    work = M * N * K
    return work < TINY or (N < NARROW and work < 8 * TINY)


@inline
def compute(run, like, job):
    """The product described by `job` (see `tile.multiply`), in two halves where it is large. `like`: array of its dtype.

    Each number of `job` is an int64: a literal has a type of its own, for which all of this would be compiled once more.
    """
    work = job[8] * job[9] * job[10]
    if work < PARALLEL:
        call(run[MULTIPLY], (WHOLE, job, like))
    elif run[MAILBOX] == 0:
        call(run[MULTIPLY], (FIRST_HALF, job, like))
        call(run[MULTIPLY], (SECOND_HALF, job, like))
    else:
        share(matrix_at(run[MAILBOX], np.int64, 1, MAILBOX_SIZE), run[MULTIPLY], like, job, work)


@inline
def matmul(run, a, b, c, add):
    """c (M, N) = a (M, K) @ b (K, N), added to c where `add` is 1. `a` may be a transposed view."""
    M, K = a.shape
    N = b.shape[1]
    s = N * c.itemsize
    pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
    if _is_tiny(M, N, K):
        small_product(c.dtype.type, c.itemsize, pa, a.strides[0], a.strides[1], pb, s, pc, s, np.int64(0), M, N, K, add)
    else:
        compute(run, c[0], (np.int64(0), pa, a.strides[0], a.strides[1], pb, s, pc, s, M, N, K, np.int64(add)))


@inline
def affine(run, a, b, bias, c):
    """c (M, N) = a (M, K) @ b (K, N) + bias (N,)."""
    M, K = a.shape
    N = b.shape[1]
    s = c.itemsize
    pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
    if _is_tiny(M, N, K):
        # What has just been written cannot be read again at once, so the bias is added before.
        small_product(c.dtype.type, s, pa, s * K, s, pb, s * N, pc, s * N, np.int64(bias.ctypes.data), M, N, K, 0)
        return
    compute(run, c[0], (np.int64(0), pa, s * K, s, pb, s * N, pc, s * N, M, N, K, np.int64(0)))
    for i in range(M):
        c_i = c[i]
        for j in range(N):
            c_i[j] += bias[j]


@inline
def matmul_nt(run, a, b, c, add, room):
    """c (M, N) = a @ b.T with a (M, K), b (N, K), added to c where `add` is 1. `room` is scratch of (K, N)."""
    M, K = a.shape
    N = b.shape[0]
    s = c.itemsize
    pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
    if M < K and not _is_tiny(M, N, K):
        compute(run, c[0], (np.int64(1), pa, s * K, s, pb, s * K, pc, s * N, M, N, K, add))
    else:
        # Sums along short rows cost more than turning b round once.
        for k in range(K):
            for j in range(N):
                room[k, j] = b[j, k]
        pr = np.int64(room.ctypes.data)
        if _is_tiny(M, N, K):
            small_product(c.dtype.type, s, pa, s * K, s, pr, s * N, pc, s * N, np.int64(0), M, N, K, add)
        else:
            compute(run, c[0], (np.int64(0), pa, s * K, s, pr, s * N, pc, s * N, M, N, K, add))
