"""The plain recurrent layer: each step's state is an activation of inputs and state before."""

import functools

from glassnet.engine.kernel import inline
from glassnet.engine.kernels.activation import LINEAR
from glassnet.engine.kernels.recurrent import (
    DH0,
    H0,
    SUMS,
    UNITS,
    Cell,
    H,
    at_step,
    gradient_at,
    gradient_before,
    is_masked,
    nudge,
    state_before,
)
from glassnet.engine.kernels.through_time import recurrent


def _cell(activation):
    act, act_slope = activation.output, activation.derivative

    @inline
    def forward(row, run, m, t, begin, end, constants):
        U, of_act = row[UNITS], constants[0]
        for b in range(begin, end):
            sums, h = at_step(row, m, SUMS, b, t, U), at_step(row, m, H, b, t, U)
            if is_masked(row, m, b, t):
                before = state_before(row, m, H, H0, b, t)
                for u in range(U):
                    h[u] = before[u]
            else:
                for u in range(U):
                    h[u] = act(sums[u], of_act)
        nudge(row, m, t, begin, end, 1)

    @inline
    def backward(row, run, m, t, begin, end, constants, transposed):
        U, of_act = row[UNITS], constants[0]
        for b in range(begin, end):
            sums, h = at_step(row, m, SUMS, b, t, U), at_step(row, m, H, b, t, U)
            dsums, dh = gradient_at(row, m, SUMS, b, t, U), gradient_at(row, m, H, b, t, U)
            if is_masked(row, m, b, t):
                dh_before = gradient_before(row, m, H, H0, DH0, b, t)
                for u in range(U):
                    dsums[u] = 0
                for u in range(U):
                    dh_before[u] += dh[u]
            else:
                for u in range(U):
                    dsums[u] = dh[u] * act_slope(sums[u], h[u], of_act)

    return Cell("simple_rnn", 1, False, forward, backward)


@functools.cache
def simple_rnn(activation):
    """The operation of a plain recurrent layer with this activation (`Elementwise`); see `recurrent`.

    h = act(x @ kernel + h_before @ recurrent_kernel + bias); a masked step leaves h as it was.
    Backward: dsums = dh act'(sums). Source: Elman (1990).
    """
    return recurrent(_cell(activation), activation, LINEAR)
