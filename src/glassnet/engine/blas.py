"""Matrix products: SciPy's BLAS, called by address, for large ones; plain loops for small ones."""

import functools

import threadpoolctl
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic

from glassnet.engine.kernel import GEMM, inline

SMALL = 4096
"""Products of fewer multiply-adds are faster as loops than as a call of BLAS (about 0.25 us)."""

NARROW = 8
"""Rows of fewer numbers are not worth a vector loop."""

PARALLEL = 1_000_000
"""Products of more multiply-adds gain from a second thread; smaller ones only wait for it."""


@functools.cache
def gemm_address(dtype):
    """Address of BLAS's `sgemm` or `dgemm`: goes into `run[GEMM]`, since compiled code must not hold addresses."""
    return get_cython_function_address("scipy.linalg.cython_blas", "sgemm" if dtype == "float32" else "dgemm")


@functools.cache
def blas_libraries():
    """The thread controls of the BLAS that SciPy calls."""
    import scipy.linalg.cython_blas  # noqa: F401 - loads the library that is looked for

    found = threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers
    ours = [library for library in found if "scipy" in (library.filepath or "")]
    return ours or found


class blas_threads:  # noqa: N801 - used as a context, like threadpoolctl's
    """Context in which BLAS uses as many threads as a largest product of `work` multiply-adds pays for."""

    def __init__(self, work):
        self.single = work < PARALLEL

    def __enter__(self):
        if self.single:
            self.before = [library.num_threads for library in blas_libraries()]
            for library in blas_libraries():
                library.set_num_threads(1)

    def __exit__(self, *exception):
        if self.single:
            for library, threads in zip(blas_libraries(), self.before, strict=True):
                library.set_num_threads(threads)


@intrinsic
def _gemm(typingctx, target, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, beta, c, ldc):
    """BLAS's gemm at the address `target` (Fortran: column-major, arguments by reference), alpha = 1."""
    scalar = a.dtype

    def codegen(context, builder, sig, args):
        (target, ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc) = args
        real = context.get_value_type(scalar)
        byte, word = ir.IntType(8), ir.IntType(32)

        def reference(value):
            return cgutils.alloca_once_value(builder, value)

        def data(value, ty):
            return context.make_array(ty)(context, builder, value).data

        letters = [builder.select(builder.trunc(t, ir.IntType(1)), byte(ord("T")), byte(ord("N"))) for t in (ta, tb)]
        m, n, k, lda, ldb, ldc = (reference(builder.trunc(v, word)) for v in (m, n, k, lda, ldb, ldc))
        arguments = [
            *(reference(letter) for letter in letters), m, n, k, reference(ir.Constant(real, 1.0)),
            data(a, sig.args[6]), lda, data(b, sig.args[8]), ldb, reference(beta), data(c, sig.args[11]), ldc,
        ]  # fmt: skip
        kind = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        builder.call(builder.inttoptr(target, kind.as_pointer()), arguments)
        return context.get_dummy_value()

    integer = types.int64
    return (
        types.void(target, integer, integer, integer, integer, integer, a, integer, b, integer, scalar, c, integer),
        codegen,
    )


@inline
def matmul(run, a, b, c, add):
    """c (M, N) = a (M, K) @ b (K, N), added to c where `add`."""
    M, K = a.shape
    N = b.shape[1]
    if M * N * K < SMALL and N < NARROW:
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[i, k] * b[k, j]
                c[i, j] = total
    elif M * N * K < SMALL:
        for i in range(M):
            if not add:
                for j in range(N):
                    c[i, j] = 0
            for k in range(K):
                factor = a[i, k]
                for j in range(N):
                    c[i, j] += factor * b[k, j]
    else:
        # Row-major c = a b is column-major c' = b' a', so the factors change places.
        _gemm(run[GEMM], 0, 0, N, M, K, b, N, a, K, c.dtype.type(add), c, N)


@inline
def matmul_tn(run, a, b, c, add):
    """c (M, N) = a.T @ b with a (K, M), b (K, N), added to c where `add`."""
    K, M = a.shape
    N = b.shape[1]
    if M * N * K < SMALL and N < NARROW:
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[k, i] * b[k, j]
                c[i, j] = total
    elif M * N * K < SMALL:
        for i in range(M):
            if not add:
                for j in range(N):
                    c[i, j] = 0
            for k in range(K):
                factor = a[k, i]
                for j in range(N):
                    c[i, j] += factor * b[k, j]
    else:
        _gemm(run[GEMM], 0, 1, N, M, K, b, N, a, M, c.dtype.type(add), c, N)


@inline
def matmul_nt(run, a, b, c, add):
    """c (M, N) = a @ b.T with a (M, K), b (N, K), added to c where `add`."""
    M, K = a.shape
    N = b.shape[0]
    if M * N * K < SMALL:
        for i in range(M):
            for j in range(N):
                total = c[i, j] if add else c.dtype.type(0)
                for k in range(K):
                    total += a[i, k] * b[j, k]
                c[i, j] = total
    else:
        _gemm(run[GEMM], 1, 0, N, M, K, b, K, a, K, c.dtype.type(add), c, N)
