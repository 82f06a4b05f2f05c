"""Short runs of numbers, such as the channels of a pixel, as single vectors of the processor.

A loop over six channels costs more to begin than to run, and the compiler makes no vectors of it. Here such a run, of LANES
numbers at the most, is one value in a kernel; what lies behind it in memory is neither read nor written.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

from glassnet.engine.kernel import CHECKED, inline_view
from glassnet.engine.tile import VECTOR_BYTES, Builder


class Lanes(types.Type):
    """The type of a vector of numbers of a type."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(f"Lanes({dtype})")


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, kind):
        number = ir.FloatType() if kind.dtype == types.float32 else ir.DoubleType()
        super().__init__(manager, kind, ir.VectorType(number, VECTOR_BYTES * 8 // kind.dtype.bitwidth))


@inline_view
def lanes_of(array):
    """How many numbers of an array's type a vector holds."""
    return VECTOR_BYTES // array.itemsize


@intrinsic
def _load(typingctx, array, address, count):
    def codegen(context, builder, sig, args):
        t = Builder(context, builder, types.NumberClass(array.dtype))
        return t.masked_load(args[1], t.first_lanes(args[2]))

    return Lanes(array.dtype)(array, types.int64, types.int64), codegen


@intrinsic
def _store(typingctx, array, address, count, value):
    def codegen(context, builder, sig, args):
        t = Builder(context, builder, types.NumberClass(array.dtype))
        t.masked_store(args[3], args[1], t.first_lanes(args[2]))
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, value), codegen


@inline_view
def load(array, at, count):
    """The `count` numbers of an array from `at` on, and zeros behind them."""
    if CHECKED:
        array[at], array[at + count - 1]
    return _load(array, np.int64(array.ctypes.data) + at * array.itemsize, count)


@inline_view
def store(array, at, count, value):
    """array[at : at + count] = value."""
    if CHECKED:
        array[at], array[at + count - 1]
    _store(array, np.int64(array.ctypes.data) + at * array.itemsize, count, value)


@intrinsic
def larger(typingctx, a, b):
    """max(a, b) of each pair of numbers, as for single ones."""

    def codegen(context, builder, sig, args):
        a, b = args
        return builder.select(builder.fcmp_ordered(">", b, a), b, a)

    return a(a, a), codegen


@intrinsic
def where_equal(typingctx, a, b, yes, no):
    """yes if a == b else no, for each of the numbers."""

    def codegen(context, builder, sig, args):
        return builder.select(builder.fcmp_ordered("==", args[0], args[1]), args[2], args[3])

    return a(a, a, a, a), codegen


@intrinsic
def added(typingctx, a, b):
    """a + b of each pair of numbers."""

    def codegen(context, builder, sig, args):
        return builder.fadd(*args)

    return a(a, a), codegen


@intrinsic
def scaled(typingctx, value, factor):
    """value * factor, a single number."""

    def codegen(context, builder, sig, args):
        t = Builder(context, builder, types.NumberClass(factor))
        return builder.fmul(args[0], t.spread(args[1]))

    return value(value, factor), codegen


@intrinsic
def nothing(typingctx, like):
    """Zeros."""

    def codegen(context, builder, sig, args):
        return cgutils.get_null_value(args[0].type)

    return like(like), codegen


@intrinsic
def copy_converted(typingctx, source, address, array, at, count, scale, offset):
    """array[at : at + count] = numbers * scale + offset, each rounded once, from numbers of the NumPy scalar type `source`."""

    def codegen(context, builder, sig, args):
        _, address, array_, at, count, scale, offset = args
        kind, t = source.instance_type, Builder(context, builder, types.NumberClass(array.dtype))
        mask = t.first_lanes(count)
        numbers = t.masked_load(address, mask, kind)
        place = builder.ptrtoint(builder.gep(context.make_array(array)(context, builder, array_).data, [at]), ir.IntType(64))
        t.masked_store(t.rounded_once(t.converted(numbers, kind), t.spread(scale), t.spread(offset)), place, mask)
        return context.get_dummy_value()

    return types.void(source, types.int64, array, types.intp, types.intp, scale, offset), codegen
