"""Matrix products: SciPy's BLAS, called by address, for large ones; plain loops for small ones."""

import contextlib
import functools

import numpy as np
import threadpoolctl
from numba.extending import get_cython_function_address

from glassnet.engine.kernel import GEMM, MAILBOX, inline, matrix_at
from glassnet.engine.parallel import MAILBOX_SIZE, compute_part, gemm, share

SMALL = 4096
"""Products of fewer multiply-adds are faster as loops than as a call of BLAS."""

NARROW = 8
"""Rows of fewer numbers are not worth a vector loop."""

PARALLEL = 2_000_000
"""Products of more multiply-adds are cut into two halves, for two threads; see `parallel`."""


@functools.cache
def gemm_address(dtype):
    """Address of BLAS's `sgemm` or `dgemm`: goes into `run[GEMM]`, since compiled code must not hold addresses."""
    return get_cython_function_address("scipy.linalg.cython_blas", "sgemm" if dtype == "float32" else "dgemm")


@functools.cache
def _libraries():
    """The thread controls of the BLAS that SciPy calls."""
    import scipy.linalg.cython_blas  # noqa: F401 - loads the library that is looked for

    found = threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers
    return [library for library in found if "scipy" in (library.filepath or "")] or found


@contextlib.contextmanager
def one_blas_thread():
    """Context in which BLAS itself uses one thread: its own cuts would change the bits with the number of processors."""
    before = [library.num_threads for library in _libraries()]
    for library in _libraries():
        library.set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in zip(_libraries(), before, strict=True):
            library.set_num_threads(threads)


@inline
def _product(run, ta, tb, m, n, k, a, lda, b, ldb, add, c):
    """BLAS's product (column-major: c is m x n) of row-major arrays, in two halves where it is large."""
    scalar, itemsize = c.dtype.type, c.itemsize
    pa, pb, pc = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(c.ctypes.data)
    if m * n * k < PARALLEL:
        gemm(run[GEMM], ta, tb, m, n, k, pa, lda, pb, ldb, scalar(add), pc, m)
    elif run[MAILBOX] == 0:
        for part in range(2):
            compute_part(part, run[GEMM], ta, tb, m, n, k, pa, lda, pb, ldb, scalar(add), pc, m, itemsize)
    else:
        mailbox = matrix_at(run[MAILBOX], np.int64, 1, MAILBOX_SIZE)[0]
        share(mailbox, scalar, itemsize, (run[GEMM], ta, tb, m, n, k, pa, lda, pb, ldb, add, pc, m))


@inline
def matmul(run, a, b, c, add):
    """c (M, N) = a (M, K) @ b (K, N), added to c where `add`."""
    M, K = a.shape
    N = b.shape[1]
    if M * N * K >= SMALL:
        # Row-major c = a b is column-major c' = b' a', so the factors change places.
        _product(run, 0, 0, N, M, K, b, N, a, K, int(add), c)
    elif N < NARROW:
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[i, k] * b[k, j]
                c[i, j] = total
    else:
        for i in range(M):
            if not add:
                for j in range(N):
                    c[i, j] = 0
            for k in range(K):
                factor = a[i, k]
                for j in range(N):
                    c[i, j] += factor * b[k, j]


@inline
def matmul_tn(run, a, b, c, add):
    """c (M, N) = a.T @ b with a (K, M), b (K, N), added to c where `add`."""
    K, M = a.shape
    N = b.shape[1]
    if M * N * K >= SMALL:
        _product(run, 0, 1, N, M, K, b, N, a, M, int(add), c)
    elif N < NARROW:
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[k, i] * b[k, j]
                c[i, j] = total
    else:
        for i in range(M):
            if not add:
                for j in range(N):
                    c[i, j] = 0
            for k in range(K):
                factor = a[k, i]
                for j in range(N):
                    c[i, j] += factor * b[k, j]


@inline
def matmul_nt(run, a, b, c, add):
    """c (M, N) = a @ b.T with a (M, K), b (N, K), added to c where `add`."""
    M, K = a.shape
    N = b.shape[0]
    if M * N * K >= SMALL:
        _product(run, 1, 0, N, M, K, b, K, a, K, int(add), c)
    else:
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[i, k] * b[j, k]
                c[i, j] = total
