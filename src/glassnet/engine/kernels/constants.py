"""An operation's constants, read once before its loops."""

from numba.np.unsafe.ndarray import to_fixed_tuple

from glassnet.engine.kernel import inline, vector


def constants_reader(count):
    """The function `(consts, start)` that returns `count` constants as a tuple.

    A constant that a loop reads from memory might be one of the numbers that it writes, for all that the compiler
    knows: such a loop is not vectorised.
    """

    def read(consts, start):
        return to_fixed_tuple(vector(consts, start, count), count)

    return inline(read if count else lambda consts, start: ())
