"""Gated recurrent units: a state that a gate mixes with a candidate."""

import functools

import numpy as np

from glassnet.engine.kernel import WATCHED, inline, vector
from glassnet.engine.kernels.recurrent import (
    DH0,
    DROPPED,
    GATE_1,
    GATE_2,
    GATE_3,
    H0,
    RECURRENT,
    STEPS,
    SUMS,
    UNITS,
    Cell,
    H,
    add_product,
    address_in,
    at_step,
    enter,
    gradient_at,
    gradient_before,
    is_masked,
    nudge,
    own_scratch,
    shared_scratch,
    state_before,
)
from glassnet.engine.kernels.through_time import recurrent

UPDATE, RESET, CANDIDATE = GATE_1, GATE_2, GATE_3


def _cell(activation, gate_activation, reset_after):
    act, gate = activation.output, gate_activation.output
    act_slope, gate_slope = activation.derivative, gate_activation.derivative

    @inline
    def sum_of_reset_state(row, run, m, t, begin, end):
        """The candidate's sums of the state where it is reset before the product: (r * h_before) @ kernel of the candidate."""
        T, U, entering = row[STEPS], row[UNITS], shared_scratch(row)
        enter(row, m, t, begin, end, 2)
        for b in range(begin, end):
            state, r = vector(m.scratch, entering + b * U, U), at_step(row, m, RESET, b, t, U)
            for u in range(U):
                state[u] *= r[u]
        like = vector(m.scratch, entering, 1)
        s = np.int64(like.itemsize)
        state, kernel = address_in(m.scratch, entering + begin * U), address_in(m.params, row[RECURRENT] + 2 * U)
        sums = address_in(m.acts, row[SUMS] + ((begin * T + t) * 4 + 3) * U)
        add_product(run, like, state, U * s, kernel, 3 * U * s, sums, T * 4 * U * s, end - begin, U, U)

    @inline
    def candidate_sum(sums, r, out):
        """What the candidate is the activation of."""
        U = r.size
        of_inputs, of_state = vector(sums, 0, U), vector(sums, 3 * U, U)
        for u in range(U):
            out[u] = of_inputs[u] + (r[u] * of_state[u] if reset_after else of_state[u])

    @inline
    def forward(row, run, m, t, begin, end, constants):
        U = row[UNITS]
        of_act, of_gate = constants
        for b in range(begin, end):
            sums = at_step(row, m, SUMS, b, t, 4 * U)
            z, r = at_step(row, m, UPDATE, b, t, U), at_step(row, m, RESET, b, t, U)
            of_z, of_r = vector(sums, U, U), vector(sums, 2 * U, U)
            for u in range(U):
                z[u] = gate(of_z[u], of_gate)
            for u in range(U):
                r[u] = gate(of_r[u], of_gate)
        nudge(row, m, t, begin, end, 1)
        if not reset_after:
            sum_of_reset_state(row, run, m, t, begin, end)
        nudge(row, m, t, begin, end, 2)
        for b in range(begin, end):
            sums, r = at_step(row, m, SUMS, b, t, 4 * U), at_step(row, m, RESET, b, t, U)
            g, total = at_step(row, m, CANDIDATE, b, t, U), vector(m.scratch, own_scratch(row) + U, U)
            candidate_sum(sums, r, total)
            for u in range(U):
                g[u] = act(total[u], of_act)
        nudge(row, m, t, begin, end, 3)
        for b in range(begin, end):
            z, g = at_step(row, m, UPDATE, b, t, U), at_step(row, m, CANDIDATE, b, t, U)
            h, before = at_step(row, m, H, b, t, U), state_before(row, m, H, H0, b, t)
            if is_masked(row, m, b, t):
                for u in range(U):
                    h[u] = before[u]
            else:
                for u in range(U):
                    h[u] = z[u] * before[u] + (type(z[u])(1) - z[u]) * g[u]
        nudge(row, m, t, begin, end, 4)

    @inline
    def through_reset(row, run, m, t, begin, end, transposed):
        """dr, and dh of the state before past the reset gate, from the derivative by the candidate's sums of the state."""
        T, U, M, out = row[STEPS], row[UNITS], end - begin, shared_scratch(row) + begin * row[UNITS]
        like = vector(m.scratch, out, 1)
        s = np.int64(like.itemsize)
        every = vector(m.scratch, out, M * U)
        for i in range(M * U):
            every[i] = 0
        dsums = address_in(m.act_grads, row[SUMS] + ((begin * T + t) * 4 + 3) * U)
        kernel = address_in(m.scratch, transposed + 2 * U * U)
        add_product(run, like, dsums, T * 4 * U * s, kernel, U * s, address_in(m.scratch, out), U * s, M, U, U)
        for b in range(begin, end):
            by_state, before = vector(m.scratch, shared_scratch(row) + b * U, U), state_before(row, m, H, H0, b, t)
            r, dr = at_step(row, m, RESET, b, t, U), gradient_at(row, m, RESET, b, t, U)
            dh_before = gradient_before(row, m, H, H0, DH0, b, t)
            if row[DROPPED] >= 0:
                kept = vector(m.acts, row[DROPPED] + (b * 3 + 2) * U, U)
                for u in range(U):
                    by_state[u] *= kept[u]
            for u in range(U):
                dr[u] = by_state[u] * before[u]
            for u in range(U):
                dh_before[u] += by_state[u] * r[u]

    @inline
    def backward(row, run, m, t, begin, end, constants, transposed):
        U = row[UNITS]
        of_act, of_gate = constants
        for b in range(begin, end):
            z, r, g = at_step(row, m, UPDATE, b, t, U), at_step(row, m, RESET, b, t, U), at_step(row, m, CANDIDATE, b, t, U)
            dz, dr = gradient_at(row, m, UPDATE, b, t, U), gradient_at(row, m, RESET, b, t, U)
            dg, dh = gradient_at(row, m, CANDIDATE, b, t, U), gradient_at(row, m, H, b, t, U)
            sums, dsums = at_step(row, m, SUMS, b, t, 4 * U), gradient_at(row, m, SUMS, b, t, 4 * U)
            before, dh_before = state_before(row, m, H, H0, b, t), gradient_before(row, m, H, H0, DH0, b, t)
            if is_masked(row, m, b, t):
                dz[:], dr[:], dg[:], dsums[:] = 0, 0, 0, 0
                for u in range(U):
                    dh_before[u] += dh[u]
                continue
            of_state, total = vector(sums, 3 * U, U), vector(m.scratch, own_scratch(row) + U, U)
            by_inputs, by_z, by_state = vector(dsums, 0, U), vector(dsums, U, U), vector(dsums, 3 * U, U)
            of_z = vector(sums, U, U)
            if run[WATCHED]:
                for u in range(U):
                    dz[u] = dh[u] * (before[u] - g[u])
                for u in range(U):
                    dg[u] = dh[u] * (type(z[u])(1) - z[u])
            for u in range(U):
                by_z[u] = dh[u] * (before[u] - g[u]) * gate_slope(of_z[u], z[u], of_gate)
            candidate_sum(sums, r, total)
            for u in range(U):
                by_inputs[u] = dh[u] * (type(z[u])(1) - z[u]) * act_slope(total[u], g[u], of_act)
            if reset_after:
                for u in range(U):
                    dr[u] = by_inputs[u] * of_state[u]
                for u in range(U):
                    by_state[u] = by_inputs[u] * r[u]
            else:
                for u in range(U):
                    by_state[u] = by_inputs[u]
            for u in range(U):
                dh_before[u] += dh[u] * z[u]
        if not reset_after:
            through_reset(row, run, m, t, begin, end, transposed)
        for b in range(begin, end):
            r, dr = at_step(row, m, RESET, b, t, U), gradient_at(row, m, RESET, b, t, U)
            sums, dsums = at_step(row, m, SUMS, b, t, 4 * U), gradient_at(row, m, SUMS, b, t, 4 * U)
            of_r, by_r = vector(sums, 2 * U, U), vector(dsums, 2 * U, U)
            for u in range(U):
                by_r[u] = dr[u] * gate_slope(of_r[u], r[u], of_gate)

    return Cell("gru", 3, True, forward, backward, before=not reset_after, two_biases=reset_after)


@functools.cache
def gru(activation, gate_activation, reset_after):
    """The operation of gated recurrent units with these activations (`Elementwise`); see `recurrent`.

    With the sums of inputs and of the state before for the gates z, r and the candidate h~:
    z = gate(s_z), r = gate(s_r); h = z * h_before + (1 - z) * h~;
    h~ = act(x @ kernel + bias + r * (h_before @ recurrent_kernel + second bias)) with `reset_after`, else
    h~ = act(x @ kernel + bias + (r * h_before) @ recurrent_kernel). A masked step leaves h as it was.

    Backward: dz = dh (h_before - h~), dh~ = dh (1 - z), dr = what the reset gate multiplies times what comes back there;
    dh_before += dh z.
    Source: Cho et al. (2014), with the reset before the product; after it, as in NVIDIA's cuDNN.
    """
    return recurrent(_cell(activation, gate_activation, reset_after), activation, gate_activation)
