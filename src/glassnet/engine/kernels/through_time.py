"""A recurrent operation from its cell: the walk through time, and the way back."""

from dataclasses import dataclass

import numpy as np

from glassnet.engine.graph import Halves, Operation
from glassnet.engine.kernel import (
    ADD,
    BATCH,
    CONSTS,
    PART,
    SCRATCH,
    SECOND_HALF,
    SKIP,
    WHOLE,
    WRITE,
    compiled,
    half_of_batch,
    inline,
    vector,
)
from glassnet.engine.kernels.recurrent import (
    BIAS,
    C0,
    DBIAS,
    DC0,
    DH0,
    DKERNEL,
    DRECURRENT,
    DROPPED,
    DX,
    EXAMPLES_AT_ONCE,
    GATE_2,
    GROUPS,
    H0,
    INPUTS,
    KERNEL,
    RECURRENT,
    STEPS,
    SUMS,
    UNITS,
    H,
    X,
    add_product,
    add_row,
    add_to_bias,
    address_in,
    at_step,
    clear,
    dsums_of_half,
    enter,
    examples_in_block,
    gradient_at,
    gradient_before,
    nudge,
    own_scratch,
    shared_scratch,
    state_before,
    turn_round,
    weigh,
)
from glassnet.engine.matmul import compute


@dataclass(frozen=True)
class Recurrence(Operation):
    """A recurrent operation, with what explains it.

    Arguments:
        activation, recurrent_activation: `Elementwise`, those of the state (or candidate) and of the gates.
        resets_first: Whether the state is changed by a gate before the last gate's product with it.
    """

    activation: object = None
    recurrent_activation: object = None
    resets_first: bool = False


def recurrent(cell, activation, recurrent_activation):
    """The `Operation` of a cell with two activations of single numbers (`Elementwise`).

    Reads x (B, T, I); where there are any the initial states h0, c0 (B, U), mask (B, T), whose zeros leave the state as it was,
    and what dropout keeps of the state (B, groups of gates, U); kernel (I, G U), recurrent kernel (U, G U), bias. Writes the
    states h (B, T, U), the weighted sums (B, T, ...), the cell's memory c and gates (B, T, U). Constants: what `nudge` adds,
    those of the activations.

    Backward: backpropagation through time (Werbos 1990). dh, dc and the derivatives by gates and sums are left in their places;
    of dh and dc, what later operations ask for must be there (see `THROUGH_TIME`).

    Scratch: see `scratch_sizes`; the way back leaves sums and states there for the gradients behind it.
    In halves: forward and the way back through time, each example by itself.
    """
    step_forward, step_backward = cell.forward, cell.backward
    read_first, read_second = activation.read_constants, recurrent_activation.read_constants
    first, gates, width = activation.constants, cell.gates, cell.width
    apart, before, two_biases = cell.apart, cell.before, cell.two_biases

    @inline
    def constants(row, m):
        return read_first(m.consts, row[CONSTS] + 1), read_second(m.consts, row[CONSTS] + 1 + first)

    @inline
    def columns_of_group(row):
        return gates * row[UNITS] // row[GROUPS]

    @inline
    def weighted_inputs(row, run, m, begin, end):
        """The sums of all steps' inputs, and the biases."""
        T, I, U = row[STEPS], row[INPUTS], row[UNITS]
        first, rows, early = begin * T, (end - begin) * T, (gates - 1) * U
        like = vector(m.scratch, row[SCRATCH], 1)
        s = np.int64(like.itemsize)
        x, kernel = address_in(m.acts, row[X] + first * I), address_in(m.params, row[KERNEL])
        sums = address_in(m.acts, row[SUMS] + first * width * U)
        if apart:
            weigh(run, like, x, kernel, gates * U * s, sums + U * s, width * U * s, rows, I, early)
            weigh(run, like, x, kernel + early * s, gates * U * s, sums, width * U * s, rows, I, U)
        else:
            weigh(run, like, x, kernel, gates * U * s, sums, width * U * s, rows, I, gates * U)
        for r in range(first, first + rows):
            if apart:
                of_state = vector(m.acts, row[SUMS] + ((r + 1) * width - 1) * U, U)
                for u in range(U):
                    of_state[u] = 0
            if row[BIAS] >= 0 and apart:
                add_row(m, row[SUMS] + (r * width + 1) * U, row[BIAS], early)
                add_row(m, row[SUMS] + r * width * U, row[BIAS] + early, U)
            elif row[BIAS] >= 0:
                add_row(m, row[SUMS] + r * width * U, row[BIAS], gates * U)
            if row[BIAS] >= 0 and two_biases:
                add_row(m, row[SUMS] + (r * width + 1) * U, row[BIAS] + gates * U, gates * U)

    @inline
    def block_of(row):
        """Examples that walk through time together."""
        return examples_in_block(row, 2 * row[STEPS] * (width + 1) * row[UNITS])

    @inline
    def walk(row, run, m, begin, end):
        T, U, N, shift = row[STEPS], row[UNITS], columns_of_group(row), (width - gates) * row[UNITS]
        c = constants(row, m)
        like = vector(m.scratch, row[SCRATCH], 1)
        s = np.int64(like.itemsize)
        a = address_in(m.scratch, shared_scratch(row) + begin * U)
        weighted_inputs(row, run, m, begin, end)
        for t in range(T):
            if t > 0 or row[H0] >= 0:
                for g in range(row[GROUPS] - 1 if before else row[GROUPS]):
                    enter(row, m, t, begin, end, g)
                    kernel = address_in(m.params, row[RECURRENT] + g * N)
                    sums = address_in(m.acts, row[SUMS] + (begin * T + t) * width * U + shift + g * N)
                    add_product(run, like, a, U * s, kernel, gates * U * s, sums, T * width * U * s, end - begin, N, U)
            nudge(row, m, t, begin, end, 0)
            step_forward(row, run, m, t, begin, end, c)

    def forward(row, run, m):
        begin, end = half_of_batch(row, run, EXAMPLES_AT_ONCE)
        clear(row, m)
        block = block_of(row)
        for b in range(begin, end, block):
            walk(row, run, m, b, min(b + block, end))

    @inline
    def through_kernel(row, run, m, t, begin, end, transposed):
        """dh of the state before += dsums @ recurrent_kernel.T, times what dropout keeps."""
        T, U, N, shift = row[STEPS], row[UNITS], columns_of_group(row), (width - gates) * row[UNITS]
        like = vector(m.scratch, row[SCRATCH], 1)
        s, M = np.int64(like.itemsize), end - begin
        for g in range(row[GROUPS] - 1 if before else row[GROUPS]):
            dsums = address_in(m.act_grads, row[SUMS] + (begin * T + t) * width * U + shift + g * N)
            kernel = address_in(m.scratch, transposed + g * N * U)
            if row[DROPPED] < 0:
                # There is a state before: this is not called at the first step where nobody wants its derivative.
                place, stride = (row[H] + (begin * T + t - 1) * U, T * U) if t > 0 else (row[H0] + begin * U, U)
                dh = address_in(m.act_grads, place)
                add_product(run, like, dsums, T * width * U * s, kernel, U * s, dh, stride * s, M, U, N)
                continue
            by_state = vector(m.scratch, shared_scratch(row) + begin * U, M * U)
            for i in range(M * U):
                by_state[i] = 0
            out = address_in(m.scratch, shared_scratch(row) + begin * U)
            add_product(run, like, dsums, T * width * U * s, kernel, U * s, out, U * s, M, U, N)
            for b in range(begin, end):
                part, dh = vector(m.scratch, shared_scratch(row) + b * U, U), gradient_before(row, m, H, H0, DH0, b, t)
                kept = vector(m.acts, row[DROPPED] + (b * row[GROUPS] + g) * U, U)
                for u in range(U):
                    dh[u] += part[u] * kept[u]

    @inline
    def enters_as_it_is(row):
        """Whether all groups of gates see the state before as it is, so that one copy of it serves all their products."""
        return not before and row[DROPPED] < 0

    @inline
    def keep_state_before(row, m, t, b):
        """Copies it to where `recurrent_kernel_gradient` has all steps' behind each other."""
        U = row[UNITS]
        h, out = state_before(row, m, H, H0, b, t), vector(m.scratch, shared_scratch(row) + (b * row[STEPS] + t) * U, U)
        for u in range(U):
            out[u] = h[u]

    @inline
    def add_to_sum(row, m, t, b, total):
        size = width * row[UNITS]
        dsums = gradient_at(row, m, SUMS, b, t, size)
        for u in range(size):
            total[u] += dsums[u]

    def through_time(row, run, m):
        begin, end = half_of_batch(row, run, EXAMPLES_AT_ONCE)
        U, c, transposed = row[UNITS], constants(row, m), own_scratch(row) + 2 * row[UNITS]
        clear(row, m)
        for mode, initial in ((DH0, H0), (DC0, C0)):
            if row[mode] == WRITE:
                start = vector(m.act_grads, row[initial] + begin * U, (end - begin) * U)
                for i in range((end - begin) * U):
                    start[i] = 0
        turn_round(m, row[RECURRENT], U, gates * U, transposed)
        for half in range(2):
            if row[PART] == WHOLE or row[PART] == half:
                total = vector(m.scratch, dsums_of_half(row, half), 4 * U)
                for u in range(4 * U):
                    total[u] = 0
        total = vector(m.scratch, dsums_of_half(row, 1 if row[PART] == SECOND_HALF else 0), 4 * U)
        block = block_of(row)
        for b in range(begin, end, block):
            b_end = min(b + block, end)
            for t in range(row[STEPS] - 1, -1, -1):
                step_backward(row, run, m, t, b, b_end, c, transposed)
                for example in range(b, b_end):
                    add_to_sum(row, m, t, example, total)
                    if enters_as_it_is(row):
                        keep_state_before(row, m, t, example)
                if t > 0 or row[DH0] != SKIP:
                    through_kernel(row, run, m, t, b, b_end, transposed)

    @inline
    def recurrent_kernel_gradient(row, run, m):
        """drecurrent = the sum over steps of (state before).T @ dsums, in one product for each group."""
        B, T, U, N = run[BATCH], row[STEPS], row[UNITS], columns_of_group(row)
        like = vector(m.scratch, row[SCRATCH], 1)
        s, zero, add = np.int64(like.itemsize), np.int64(0), np.int64(row[DRECURRENT] == ADD)
        states, shift = shared_scratch(row), (width - gates) * U
        for g in range(row[GROUPS]):
            for r in range(0 if enters_as_it_is(row) else B * T):
                b, t = r // T, r % T
                keep_state_before(row, m, t, b)
                out = vector(m.scratch, states + r * U, U)
                if row[DROPPED] >= 0:
                    kept = vector(m.acts, row[DROPPED] + (b * row[GROUPS] + g) * U, U)
                    for u in range(U):
                        out[u] *= kept[u]
                if before and g == row[GROUPS] - 1:
                    reset = at_step(row, m, GATE_2, b, t, U)
                    for u in range(U):
                        out[u] *= reset[u]
            a, dsums = address_in(m.scratch, states), address_in(m.act_grads, row[SUMS] + shift + g * N)
            place = address_in(m.grads, row[RECURRENT] + g * N)
            compute(run, like, (zero, a, s, U * s, dsums, width * U * s, place, gates * U * s, U, N, B * T, add))

    @inline
    def kernel_gradient(row, run, m, first, N, place):
        """dkernel[:, first : first + N] = x.T @ dsums[:, place : place + N]."""
        I, U, K = row[INPUTS], row[UNITS], run[BATCH] * row[STEPS]
        like = vector(m.scratch, row[SCRATCH], 1)
        s, zero, add = np.int64(like.itemsize), np.int64(0), np.int64(row[DKERNEL] == ADD)
        x, dsums = address_in(m.acts, row[X]), address_in(m.act_grads, row[SUMS] + place)
        out = address_in(m.grads, row[KERNEL] + first)
        compute(run, like, (zero, x, s, I * s, dsums, width * U * s, out, gates * U * s, I, N, K, add))

    @inline
    def bias_gradient(row, run, m):
        U, early, size = row[UNITS], (gates - 1) * row[UNITS], (2 if two_biases else 1) * gates * row[UNITS]
        if row[DBIAS] == WRITE:
            dbias = vector(m.grads, row[BIAS], size)
            for u in range(size):
                dbias[u] = 0
        for half in range(2):
            place = dsums_of_half(row, half)
            if apart:
                add_to_bias(m, row[BIAS], place + U, early)
                add_to_bias(m, row[BIAS] + early, place, U)
            else:
                add_to_bias(m, row[BIAS], place, gates * U)
            if two_biases:
                add_to_bias(m, row[BIAS] + gates * U, place + U, gates * U)

    @inline
    def input_gradient(row, run, m, first, K, place, add):
        """dx = or += dsums[:, place : place + K] @ kernel[:, first : first + K].T."""
        I, U, M = row[INPUTS], row[UNITS], run[BATCH] * row[STEPS]
        like = vector(m.scratch, row[SCRATCH], 1)
        s = np.int64(like.itemsize)
        dsums, dx = address_in(m.act_grads, row[SUMS] + place), address_in(m.act_grads, row[X])
        kernel = address_in(m.scratch, row[SCRATCH] + 2 * U + first * I)
        compute(run, like, (np.int64(0), dsums, width * U * s, s, kernel, I * s, dx, I * s, M, I, K, np.int64(add)))

    def gradients(row, run, m):
        I, U, early = row[INPUTS], row[UNITS], (gates - 1) * row[UNITS]
        clear(row, m)
        if row[DRECURRENT] != SKIP:
            recurrent_kernel_gradient(row, run, m)
        if row[DKERNEL] != SKIP and apart:
            kernel_gradient(row, run, m, 0, early, U)
            kernel_gradient(row, run, m, early, U, 0)
        elif row[DKERNEL] != SKIP:
            kernel_gradient(row, run, m, 0, gates * U, 0)
        if row[BIAS] >= 0 and row[DBIAS] != SKIP:
            bias_gradient(row, run, m)
        if row[DX] != SKIP:
            turn_round(m, row[KERNEL], I, gates * U, row[SCRATCH] + 2 * U)
            if apart:
                input_gradient(row, run, m, 0, early, U, row[DX] == ADD)
                input_gradient(row, run, m, early, U, 0, True)
            else:
                input_gradient(row, run, m, 0, gates * U, 0, row[DX] == ADD)

    name = f"{__name__}.{cell.name}.{activation.name}.{recurrent_activation.name}" + (".before" if before else "")
    kernels = (compiled(function, f"{name}.{function.__name__}") for function in (forward, through_time, gradients))
    in_halves, backward, afterwards = kernels
    settings = {"activation": activation, "recurrent_activation": recurrent_activation, "resets_first": before}
    return Recurrence(cell.name, Halves(in_halves), (Halves(backward), afterwards), **settings)
