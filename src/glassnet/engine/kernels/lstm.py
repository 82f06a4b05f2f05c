"""Long short-term memory: a state that is carried along, and gates that say what to forget, what to add and what to show."""

import functools

from glassnet.engine.kernel import WATCHED, inline, vector
from glassnet.engine.kernels.recurrent import (
    C0,
    DC0,
    DH0,
    GATE_1,
    GATE_2,
    GATE_3,
    GATE_4,
    H0,
    SUMS,
    UNITS,
    C,
    Cell,
    H,
    at_step,
    gradient_at,
    gradient_before,
    is_masked,
    nudge,
    own_scratch,
    state_before,
)
from glassnet.engine.kernels.through_time import recurrent

INPUT, FORGET, CANDIDATE, OUTPUT = GATE_1, GATE_2, GATE_3, GATE_4


def _cell(activation, gate_activation):
    act, gate = activation.output, gate_activation.output
    act_slope, gate_slope = activation.derivative, gate_activation.derivative

    @inline
    def forward(row, run, m, t, begin, end, constants):
        U = row[UNITS]
        of_act, of_gate = constants
        for b in range(begin, end):
            sums = at_step(row, m, SUMS, b, t, 4 * U)
            i, f = at_step(row, m, INPUT, b, t, U), at_step(row, m, FORGET, b, t, U)
            g, o = at_step(row, m, CANDIDATE, b, t, U), at_step(row, m, OUTPUT, b, t, U)
            for u in range(U):
                i[u] = gate(sums[u], of_gate)
            sums = vector(sums, U, 3 * U)
            for u in range(U):
                f[u] = gate(sums[u], of_gate)
            sums = vector(sums, U, 2 * U)
            for u in range(U):
                g[u] = act(sums[u], of_act)
            sums = vector(sums, U, U)
            for u in range(U):
                o[u] = gate(sums[u], of_gate)
        nudge(row, m, t, begin, end, 1)
        for b in range(begin, end):
            i, f = at_step(row, m, INPUT, b, t, U), at_step(row, m, FORGET, b, t, U)
            g, c = at_step(row, m, CANDIDATE, b, t, U), at_step(row, m, C, b, t, U)
            before = state_before(row, m, C, C0, b, t)
            if is_masked(row, m, b, t):
                for u in range(U):
                    c[u] = before[u]
            else:
                for u in range(U):
                    c[u] = f[u] * before[u] + i[u] * g[u]
        nudge(row, m, t, begin, end, 2)
        for b in range(begin, end):
            o, c, h = at_step(row, m, OUTPUT, b, t, U), at_step(row, m, C, b, t, U), at_step(row, m, H, b, t, U)
            if is_masked(row, m, b, t):
                before = state_before(row, m, H, H0, b, t)
                for u in range(U):
                    h[u] = before[u]
            else:
                for u in range(U):
                    h[u] = o[u] * act(c[u], of_act)
        nudge(row, m, t, begin, end, 3)

    @inline
    def backward(row, run, m, t, begin, end, constants, transposed):
        U = row[UNITS]
        of_act, of_gate = constants
        for b in range(begin, end):
            i, f = at_step(row, m, INPUT, b, t, U), at_step(row, m, FORGET, b, t, U)
            g, o, c = at_step(row, m, CANDIDATE, b, t, U), at_step(row, m, OUTPUT, b, t, U), at_step(row, m, C, b, t, U)
            di, df = gradient_at(row, m, INPUT, b, t, U), gradient_at(row, m, FORGET, b, t, U)
            dg, do = gradient_at(row, m, CANDIDATE, b, t, U), gradient_at(row, m, OUTPUT, b, t, U)
            dh, dc = gradient_at(row, m, H, b, t, U), gradient_at(row, m, C, b, t, U)
            sums, dsums = at_step(row, m, SUMS, b, t, 4 * U), gradient_at(row, m, SUMS, b, t, 4 * U)
            before, dc_before = state_before(row, m, C, C0, b, t), gradient_before(row, m, C, C0, DC0, b, t)
            if is_masked(row, m, b, t):
                dh_before = gradient_before(row, m, H, H0, DH0, b, t)
                di[:], df[:], dg[:], do[:], dsums[:] = 0, 0, 0, 0, 0
                for u in range(U):
                    dh_before[u] += dh[u]
                for u in range(U):
                    dc_before[u] += dc[u]
                continue
            # Each loop writes two arrays at the most: with more, the compiler would not make vectors of it.
            shown = vector(m.scratch, own_scratch(row) + U, U)
            for u in range(U):
                shown[u] = act(c[u], of_act)
                dc[u] += dh[u] * o[u] * act_slope(c[u], shown[u], of_act)
            of_i, dof_i = vector(sums, 0, U), vector(dsums, 0, U)
            for u in range(U):
                dof_i[u] = dc[u] * g[u] * gate_slope(of_i[u], i[u], of_gate)
            of_f, dof_f = vector(sums, U, U), vector(dsums, U, U)
            for u in range(U):
                dof_f[u] = dc[u] * before[u] * gate_slope(of_f[u], f[u], of_gate)
            of_g, dof_g = vector(sums, 2 * U, U), vector(dsums, 2 * U, U)
            for u in range(U):
                dof_g[u] = dc[u] * i[u] * act_slope(of_g[u], g[u], of_act)
            of_o, dof_o = vector(sums, 3 * U, U), vector(dsums, 3 * U, U)
            for u in range(U):
                dof_o[u] = dh[u] * shown[u] * gate_slope(of_o[u], o[u], of_gate)
            if run[WATCHED]:
                for u in range(U):
                    di[u] = dc[u] * g[u]
                for u in range(U):
                    df[u] = dc[u] * before[u]
                for u in range(U):
                    dg[u] = dc[u] * i[u]
                for u in range(U):
                    do[u] = dh[u] * shown[u]
            for u in range(U):
                dc_before[u] += dc[u] * f[u]

    return Cell("lstm", 4, False, forward, backward)


@functools.cache
def lstm(activation, gate_activation):
    """The operation of an LSTM with these activations (`Elementwise`); see `recurrent`.

    With the sums s = x @ kernel + h_before @ recurrent_kernel + bias in the order i, f, c~, o:
    i = gate(s_i), f = gate(s_f), c~ = act(s_c~), o = gate(s_o); c = f * c_before + i * c~; h = o * act(c).
    A masked step leaves c and h as they were.

    Backward: do = dh act(c); dc += dh o act'(c); di = dc c~, df = dc c_before, dc~ = dc i; dc_before += dc f.
    Source: Hochreiter and Schmidhuber (1997); the forget gate: Gers, Schmidhuber and Cummins (2000).
    """
    return recurrent(_cell(activation, gate_activation), activation, gate_activation)
