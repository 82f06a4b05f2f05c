"""What an operation's compiled functions look like, how they are compiled, cached, and called by address.

A *kernel* is a short Python function `(row, run, m)` that Numba compiles:

- `row`: the operation's row of the program table: offsets and sizes, integers.
- `run`: what changes from step to step: `BATCH`, `TRAINING`, `STEP`, ...
- `m`: the `Memory`, the flat arrays that hold every number of the network.

They are called by address, so that the loop over them is compiled once for all networks.
"""

import functools

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from glassnet.engine.cache import CHECKED, KernelCache
from glassnet.engine.layout import VECTOR
from glassnet.engine.memory import KernelMemory, flat

# Columns of `run`. WATCHED: whether somebody looks at the numbers that no later kernel reads; else they need not be written.
BATCH, TRAINING, WATCHED, STEP, FIRST, EXAMPLES, ITERATION, MULTIPLY, PATCHES, HALF, MAILBOX, RUN_SIZE = range(12)
# Columns that every row begins with; an operation's own follow.
CONSTS, TOTALS, SEED, SCRATCH, PART, COLUMNS = range(6)
# What a kernel called in halves finds in row[PART]: the half that it is to compute, or that it computes all.
FIRST_HALF, SECOND_HALF, WHOLE = range(3)
# m.consts[LEARNING_RATE]: the rate of this step.
LEARNING_RATE = 0
# What a backward pass does with the gradient of an input or parameter that several operations may read.
SKIP, WRITE, ADD = range(3)


def columns(count):
    """The numbers of the columns that follow the common ones, for an operation to name.

    >>> columns(3)
    range(5, 8)
    """
    return range(COLUMNS, COLUMNS + count)


OPTIONS = {
    "error_model": "numpy",  # no test for division by zero, which would keep loops scalar
    "fastmath": {"contract", "reassoc"},  # fused multiply-adds and reordered sums; NaN and infinity keep their meaning
    "_nrt": False,  # no reference counts: kernels allocate nothing, and counting costs more than the work of a small layer
}


def compiled(function, name=None, kept=True):
    """`numba.njit` with the engine's options: cached, without the GIL, no test for division by zero.

    Arguments:
        function: A Python function.
        name: Unique name of it; needed where a factory makes many from the same lines.
        kept: Whether the compiled code is kept on disk.
    """
    dispatcher = numba.njit(nogil=True, **OPTIONS)(function)
    if kept:
        dispatcher._cache = KernelCache(function, name or f"{function.__module__}.{function.__qualname__}")
    return dispatcher


INLINED = {**OPTIONS, "forceinline": True}
inline = numba.njit(**INLINED)
"""For the small functions that kernels are made of: part of their callers, as a loop with a call in it does not vectorise."""

inline_view = numba.njit(inline="always", **OPTIONS)
"""The same, merged into the caller before its types are known: for functions that return a view, and for those that are called at
few places, which compile in half the time this way."""


def signature(dtype):
    """The one signature of all kernels at a dtype: row, run, m."""
    return types.void(flat(types.int64), flat(types.int64), KernelMemory(numba.from_dtype(np.dtype(dtype))))


@intrinsic
def part_for_kernels(typingctx, array, begin, end):
    """The elements from `begin` to `end` of a flat array as kernels take it."""
    part = flat(array.dtype)

    def codegen(context, builder, sig, args):
        array, begin, end = args
        data = builder.gep(context.make_array(sig.args[0])(context, builder, array).data, [begin])
        return _fill_view(context, builder, part, data, [builder.sub(end, begin)]) if CHECKED else data

    return part(array, types.intp, types.intp), codegen


_addresses = {}


def address(kernel, sig):
    """The address of a kernel compiled for a signature, compiling (or loading from the cache) at the first request."""
    key = kernel, sig
    if key not in _addresses:
        kernel.compile(sig)
        result = kernel.overloads[sig.args]
        _addresses[key] = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
    return _addresses[key]


@intrinsic
def call(typingctx, target, arguments):
    """Calls the kernel at the address `target` with a tuple of arguments; an exception in it is passed on."""

    def codegen(context, builder, sig, args):
        kinds = list(sig.args[1])
        function_type = context.call_conv.get_function_type(types.none, kinds)
        pointer = builder.inttoptr(args[0], function_type.as_pointer())
        values = cgutils.unpack_tuple(builder, args[1])
        status, _ = context.call_conv.call_function(builder, pointer, types.none, kinds, values)
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.void(target, arguments), codegen


@inline
def half_of_batch(row, run, multiple):
    """(begin, end) of the examples that row[PART] stands for. The first half is a multiple of `multiple`."""
    B, part = run[BATCH], row[PART]
    middle = min(B, ((B + 1) // 2 + multiple - 1) // multiple * multiple)
    return middle if part == SECOND_HALF else 0, middle if part == FIRST_HALF else B


@inline
def whole_vectors(n):
    """n rounded up to whole vectors, for a loop over a tensor or over scratch, both of which have room behind.

    What such a loop computes there nobody reads; going through the last few numbers one by one takes longer than all the rest.
    """
    return (n + VECTOR - 1) // VECTOR * VECTOR


def _fill_view(context, builder, view, data, sizes):
    """The array structure of a C-contiguous view; unlike a slice, it counts no references."""
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(view.dtype)))
    strides = [itemsize]
    for size in reversed(sizes[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    result = context.make_array(view)(context, builder)
    populate_array(result, data=data, shape=sizes, strides=strides, itemsize=itemsize, meminfo=None)
    return result._getvalue()


def _view(context, builder, view, array_type, array, offset, sizes):
    """A view of `sizes` elements of a flat array or pointer, from `offset` on."""
    if isinstance(array_type, types.CPointer):
        return _fill_view(context, builder, view, builder.gep(array, [offset]), sizes)
    flat = context.make_array(array_type)(context, builder, array)
    if CHECKED:
        end = functools.reduce(builder.mul, sizes)
        before = builder.icmp_signed("<", offset, context.get_constant(types.intp, 0))
        behind = builder.icmp_signed(">", builder.add(offset, end), flat.nitems)
        with builder.if_then(builder.or_(before, behind), likely=False):
            context.call_conv.return_user_exc(builder, IndexError, ("a view outside of its array",))
    return _fill_view(context, builder, view, builder.gep(flat.data, [offset]), sizes)


@intrinsic
def vector(typingctx, array, offset, n):
    """View of (n,) elements of a flat array, from `offset` on."""
    view = types.Array(array.dtype, 1, "C")

    def codegen(context, builder, sig, args):
        return _view(context, builder, view, sig.args[0], args[0], args[1], [args[2]])

    return view(array, types.intp, types.intp), codegen


@intrinsic
def matrix(typingctx, array, offset, rows, cols):
    """View of (rows, cols) elements of a flat array, from `offset` on."""
    view = types.Array(array.dtype, 2, "C")

    def codegen(context, builder, sig, args):
        return _view(context, builder, view, sig.args[0], args[0], args[1], [args[2], args[3]])

    return view(array, types.intp, types.intp, types.intp), codegen


@intrinsic
def tensor(typingctx, array, offset, shape):
    """View of elements of a flat array, from `offset` on, in the shape that a tuple says."""
    view = types.Array(array.dtype, len(shape), "C")

    def codegen(context, builder, sig, args):
        return _view(context, builder, view, sig.args[0], args[0], args[1], cgutils.unpack_tuple(builder, args[2]))

    return view(array, types.intp, shape), codegen


@intrinsic
def matrix_at(typingctx, address, scalar, rows, cols):
    """View of (rows, cols) elements of the NumPy scalar type `scalar` at an address: memory that is not the network's."""
    view = types.Array(scalar.instance_type, 2, "C")

    def codegen(context, builder, sig, args):
        pointer = builder.inttoptr(args[0], context.get_data_type(view.dtype).as_pointer())
        return _fill_view(context, builder, view, pointer, [args[2], args[3]])

    return view(types.int64, scalar, types.intp, types.intp), codegen


@intrinsic
def multiply_add(typingctx, a, b, c):
    """a * b + c rounded once: the same bits in whichever kernel it stands, which a sum left to the compiler does not promise."""

    def codegen(context, builder, sig, args):
        return builder.fma(*args)

    return a(a, a, a), codegen


@intrinsic
def prefetch(typingctx, address):
    """Asks for the cache line at an address, to have it when it is needed."""

    def codegen(context, builder, sig, args):
        pointer, word = builder.inttoptr(args[0], ir.IntType(8).as_pointer()), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, word(0), word(2), word(1)])  # to read, into the second-level cache, as data
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@intrinsic
def bits_of(typingctx, value):
    """The 32 bits of an int32 read as a float32."""

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen
