"""What an operation's compiled functions look like, how they are compiled, cached, and called by address.

A *kernel* is a short Python function `(row, run, m)` that Numba compiles:

- `row`: the operation's row of the program table: offsets and sizes, integers.
- `run`: what changes from step to step: `BATCH`, `TRAINING`, `STEP`, ...
- `m`: the `Memory`, the flat arrays that hold every number of the network.

Kernels are ordinary functions: they can be called from Python, read, and run without Numba through `.py_func`.
In a program they are called by address, so that the loop over them is compiled once for all networks.
"""

import functools
import getpass
import os
import sys
import tempfile
import zlib
from collections import namedtuple
from pathlib import Path

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

Memory = namedtuple("Memory", "params grads slots state acts act_grads scratch consts totals order")
"""The arrays of a network. `params`, `grads`, `slots` (of the optimiser), `state` (what is kept but not trained), `acts`,
`act_grads`, `scratch` and `consts` have the network's dtype; `totals` (running sums) is float64, `order` (of the
examples) int64. All are flat."""

# Columns of `run`.
BATCH, TRAINING, STEP, FIRST, ITERATION, GEMM, MAILBOX, RUN_SIZE = range(8)
# Columns that every row begins with; an operation's own follow.
CONSTS, TOTALS, SEED, SCRATCH, COLUMNS = range(5)
# m.consts[LEARNING_RATE]: the rate of this step.
LEARNING_RATE = 0
# What a backward pass does with the gradient of an input or parameter that several operations may read.
SKIP, WRITE, ADD = range(3)


def columns(count):
    """The numbers of the columns that follow the common ones, for an operation to name.

    >>> columns(3)
    range(4, 7)
    """
    return range(COLUMNS, COLUMNS + count)


def _source_stamp():
    """Changes when any source file of the engine changes: kernels inline each other's code across files."""
    stamp = 0
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        stamp = zlib.crc32(file.read_bytes(), stamp)
    return stamp


SOURCE_STAMP = _source_stamp()
CHECKED = bool(numba.config.BOUNDSCHECK)
"""Whether kernels test every index (NUMBA_BOUNDSCHECK=1), for the tests."""


@functools.cache
def cache_directory():
    """Where compiled kernels are kept: `$GLASSNET_CACHE`, else the user's cache folder, else the system's temporary one."""
    chosen = os.environ.get("GLASSNET_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "glassnet"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home folder that cannot be written to
        base = Path(tempfile.gettempdir()) / f"glassnet-{getpass.getuser()}"
    checked = "checked-" if CHECKED else ""
    return base / "kernels" / f"{checked}numba-{numba.__version__}-{SOURCE_STAMP:08x}"


@functools.cache
def announce_compilation():
    """Says once why the first use takes a while."""
    print("glassnet: compiling kernels for this processor. This happens once; they are kept.", file=sys.stderr, flush=True)


class _KernelLocator(_CacheLocator):
    """Keeps all kernels in one folder and drops them when the engine's source changes."""

    @classmethod
    def from_function(cls, py_func, py_file):
        return cls()

    def get_cache_path(self):
        return str(cache_directory())

    def get_source_stamp(self):
        return SOURCE_STAMP

    def get_disambiguator(self):
        return None


class _KernelCacheImpl(CompileResultCacheImpl):
    _locator_classes = [_KernelLocator]


class _KernelCache(FunctionCache):
    """Numba's cache, keyed by a name of our own.

    Numba keys a closure by what it closes over, and a compiled function it closes over has a new identity in every process,
    so that kernels made by a factory would never be found again. Name, signature and processor say enough here, because
    the whole folder is dropped when the source changes.
    """

    _impl_class = _KernelCacheImpl

    def __init__(self, py_func, name):
        super().__init__(py_func)
        self._unique_name = name

    def load_overload(self, sig, target_context):
        found = super().load_overload(sig, target_context)
        if found is None:
            announce_compilation()
        return found

    def _index_key(self, sig, codegen):
        return str(sig), codegen.magic_tuple(), self._unique_name


# Multiply-adds may be fused and sums reordered, so that loops vectorise; NaN and infinity keep their meaning.
FASTMATH = {"contract", "reassoc"}


def compiled(function, name=None):
    """`numba.njit` with the engine's options: cached, without the GIL, no test for division by zero.

    Arguments:
        function: A Python function.
        name: Unique name of it; needed where a factory makes many from the same lines.
    """
    dispatcher = numba.njit(nogil=True, error_model="numpy", fastmath=FASTMATH)(function)
    dispatcher._cache = _KernelCache(function, name or f"{function.__module__}.{function.__qualname__}")
    return dispatcher


inline = numba.njit(error_model="numpy", fastmath=FASTMATH)
"""For the small functions that kernels are made of: compiled into their callers, not cached by themselves."""


def signature(dtype):
    """The one signature of all kernels at a dtype."""
    array = numba.from_dtype(np.dtype(dtype))[::1]
    integers = types.int64[::1]
    memory = types.NamedTuple([array] * 8 + [types.float64[::1], integers], Memory)
    return types.void(integers, integers, memory)


_addresses = {}


def address(kernel, dtype):
    """The address of a kernel compiled for `dtype`, compiling (or loading from the cache) at the first request."""
    key = kernel, np.dtype(dtype)
    if key not in _addresses:
        sig = signature(dtype)
        kernel.compile(sig)
        result = kernel.overloads[sig.args]
        _addresses[key] = result.library.get_pointer_to_function(result.fndesc.llvm_func_name)
    return _addresses[key]


@intrinsic
def call(typingctx, target, row, run, m):
    """Calls the kernel at the address `target`; an exception in it is passed on."""

    def codegen(context, builder, sig, args):
        argument_types = sig.args[1:]
        function_type = context.call_conv.get_function_type(types.none, argument_types)
        pointer = builder.inttoptr(args[0], function_type.as_pointer())
        status, _ = context.call_conv.call_function(builder, pointer, types.none, argument_types, args[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.void(target, row, run, m), codegen


@intrinsic
def _view(typingctx, array, offset, shape):
    """A C-contiguous view of `shape` that begins at an element of a flat array; unlike slicing, it counts no references."""
    view = types.Array(array.dtype, len(shape), "C")

    def codegen(context, builder, sig, args):
        flat = context.make_array(sig.args[0])(context, builder, args[0])
        sizes = cgutils.unpack_tuple(builder, args[2])
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(array.dtype)))
        strides = [itemsize]
        for size in reversed(sizes[1:]):
            strides.insert(0, builder.mul(strides[0], size))
        result = context.make_array(view)(context, builder)
        data = builder.gep(flat.data, [args[1]])
        populate_array(result, data=data, shape=sizes, strides=strides, itemsize=itemsize, meminfo=None)
        return result._getvalue()

    return view(array, offset, shape), codegen



@inline
def vector(array, offset, n):
    """View of (n,) elements."""
    if CHECKED and (offset < 0 or offset + n > array.size):
        raise IndexError("vector outside of its array")
    return _view(array, offset, (n,))


@inline
def matrix(array, offset, rows, cols):
    """View of (rows, cols) elements."""
    if CHECKED and (offset < 0 or offset + rows * cols > array.size):
        raise IndexError("matrix outside of its array")
    return _view(array, offset, (rows, cols))


@intrinsic
def as_pointer(typingctx, target, scalar):
    """The integer address `target` as a pointer to elements of the NumPy scalar type `scalar`."""
    pointer = types.CPointer(scalar.instance_type)

    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(pointer))

    return pointer(target, scalar), codegen


@intrinsic
def bits_of(typingctx, value):
    """The 32 bits of an int32 read as a float32."""

    def codegen(context, builder, sig, args):
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen
