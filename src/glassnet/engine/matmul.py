"""Matrix products of row-major arrays: plain loops for tiny ones, tiles for the rest, two threads for large ones."""

import numpy as np

from glassnet.engine.kernel import MAILBOX, inline, matrix_at
from glassnet.engine.parallel import JOB_SIZE, MAILBOX_SIZE, compute_part, share
from glassnet.engine.tile import product, product_nt

TINY = 512
"""Products of fewer multiply-adds are faster as plain loops."""

NARROW = 8
"""Rows of fewer numbers are not worth a vector, unless there is much of them."""

PARALLEL = 1_000_000
"""Products of more multiply-adds are cut into two halves, for two threads; see `parallel`."""


@inline
def _is_tiny(M, N, K):
    work = M * N * K
    return work < TINY or (N < NARROW and work < 8 * TINY)


@inline
def _compute(run, transposed, like, a, a_row, a_k, b, b_row, c, M, N, K, add):
    """The product of matrices given by addresses and strides in bytes; `transposed` says that b is."""
    scalar, itemsize = like.dtype.type, like.itemsize
    c_row = N * itemsize
    if M * N * K < PARALLEL:
        if transposed:
            product_nt(scalar, a, a_row, b, b_row, c, c_row, itemsize, M, N, K, add)
        else:
            product(scalar, itemsize, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add)
        return
    job = (transposed, a, a_row, a_k, b, b_row, c, c_row, M, N, K, add)
    if run[MAILBOX] == 0:
        for part in range(2):
            compute_part(part, scalar, itemsize, job)
    else:
        mailbox = matrix_at(run[MAILBOX], np.int64, 1, MAILBOX_SIZE)
        share(mailbox, scalar, itemsize, job)


@inline
def matmul(run, a, b, c, add):
    """c (M, N) = a (M, K) @ b (K, N), added to c where `add` is 1."""
    M, K = a.shape
    N = b.shape[1]
    if _is_tiny(M, N, K):
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[i, k] * b[k, j]
                c[i, j] = total
    else:
        s = c.itemsize
        pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
        _compute(run, 0, c, pa, s * K, s, pb, s * N, pc, M, N, K, add)


@inline
def matmul_tn(run, a, b, c, add):
    """c (M, N) = a.T @ b with a (K, M), b (K, N), added to c where `add` is 1."""
    K, M = a.shape
    N = b.shape[1]
    if _is_tiny(M, N, K):
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[k, i] * b[k, j]
                c[i, j] = total
    else:
        s = c.itemsize
        pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
        _compute(run, 0, c, pa, s, s * M, pb, s * N, pc, M, N, K, add)


@inline
def matmul_nt(run, a, b, c, add, room):
    """c (M, N) = a @ b.T with a (M, K), b (N, K), added to c where `add` is 1. `room` is scratch of (K, N)."""
    M, K = a.shape
    N = b.shape[0]
    s = c.itemsize
    pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
    if _is_tiny(M, N, K):
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[i, k] * b[j, k]
                c[i, j] = total
    elif M < K:
        _compute(run, 1, c, pa, s * K, s, pb, s * K, pc, M, N, K, add)
    else:
        # Sums along short rows cost more than turning b round once.
        for k in range(K):
            for j in range(N):
                room[k, j] = b[j, k]
        _compute(run, 0, c, pa, s * K, s, np.int64(room.ctypes.data), s * N, pc, M, N, K, add)
