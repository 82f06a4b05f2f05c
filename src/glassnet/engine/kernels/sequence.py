"""Operations on sequences (B, T, ...) that recurrent layers are joined by."""

from glassnet.engine.graph import Operation
from glassnet.engine.kernel import ADD, BATCH, CONSTS, SEED, STEP, TRAINING, WRITE, columns, compiled, matrix, vector
from glassnet.engine.kernels.random import random_key, random_uniform

X, Y, STEPS, SIZE, DX = columns(5)


@compiled
def reverse_forward(row, run, m):
    """y[b, t] = x[b, T - 1 - t]: the sequence from its end. Reads x (B, T, size); writes y alike."""
    B, T, size = run[BATCH], row[STEPS], row[SIZE]
    x, y = matrix(m.acts, row[X], B * T, size), matrix(m.acts, row[Y], B * T, size)
    for b in range(B):
        for t in range(T):
            x_t, y_t = x[b * T + T - 1 - t], y[b * T + t]
            for i in range(size):
                y_t[i] = x_t[i]


@compiled
def reverse_backward(row, run, m):
    """dx[b, t] = dy[b, T - 1 - t]."""
    B, T, size = run[BATCH], row[STEPS], row[SIZE]
    dx, dy = matrix(m.act_grads, row[X], B * T, size), matrix(m.act_grads, row[Y], B * T, size)
    for b in range(B):
        for t in range(T):
            dx_t, dy_t = dx[b * T + T - 1 - t], dy[b * T + t]
            if row[DX] == ADD:
                for i in range(size):
                    dx_t[i] += dy_t[i]
            else:
                for i in range(size):
                    dx_t[i] = dy_t[i]


REVERSE = Operation("reverse", reverse_forward, reverse_backward)


ALL, ONE, LENGTH, STEP_SIZE, WHICH, DALL = columns(6)


@compiled
def one_step_forward(row, run, m):
    """y = x[:, t]. Reads x (B, T, size); writes y (B, size)."""
    T, size = row[LENGTH], row[STEP_SIZE]
    for b in range(run[BATCH]):
        x, y = vector(m.acts, row[ALL] + (b * T + row[WHICH]) * size, size), vector(m.acts, row[ONE] + b * size, size)
        for i in range(size):
            y[i] = x[i]


@compiled
def one_step_backward(row, run, m):
    """dx[:, t] = dy; 0 for the other steps."""
    T, size = row[LENGTH], row[STEP_SIZE]
    if row[DALL] != ADD:
        every = vector(m.act_grads, row[ALL], run[BATCH] * T * size)
        for i in range(every.size):
            every[i] = 0
    for b in range(run[BATCH]):
        dx = vector(m.act_grads, row[ALL] + (b * T + row[WHICH]) * size, size)
        dy = vector(m.act_grads, row[ONE] + b * size, size)
        for i in range(size):
            dx[i] += dy[i]


ONE_STEP = Operation("one_step", one_step_forward, one_step_backward)

FACTOR_X, FACTOR, FACTOR_Y, ROWS, INNER, DFACTOR_X, DFACTOR = columns(7)


@compiled
def scale_steps_forward(row, run, m):
    """y[b, t] = x[b, t] * factor[b, t]. Reads x (B, T, size) and factor (B, T), such as a mask; writes y like x."""
    size = row[INNER]
    for r in range(run[BATCH] * row[ROWS]):
        x, y = vector(m.acts, row[FACTOR_X] + r * size, size), vector(m.acts, row[FACTOR_Y] + r * size, size)
        factor = m.acts[row[FACTOR] + r]
        for i in range(size):
            y[i] = x[i] * factor


@compiled
def scale_steps_backward(row, run, m):
    """dx = dy * factor. The factor is given, so nobody asks for its derivative."""
    size = row[INNER]
    for r in range(run[BATCH] * row[ROWS]):
        dx, dy = vector(m.act_grads, row[FACTOR_X] + r * size, size), vector(m.act_grads, row[FACTOR_Y] + r * size, size)
        factor = m.acts[row[FACTOR] + r]
        if row[DFACTOR_X] == ADD:
            for i in range(size):
                dx[i] += dy[i] * factor
        else:
            for i in range(size):
                dx[i] = dy[i] * factor


SCALE_STEPS = Operation("scale_steps", scale_steps_forward, scale_steps_backward)

KEPT, KEPT_SIZE = columns(2)


@compiled
def dropout_mask(row, run, m):
    """mask = 0 with probability rate, else 1 / (1 - rate); 1 outside training. Writes mask (B, size). Constants: rate."""
    n = run[BATCH] * row[KEPT_SIZE]
    mask = vector(m.acts, row[KEPT], n)
    one = mask.dtype.type(1)
    rate = m.consts[row[CONSTS]]
    scale, zero = one / (one - rate), one - one
    key, step = random_key(row[SEED]), run[STEP]
    if run[TRAINING]:
        for i in range(n):
            mask[i] = scale if random_uniform(step, i, key) >= rate else zero
    else:
        for i in range(n):
            mask[i] = one


DROPOUT_MASK = Operation("dropout_mask", dropout_mask)

GIVEN, COUNTS, GIVEN_STEPS, GIVEN_SIZE = columns(4)


@compiled
def not_equal(row, run, m):
    """mask[b, t] = 1 where any number of x[b, t] differs from a value, else 0. Reads x (B, T, size); writes mask (B, T).

    Constants: the value.
    """
    B, T, size = run[BATCH], row[GIVEN_STEPS], row[GIVEN_SIZE]
    x, mask, value = matrix(m.acts, row[GIVEN], B * T, size), vector(m.acts, row[COUNTS], B * T), m.consts[row[CONSTS]]
    for r in range(B * T):
        x_r = x[r]
        mask[r] = 0
        for i in range(size):
            if x_r[i] != value:
                mask[r] = 1


NOT_EQUAL = Operation("not_equal", not_equal)

FIRST_MASK, SECOND_MASK, BOTH, BOTH_SIZE = columns(4)


@compiled
def both_masks(row, run, m):
    """mask = first * second: what counts for both. Reads two masks (B, ...); writes one."""
    n = run[BATCH] * row[BOTH_SIZE]
    first, second, both = vector(m.acts, row[FIRST_MASK], n), vector(m.acts, row[SECOND_MASK], n), vector(m.acts, row[BOTH], n)
    for i in range(n):
        both[i] = first[i] * second[i]


BOTH_MASKS = Operation("both_masks", both_masks)

STATE_TENSOR, STATE_VARIABLE, STATE_SIZE = columns(3)


@compiled
def read_state(row, run, m):
    """h0 = the state kept from the batch before. Reads state (B, U); writes h0 (B, U)."""
    n = run[BATCH] * row[STATE_SIZE]
    h, kept = vector(m.acts, row[STATE_TENSOR], n), vector(m.state, row[STATE_VARIABLE], n)
    for i in range(n):
        h[i] = kept[i]


@compiled
def keep_state(row, run, m):
    """state = the last state of this batch, for the next. Reads h (B, U); writes state (B, U)."""
    n = run[BATCH] * row[STATE_SIZE]
    h, kept = vector(m.acts, row[STATE_TENSOR], n), vector(m.state, row[STATE_VARIABLE], n)
    for i in range(n):
        kept[i] = h[i]


READ_STATE = Operation("read_state", read_state)
KEEP_STATE = Operation("keep_state", keep_state)

BY_H, BY_C, BY_SUMS, BY_GATE_1, BY_GATE_2, BY_GATE_3, BY_GATE_4, NUMBERS, DH, DC = columns(10)


@compiled
def through_time_forward(row, run, m):
    """Nothing: the way forward through time is the recurrent operation's."""


@compiled
def through_time_backward(row, run, m):
    """dh = 0 and dc = 0 where no later operation asked for a change of them: what the way back through time begins with."""
    n = run[BATCH] * row[NUMBERS]
    if row[DH] == WRITE:
        dh = vector(m.act_grads, row[BY_H], n)
        for i in range(n):
            dh[i] = 0
    if row[DC] == WRITE:
        dc = vector(m.act_grads, row[BY_C], n)
        for i in range(n):
            dc[i] = 0


THROUGH_TIME = Operation("through_time", through_time_forward, through_time_backward)
"""Stands behind a recurrent operation and names what that makes derivatives of: h, c, sums and gates."""
