"""An operation's constants, read once before its loops."""

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from glassnet.engine.kernel import inline


def constants_reader(count):
    """The function `(consts, start)` that returns `count` constants as a tuple.

    A constant that a loop reads from memory might be one of the numbers that it writes, for all that the compiler
    knows: such a loop is not vectorised.
    """

    @intrinsic
    def read(typingctx, consts, start):
        constants = types.UniTuple(consts.dtype, count)

        def codegen(context, builder, sig, args):
            flat, start = args
            if isinstance(consts, types.Array):  # in checked mode
                flat = context.make_array(consts)(context, builder, flat).data
            numbers = [builder.load(builder.gep(flat, [builder.add(start, cgutils.intp_t(i))])) for i in range(count)]
            return context.make_tuple(builder, constants, numbers)

        return constants(consts, types.intp), codegen

    return inline(lambda consts, start: read(consts, start))
