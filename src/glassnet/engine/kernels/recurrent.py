"""What recurrent operations are made of: their row of the program table, views of single steps, scratch, products.

A *cell* is what differs: how the state of a step comes about from its weighted sums and the state before. Every number of every
step is a tensor (B, T, ...) of the arena; the derivatives of all of them are there after the backward pass.
"""

from dataclasses import dataclass

import numpy as np

from glassnet.engine.kernel import (
    CONSTS,
    MULTIPLY,
    PART,
    SCRATCH,
    SECOND_HALF,
    SKIP,
    WHOLE,
    call,
    columns,
    inline,
    inline_view,
    vector,
)
from glassnet.engine.matmul import compute

(
    X, H0, C0, MASK, DROPPED,
    H, SUMS, C, GATE_1, GATE_2, GATE_3, GATE_4,
    KERNEL, RECURRENT, BIAS,
    STEPS, INPUTS, UNITS, GROUPS, NUDGED, NUDGED_PLACE, NUDGED_STAGE,
    DX, DH0, DC0, DMASK, DDROPPED, DKERNEL, DRECURRENT, DBIAS,
) = columns(30)  # fmt: skip

EXAMPLES_AT_ONCE = 8
"""Of so many examples, or a multiple, are a half of a batch and a block, so that products need no odd rows amid the batch."""
BLOCK = 131_072
"""Numbers of the examples that walk through time together: they stay in the second-level cache from step to step."""
NO_NUDGE = (-1, -1, -1)
"""The sizes NUDGED, NUDGED_PLACE, NUDGED_STAGE of a node as a network has it."""


@dataclass(frozen=True)
class Cell:
    """What a recurrent operation does at one step.

    Arguments:
        name: Of the operation.
        gates: How many gates G it has: the kernels have G units columns.
        apart: Whether the candidate's weighted sums of inputs and of the state before stay apart. The columns of the sums are
            then: the candidate's part of the inputs, the first G - 1 gates, the candidate's part of the state.
        forward: Function (row, run, m, t, begin, end, constants) from the sums of step t to its h, for examples from `begin` to
            `end`. `constants`: those of both activations.
        backward: Function of the same and of where in the scratch the transposed recurrent kernel is, from dh (and dc) of step t
            to its dsums, and to what goes to the state before past the recurrent kernel.
        before: Whether the cell itself multiplies its last gate by the recurrent kernel, because it changes the state first.
        two_biases: Whether there is a second bias for the products with the state.
    """

    name: str
    gates: int
    apart: bool
    forward: object
    backward: object
    before: bool = False
    two_biases: bool = False

    @property
    def width(self):
        """Columns of the sums, in units."""
        return self.gates + self.apart


# -- views -------------------------------------------------------------------------------------------------------------


@inline_view
def at_step(row, m, column, b, t, size):
    """(size,) numbers of a tensor (B, T, size) at step t of example b."""
    return vector(m.acts, row[column] + (b * row[STEPS] + t) * size, size)


@inline_view
def gradient_at(row, m, column, b, t, size):
    """The same of the derivatives."""
    return vector(m.act_grads, row[column] + (b * row[STEPS] + t) * size, size)


@inline
def region(units, inputs):
    """Numbers of scratch that each half of the batch has for itself: zeros, a row of whatever, a transposed kernel, and the sum
    of all dsums."""
    return 6 * units + 4 * units * max(units, inputs)


@inline
def own_scratch(row):
    """Where they begin."""
    return row[SCRATCH] + (region(row[UNITS], row[INPUTS]) if row[PART] == SECOND_HALF else 0)


@inline
def dsums_of_half(row, half):
    """Where the sum of all dsums of a half's steps is."""
    return row[SCRATCH] + (half + 1) * region(row[UNITS], row[INPUTS]) - 4 * row[UNITS]


@inline
def shared_scratch(row):
    """Where the scratch of both halves begins that has a place for each example."""
    return row[SCRATCH] + 2 * region(row[UNITS], row[INPUTS])


@inline_view
def state_before(row, m, column, initial, b, t):
    """(U,) numbers of the state that step t begins with: of step t - 1, or the initial ones, or zeros from the scratch."""
    U = row[UNITS]
    offset = row[column] + (b * row[STEPS] + t - 1) * U
    if t > 0:
        return vector(m.acts, offset, U)
    if row[initial] >= 0:
        return vector(m.acts, row[initial] + b * U, U)
    return vector(m.scratch, own_scratch(row), U)


@inline_view
def gradient_before(row, m, column, initial, mode, b, t):
    """Where the derivative by that state is added up; where nobody wants it, a row of the scratch."""
    U = row[UNITS]
    offset = row[column] + (b * row[STEPS] + t - 1) * U
    if t > 0:
        return vector(m.act_grads, offset, U)
    if row[mode] != SKIP:
        return vector(m.act_grads, row[initial] + b * U, U)
    return vector(m.scratch, own_scratch(row) + U, U)


@inline
def is_masked(row, m, b, t):
    """Whether step t of example b does not count: then the state stays what it was."""
    return row[MASK] >= 0 and m.acts[row[MASK] + b * row[STEPS] + t] == 0


@inline
def nudge(row, m, t, begin, end, stage):
    """Adds the operation's first constant to one number, if it is made at this step, among these examples, at this stage: the
    finite difference of a number within the operation can be had in no other way."""
    place = row[NUDGED_PLACE] - t  # the number of the step among the steps of all examples
    if row[NUDGED_STAGE] == stage and place % row[STEPS] == 0 and begin <= place // row[STEPS] < end:
        m.acts[row[NUDGED]] += m.consts[row[CONSTS]]


@inline
def address_in(array, offset):
    """The address of an element of a flat array."""
    return np.int64(vector(array, offset, 1).ctypes.data)


# -- products ----------------------------------------------------------------------------------------------------------


@inline
def add_product(run, like, a, a_row, b, b_row, c, c_row, M, N, K):
    """c (M, N) += a (M, K) @ b (K, N), all by addresses and bytes from row to row; by this thread alone."""
    s = np.int64(like.itemsize)
    call(run[MULTIPLY], (WHOLE, (np.int64(0), a, a_row, s, b, b_row, c, c_row, M, N, K, np.int64(1)), like))


@inline
def weigh(run, like, x, kernel, kernel_row, sums, sums_row, rows, inputs, units):
    """sums (rows, units) = x (rows, inputs) @ kernel (inputs, units), by addresses; by two threads where it is large."""
    s = np.int64(like.itemsize)
    zero = np.int64(0)
    compute(run, like, (zero, x, inputs * s, s, kernel, kernel_row, sums, sums_row, rows, units, inputs, zero))


@inline
def enter(row, m, t, begin, end, group):
    """Writes to the shared scratch (B, U) the state before step t as the recurrent kernel sees it: with the dropout of a group of
    gates."""
    U, out = row[UNITS], shared_scratch(row)
    for b in range(begin, end):
        h, entering = state_before(row, m, H, H0, b, t), vector(m.scratch, out + b * U, U)
        if row[DROPPED] < 0:
            for u in range(U):
                entering[u] = h[u]
        else:
            kept = vector(m.acts, row[DROPPED] + (b * row[GROUPS] + group) * U, U)
            for u in range(U):
                entering[u] = h[u] * kept[u]


@inline
def clear(row, m):
    """Makes the zeros that stand for a state where there is none."""
    U, start = row[UNITS], own_scratch(row)
    zeros = vector(m.scratch, start, U)
    for u in range(U):
        zeros[u] = 0


@inline
def add_row(m, place, bias, size):
    """sums += bias."""
    sums, summand = vector(m.acts, place, size), vector(m.params, bias, size)
    for u in range(size):
        sums[u] += summand[u]


@inline
def add_to_bias(m, bias, place, size):
    """dbias += a row of the scratch."""
    dbias, summand = vector(m.grads, bias, size), vector(m.scratch, place, size)
    for u in range(size):
        dbias[u] += summand[u]


@inline
def turn_round(m, kernel, rows, size, out):
    """Writes the transposed kernel (size, rows) to the scratch."""
    for i in range(rows):
        row_i = vector(m.params, kernel + i * size, size)
        for j in range(size):
            m.scratch[out + j * rows + i] = row_i[j]


@inline
def examples_in_block(row, numbers):
    """How many examples of so many numbers walk through time together."""
    return max(1, BLOCK // (numbers * EXAMPLES_AT_ONCE)) * EXAMPLES_AT_ONCE


def scratch_sizes(steps, inputs, units):
    """(scratch for each example, room besides) of a node."""
    return (steps + 1) * units, 2 * region(units, inputs)
